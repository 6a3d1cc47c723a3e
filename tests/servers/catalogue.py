"""The servers: nginx, HAProxy, Apache, stunnel, lighttpd, Caddy, GnuTLS, OpenSSL, JSSE, Go ..."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)

from servers import BOTH_VERSIONS, Server, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = Path(__file__).parent


def _files(settings: Settings, directory: Path) -> tuple[Path, Path, Path]:
    chain, key = settings.credential.write(directory, "server")
    client_ca = directory / "client-ca.pem"
    client_ca.write_bytes(settings.client_ca_pem)
    return chain, key, client_ca


def _nginx(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    verify = f"ssl_verify_client on; ssl_client_certificate {client_ca};"
    user = "user root;" if Path("/root").owner() == directory.owner() else ""
    (directory / "nginx.conf").write_text(f"""{user}
daemon off; pid nginx.pid; error_log error.log; worker_processes 1;
events {{}}
http {{
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {key};
    ssl_protocols {" ".join(settings.versions)}; {verify if settings.client_auth else ""}
  }}
}}
""")
    return ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf")]


def _haproxy(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    combined = directory / "combined.pem"
    combined.write_bytes(chain.read_bytes() + key.read_bytes())
    verify = f"ca-file {client_ca} verify required" if settings.client_auth else ""
    low, high = settings.versions[0], settings.versions[-1]
    (directory / "haproxy.cfg").write_text(f"""global
  log stdout format raw local0
defaults
  mode http
  log global
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend tls
  bind 127.0.0.1:{port} ssl crt {combined} {verify} ssl-min-ver {low} ssl-max-ver {high}
  http-request return status 200
""")
    return ["haproxy", "-db", "-f", str(directory / "haproxy.cfg")]


def _apache(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    verify = f"SSLVerifyClient require\nSSLCACertificateFile {client_ca}"
    modules = Path("/usr/lib/apache2/modules")
    (directory / "apache.conf").write_text(f"""ServerRoot {directory}
ServerName localhost
PidFile {directory}/apache.pid
Mutex file:{directory} default
ErrorLog {directory}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
LoadModule ssl_module {modules}/mod_ssl.so
StartServers 1
Listen 127.0.0.1:{port}
SSLEngine on
SSLProtocol {" ".join("+" + version for version in settings.versions)}
SSLCertificateFile {chain}
SSLCertificateKeyFile {key}
{verify if settings.client_auth else ""}
""")
    return ["apache2", "-X", "-f", str(directory / "apache.conf")]


def _stunnel(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    verify = f"requireCert = yes\nverifyChain = yes\nCAfile = {client_ca}"
    (directory / "stunnel.conf").write_text(f"""foreground = yes
pid =
[tls]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:9
cert = {chain}
key = {key}
sslVersionMin = {settings.versions[0]}
sslVersionMax = {settings.versions[-1]}
{verify if settings.client_auth else ""}
""")
    return ["stunnel4", str(directory / "stunnel.conf")]


def _lighttpd(module: str) -> Callable[[Settings, Path, int], list[str]]:
    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        chain, key, client_ca = _files(settings, directory)
        low, high = settings.versions[0], settings.versions[-1]
        # mod_nss cannot load a ca-file in this release; names are all that it needs to ask.
        file = "ca-dn-file" if module == "nss" else "ca-file"
        verify = f"""ssl.{file} = "{client_ca}"
ssl.verifyclient.activate = "enable"
ssl.verifyclient.enforce = "enable"
"""
        (directory / "lighttpd.conf").write_text(f"""server.modules = ("mod_{module}")
server.document-root = "{directory}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{directory}/error.log"
ssl.engine = "enable"
ssl.pemfile = "{chain}"
ssl.privkey = "{key}"
ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "{low}", "MaxProtocol" => "{high}")
{verify if settings.client_auth else ""}
""")
        return ["lighttpd", "-D", "-f", str(directory / "lighttpd.conf")]

    return prepare


def _caddy(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    names = {"TLSv1.2": "tls1.2", "TLSv1.3": "tls1.3"}
    policy: dict[str, object] = {
        "protocol_min": names[settings.versions[0]],
        "protocol_max": names[settings.versions[-1]],
    }
    if settings.client_auth:
        policy["client_authentication"] = {
            "mode": "require_and_verify",
            "trusted_ca_certs_pem_files": [str(client_ca)],
        }
    server = {
        "listen": [f"127.0.0.1:{port}"],
        "automatic_https": {"disable": True},
        "tls_connection_policies": [policy],
        "routes": [{"handle": [{"handler": "static_response", "body": "ok"}]}],
    }
    files = [{"certificate": str(chain), "key": str(key)}]
    configuration = {
        "admin": {"disabled": True},
        "apps": {
            "http": {"servers": {"tls": server}},
            "tls": {"certificates": {"load_files": files}},
        },
    }
    (directory / "caddy.json").write_text(json.dumps(configuration))
    return ["caddy", "run", "--config", str(directory / "caddy.json")]


def _gnutls(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    versions = ":".join(f"+VERS-TLS{version[4:]}" for version in settings.versions)
    command = ["gnutls-serv", "--quiet", "--http", "-p", str(port)]
    command += ["--priority", f"NORMAL:-VERS-ALL:{versions}"]
    command += ["--x509certfile", str(chain), "--x509keyfile", str(key)]
    if settings.client_auth:
        command += ["--x509cafile", str(client_ca), "--require-client-cert", "--verify-client-cert"]
    else:
        command += ["--disable-client-cert"]
    return command


def _openssl(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www"]
    above = directory / "above.pem"
    above.write_bytes(
        b"".join(issuer.public_bytes(Encoding.PEM) for issuer in settings.credential.chain[1:])
    )
    command += ["-cert", str(chain), "-key", str(key)]
    if settings.credential.chain[1:]:
        command += ["-cert_chain", str(above)]
    for version in ("TLSv1.2", "TLSv1.3"):
        if version not in settings.versions:
            command.append("-no_" + version.replace("TLSv", "tls").replace(".", "_"))
    if settings.client_auth:
        command += ["-Verify", "1", "-verify_return_error", "-CAfile", str(client_ca)]
    return command


def _java(settings: Settings, directory: Path, port: int) -> list[str]:
    _, _, client_ca = _files(settings, directory)
    leaf, *rest = settings.credential.chain
    bundle = pkcs12.serialize_key_and_certificates(
        b"server", settings.credential.key, leaf, rest, BestAvailableEncryption(b"changeit")
    )
    (directory / "server.p12").write_bytes(bundle)
    command = ["java", "-XX:TieredStopAtLevel=1", str(SOURCES / "JsseServer.java"), str(port)]
    command += [str(directory / "server.p12"), str(client_ca), ",".join(settings.versions)]
    return [*command, str(settings.client_auth).lower()]


def _go(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = _files(settings, directory)
    command = [_go_server(), str(port), str(chain), str(key)]
    return [
        *command,
        str(client_ca),
        ",".join(settings.versions),
        str(settings.client_auth).lower(),
    ]


@functools.cache
def _go_server() -> str:
    # Built once: `go run` would link it again each time, and leave it running when ended.
    directory = tempfile.mkdtemp(prefix="halfshake-go-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    binary = str(Path(directory) / "go_server")
    subprocess.run(["go", "build", "-o", binary, SOURCES / "go_server.go"], check=True)
    return binary


def _tlslite(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, _ = _files(settings, directory)
    command = [sys.executable, str(SOURCES / "tlslite_server.py"), str(port), str(chain), str(key)]
    return [*command, ",".join(settings.versions), str(settings.client_auth).lower()]


NGINX = Server("nginx", "nginx", _nginx, log_files=("error.log",))
HAPROXY = Server("haproxy", "haproxy", _haproxy)
APACHE = Server("apache", "apache2", _apache, log_files=("error.log",))

# Which keys and versions each of lighttpd's TLS modules has in Debian 12.
_RSA_AND_ECDSA = ("rsa", "ecdsa")
LIGHTTPD_MODULES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("openssl", ("rsa", "ecdsa", "ed25519"), BOTH_VERSIONS),
    ("gnutls", ("rsa", "ecdsa", "ed25519"), BOTH_VERSIONS),
    ("mbedtls", _RSA_AND_ECDSA, ("TLSv1.2",)),
    ("wolfssl", _RSA_AND_ECDSA, BOTH_VERSIONS),
    ("nss", _RSA_AND_ECDSA, BOTH_VERSIONS),
)

ALL_SERVERS = (
    NGINX,
    HAPROXY,
    APACHE,
    Server("stunnel", "stunnel4", _stunnel),
    *(
        Server(
            f"lighttpd-{module}",
            "lighttpd",
            _lighttpd(module),
            key_types=key_types,
            log_files=("error.log",),
            versions=versions,
        )
        for module, key_types, versions in LIGHTTPD_MODULES
    ),
    Server("caddy", "caddy", _caddy),
    Server("gnutls", "gnutls-serv", _gnutls),
    Server("openssl", "openssl", _openssl),
    Server("jsse", "java", _java, key_types=("rsa", "ecdsa", "ed25519"), start_seconds=40),
    Server("go", "go", _go, start_seconds=60, optional=True),
    Server("tlslite", sys.executable, _tlslite, key_types=("rsa", "ecdsa")),
)
