"""Scripts of servers whose every part can be as odd as one likes; `odd.py` has the table."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from halfshake.tls.codec import vector8, vector16, vector24
from halfshake.tls.registries.cipher_suites import CipherSuite
from halfshake.tls.registries.codepoints import (
    ExtensionType,
    HandshakeType,
    NamedGroup,
    SignatureScheme,
)
from pki import Credential
from rfc8448.published import client_hello_extensions
from servers.flights import (
    CREDENTIAL,
    DONE,
    ECDHE_PARAMETERS,
    ENCRYPTED_EXTENSIONS,
    NAME,
    REQUEST,
    REQUEST13,
    ROOT,
    SERVER_RANDOM,
)
from tls_peer import (
    certificate_tls12,
    certificate_tls13,
    extension,
    message,
    record,
    server_hello_message,
)
from wire import Tls13Peer, session_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.tls.oddities import OddityKind
    from servers.scripted import Connection, Script

Sign: TypeAlias = "Callable[[bytes], bytes]"

ECDSA_SUITE = CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
RSA_SUITE = CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
STATIC_SUITE = CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256
P256 = SignatureScheme.ecdsa_secp256r1_sha256
P384 = SignatureScheme.ecdsa_secp384r1_sha384
PSS = SignatureScheme.rsa_pss_rsae_sha256
STAPLED = message(HandshakeType.certificate_status, b"\x01" + vector24(b""))


class Odd(NamedTuple):
    """An odd server, and what has to be said of it."""

    name: str
    script: Script
    kind: OddityKind
    says: str
    possession: str = "proven"
    server_name: str = NAME


def ecdsa(credential: Credential, algorithm: hashes.HashAlgorithm) -> Sign:
    """How an ECDSA key signs."""
    key = credential.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return lambda content: key.sign(content, ec.ECDSA(algorithm))


def pss(credential: Credential) -> Sign:
    """How an RSA key signs by RSASSA-PSS with SHA-256."""
    key = credential.key
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return lambda content: key.sign(content, pss, hashes.SHA256())


def tls12(
    *extensions: bytes,
    credential: Credential = CREDENTIAL,
    suite: CipherSuite = ECDSA_SUITE,
    version: int = 0x0303,
    parameters: bytes = ECDHE_PARAMETERS,
    scheme: int | None = P256,
    sign: Sign | None = None,
    staple: bytes = b"",
    request: bytes = REQUEST,
    echo: bool = False,
) -> Script:
    """A TLS <= 1.2 server whose flight is right but for what is given."""
    sign = sign or ecdsa(credential, hashes.SHA256())

    async def script(connection: Connection) -> None:
        hello = await connection.client_hello()
        messages = [
            server_hello_message(
                *extensions,
                suite=suite,
                version=version,
                random=SERVER_RANDOM,
                session_id=session_id(hello) if echo else b"",
            ),
            certificate_tls12(credential.leaf_der),
            staple,
        ]
        if suite is not STATIC_SUITE:
            signature = vector16(sign(hello[6:38] + SERVER_RANDOM + parameters))
            numbered = b"" if scheme is None else scheme.to_bytes(2, "big")
            body = parameters + numbered + signature
            messages.append(message(HandshakeType.server_key_exchange, body))
        for each in (*messages, request, DONE):
            await connection.send(record(each) if each else b"")
        await connection.until_the_client_leaves()

    return script


def tls13(
    *,
    credential: Credential = CREDENTIAL,
    encrypted_extensions: bytes = ENCRYPTED_EXTENSIONS,
    request: bytes = REQUEST13,
    entry: bytes = b"",
    scheme: int = P256,
    sign: Sign | None = None,
) -> Script:
    """A TLS 1.3 server whose flight is right but for what is given."""
    sign = sign or ecdsa(credential, hashes.SHA256())

    async def script(connection: Connection) -> None:
        peer = Tls13Peer(await connection.client_hello())
        certificate = certificate_tls13(credential.leaf_der, extensions=entry)
        await connection.send(record(peer.server_hello))
        for each in (encrypted_extensions, request, certificate):
            await connection.send(peer.say(each))
        await connection.send(peer.seal(peer.certificate_verify(scheme, sign)))
        await connection.until_the_client_leaves()

    return script


def answering(*extensions: bytes) -> bytes:
    """EncryptedExtensions with these."""
    return message(HandshakeType.encrypted_extensions, vector16(b"".join(extensions)))


def on_curve(group: NamedGroup, point: bytes) -> bytes:
    """The parameters of a ServerKeyExchange: a named curve, and a point as it is given."""
    return b"\x03" + group.to_bytes(2, "big") + vector8(point)


def usage(*allowed: str, key_type: str = "ecdsa") -> Credential:
    """One whose keyUsage allows this only."""
    bits = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    usage = x509.KeyUsage(**{bit: bit in allowed for bit in bits})
    return ROOT.issue(NAME, key_type=key_type, extensions=(usage,))


@functools.cache
def pss_credential() -> Credential:
    """One whose key is for RSASSA-PSS only, by its OID: the X.509 library makes none."""
    with tempfile.TemporaryDirectory() as name:
        command = "openssl req -x509 -newkey rsa-pss -pkeyopt rsa_keygen_bits:2048 -nodes -days 9 "
        command += f"-subj /CN={NAME} -addext subjectAltName=DNS:{NAME} -keyout k.pem -out c.pem"
        subprocess.run(command.split(), cwd=name, check=True, capture_output=True)
        certificate = x509.load_pem_x509_certificate((Path(name) / "c.pem").read_bytes())
        key = load_pem_private_key((Path(name) / "k.pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Credential((certificate,), key)


RSA = ROOT.issue(NAME, key_type="rsa")
AGREEMENT = usage("key_agreement")
SIGNING_RSA = usage("digital_signature", key_type="rsa")
P256_POINT = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_numbers()
POINT = b"\x04" + P256_POINT.x.to_bytes(32, "big") + P256_POINT.y.to_bytes(32, "big")
COMPRESSED = bytes([2 + P256_POINT.y % 2]) + POINT[1:33]
NO_ALGORITHM = b"\x00" + vector16(extension(13, b"\x00\x00"))
SCHEMES = extension(13, b"\x00\x02\x04\x03")


def not_asked(script: Script) -> Script:
    """Turn away a hello that asks for a status; answer the plain one."""

    async def turning_away(connection: Connection) -> None:
        hello = await connection.client_hello()
        if ExtensionType.status_request in client_hello_extensions(hello):
            return
        await script(_Again(connection, hello))  # type: ignore[arg-type]

    return turning_away


class _Again:
    """A connection whose ClientHello has been read already."""

    def __init__(self, connection: Connection, hello: bytes) -> None:
        self._connection = connection
        self._hello = hello

    async def client_hello(self) -> bytes:
        return self._hello

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)
