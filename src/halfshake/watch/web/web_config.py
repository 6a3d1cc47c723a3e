"""The file of `--web.config.file`: its keys as Prometheus' exporters have them, and TLS of it."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, StrictBool, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from halfshake.errors import UsageError
from halfshake.watch.settings.keys.option_fields import FilePath, Strict
from halfshake.watch.settings.text.mistakes import ConfigurationInvalid
from halfshake.watch.settings.text.sentences import mistakes_of
from halfshake.watch.settings.text.text_file import TextFile


class TlsServerConfig(Strict):
    """TLS of the listener; without a certificate there is none."""

    cert_file: FilePath | None = Field(
        default=None, description="the listener's certificate, with its chain"
    )
    key_file: FilePath | None = Field(default=None, description="its private key")
    client_auth_type: Literal[
        "NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"
    ] = Field(default="NoClientCert", description="whether scrapers need a client certificate")
    client_ca_file: FilePath | None = Field(
        default=None, description="the CA of scrapers' certificates"
    )
    client_allowed_sans: list[str] = Field(
        default=[], description="names of which a scraper's certificate has to have one"
    )
    min_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] = Field(
        default="TLS12", description="the oldest TLS version"
    )
    max_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] = Field(
        default="TLS13", description="the newest TLS version"
    )
    cipher_suites: list[str] = Field(
        default=[], description="has to be empty: OpenSSL's own are in force"
    )
    prefer_server_cipher_suites: StrictBool = Field(
        default=True, description="accepted; has no effect"
    )
    curve_preferences: list[str] = Field(
        default=[], description="has to be empty: OpenSSL's own are in force"
    )


class HttpServerConfig(Strict):
    """Headers of every answer. HTTP/2 is not spoken here; clients that offer it speak HTTP/1.1."""

    http2: StrictBool = Field(default=True, description="accepted; HTTP/1.1 is spoken")
    headers: dict[str, str] = Field(default={}, description="headers of every answer")


class WebConfig(Strict):
    """The whole file."""

    tls_server_config: TlsServerConfig = Field(
        default_factory=TlsServerConfig, description="TLS of the listener"
    )
    http_server_config: HttpServerConfig = Field(
        default_factory=HttpServerConfig, description="headers of every answer"
    )
    basic_auth_users: dict[str, SecretStr] = Field(
        default={}, description="users, and the bcrypt hashes of their passwords"
    )

    @field_validator("basic_auth_users")
    @classmethod
    def _hashed(cls, users: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for user, hashed in users.items():
            if not hashed.get_secret_value().startswith(("$2a$", "$2b$", "$2y$")):
                raise PydanticCustomError(
                    "usage",
                    "the password of {user} is not a bcrypt hash: make one with "
                    "htpasswd -nBC 10 ''",
                    {"user": user},
                )
        return users


def load_web_config(path: Path) -> WebConfig:
    """Read and check the file. Raises ConfigurationInvalid."""
    source = TextFile(path, {}, fill=False)
    try:
        config = WebConfig.model_validate(source.data or {}, context={"directory": path.parent})
    except ValidationError as error:
        raise ConfigurationInvalid(mistakes_of(error, source, WebConfig, ())) from None
    tls = config.tls_server_config
    contradiction = _contradiction(tls)
    if contradiction:
        raise ConfigurationInvalid([source.mistake(("tls_server_config",), contradiction)])
    return config


def tls_context(tls: TlsServerConfig) -> ssl.SSLContext | None:
    """TLS by the configuration; None where there is none. Raises UsageError."""
    if tls.cert_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    try:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            f"{tls.cert_file} and {tls.key_file} are not a certificate and its key: "
            f"{error.strerror or error}"
        ) from error
    if tls.client_auth_type != "NoClientCert":
        try:
            context.load_verify_locations(tls.client_ca_file)
        except (ssl.SSLError, OSError) as error:
            raise UsageError(
                f"{tls.client_ca_file} holds no CA certificate: {error.strerror or error}"
            ) from error
        required = tls.client_auth_type == "RequireAndVerifyClientCert"
        context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
    return context


def _contradiction(tls: TlsServerConfig) -> str:
    if (tls.cert_file is None) is not (tls.key_file is None):
        return "cert_file and key_file go together: name both"
    if tls.cert_file is None and tls.client_auth_type != "NoClientCert":
        return "client_auth_type needs TLS: name cert_file and key_file"
    if tls.client_auth_type != "NoClientCert" and tls.client_ca_file is None:
        return f"client_auth_type {tls.client_auth_type} needs client_ca_file"
    if tls.client_allowed_sans and tls.client_auth_type != "RequireAndVerifyClientCert":
        return "client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert"
    for key in ("cipher_suites", "curve_preferences"):
        if getattr(tls, key):
            return f"{key} cannot be chosen here: leave it out, OpenSSL's own are in force"
    return ""


_VERSIONS: dict[str, Any] = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
