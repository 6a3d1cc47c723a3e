"""Shows a captured chain to the local OpenSSL, as a server would, without server or socket.

The standard library's `SSLObject` over `MemoryBIO` is an ordinary OpenSSL client. It is given a
canned TLS 1.2 flight and stops where a real one would: at the certificate if it rejects it, after
it otherwise. The context decides what is checked (`trust/openssl/asking.py`).
"""

from __future__ import annotations

import ssl
from typing import Any, NamedTuple

from halfshake.openssl.canned_flight import canned_flight
from halfshake.tls.registries.cipher_suites import CipherSuite


class Replayed(NamedTuple):
    """What OpenSSL said: `verify_code` is 0 if it accepts, an X509_V_ERR_... number if it rejects.

    It is None if OpenSSL could not judge at all; `message` then says why. `path` is the path it
    built, in DER, the end entity first; empty if it accepted none.
    """

    verify_code: int | None
    message: str
    path: tuple[bytes, ...]


def replay(
    context: ssl.SSLContext, chain: tuple[bytes, ...], *, server_name: str | None, rsa: bool
) -> Replayed:
    """Show `chain` to an OpenSSL client; `rsa` says whether the end entity's key is an RSA key."""
    client, failure = _show(context, chain, server_name, rsa=rsa)
    if failure is None:
        path = client._sslobj.get_verified_chain() or ()  # type: ignore[attr-defined]  # noqa: SLF001 - public from 3.13
        return Replayed(0, "ok", tuple(_der(certificate) for certificate in path))
    if isinstance(failure, ssl.SSLCertVerificationError):
        return Replayed(failure.verify_code, failure.verify_message, ())
    if failure.reason == "WRONG_CERTIFICATE_TYPE":
        # It verified the chain, and only then found that it does not fit the canned flight's suite.
        return Replayed(0, "ok", ())
    if "ASN1" in (failure.reason or str(failure)):
        # It did not get as far as the chain: a client ends the handshake here, so it rejects.
        return Replayed(UNSPECIFIED, "a certificate cannot be decoded", ())
    return Replayed(None, f"OpenSSL cannot judge this chain: {failure.reason or failure}", ())


class Printed(NamedTuple):
    """What OpenSSL reads of one certificate, as `SSLSocket.getpeercert()` prints it.

    `fields` is empty if it can read nothing; `problem` then says why, if OpenSSL gave a reason.
    """

    fields: dict[str, Any]
    problem: str | None = None


def certificate_as_openssl_reads_it(der: bytes) -> Printed:
    """Decode a certificate with OpenSSL, whatever the X.509 library says about it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    for rsa in (True, False):
        client, _ = _show(context, (der,), None, rsa=rsa)
        certificates = client._sslobj.get_unverified_chain()  # type: ignore[attr-defined]  # noqa: SLF001 - public from 3.13
        if certificates:
            return _print(certificates[0])
    return Printed({})


def _print(certificate: Any) -> Printed:
    # OpenSSL accepts names that it cannot print, and Python cannot decode names that are not UTF-8:
    # both raise.
    try:
        return Printed(certificate.get_info())
    except (ssl.SSLError, ValueError) as error:
        return Printed({}, str(error))


def _show(
    context: ssl.SSLContext, chain: tuple[bytes, ...], server_name: str | None, *, rsa: bool
) -> tuple[ssl.SSLObject, ssl.SSLError | None]:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    # For a name in bytes Python needs no codec of IDNA 2003; ours are A-labels already.
    name = server_name.encode() if server_name and server_name.isascii() else server_name
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    suite = (
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        if rsa
        else CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    )
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        incoming.write(canned_flight(chain, suite))
    except ssl.SSLError as error:  # TLS 1.2 is forbidden by the local policy
        return client, error
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return client, None
    except ssl.SSLError as error:
        return client, error
    return client, None


def _der(certificate: Any) -> bytes:
    # 3.11's certificate objects give PEM or DER by number; 2 is DER.
    encoded: bytes = certificate.public_bytes(2)
    return encoded


# X509_V_ERR_UNSPECIFIED: OpenSSL has no number for what it cannot decode.
UNSPECIFIED = 1
