"""Decoding the messages of a server's first flight (RFC 9846 4.2 to 4.5, RFC 5246 7.4).

Each `decode_...` takes one whole handshake message and returns a consistent value, or raises
PeerMisbehaved. The states decide whether the message may come now.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from halfshake.errors import FailureReason, PeerIncompatible, PeerMisbehaved
from halfshake.tls.codec import Reader
from halfshake.tls.oddities import empty_list
from halfshake.tls.registries.codepoints import ExtensionType, ProtocolVersion, code_name
from halfshake.tls.server_flight import (
    CertificateEntry,
    CertificateRequest,
    ServerHello,
    ServerKeyExchange,
)

if TYPE_CHECKING:
    from halfshake.tls.record import HandshakeMessage


def decode_server_hello(message: HandshakeMessage) -> ServerHello:
    """Decode a ServerHello or HelloRetryRequest; extensions stay undecoded."""
    reader = Reader(message.encoded, "ServerHello (RFC 9846 4.2.3)", _HEADER_BYTES)
    legacy_version = reader.uint16()
    random = reader.take(32)
    session_id = reader.vector8()
    cipher_suite = reader.uint16()
    compression_method = reader.uint8()
    # RFC 5246 7.4.1.3: a server without extensions ends its ServerHello here.
    extensions = _extensions(reader) if reader else {}
    reader.finish()
    if len(session_id) > 32:
        raise reader.malformed(f"a session id of {len(session_id)} bytes, 32 are allowed")
    if compression_method != 0:
        raise PeerMisbehaved(
            f"the server chose compression method {compression_method}, only null was offered "
            "(RFC 9846 4.2.3)",
            reason=FailureReason.illegal_parameter,
        )
    return ServerHello(legacy_version, random, session_id, cipher_suite, extensions)


def decode_encrypted_extensions(message: HandshakeMessage) -> dict[int, bytes]:
    """Decode EncryptedExtensions: data by ExtensionType (RFC 9846 4.4.1)."""
    reader = Reader(message.encoded, "EncryptedExtensions (RFC 9846 4.4.1)", _HEADER_BYTES)
    extensions = _extensions(reader)
    reader.finish()
    return extensions


def decode_key_share(extension: bytes) -> tuple[int, bytes]:
    """Decode a ServerHello's key_share: the group and the public value (RFC 9846 4.3.8)."""
    reader = Reader(extension, "key_share extension (RFC 9846 4.3.8)")
    group = reader.uint16()
    key_exchange = reader.vector16()
    reader.finish()
    return group, key_exchange


def decode_uint16(extension: bytes, structure: str) -> int:
    """Decode an extension that is one number: selected_version, selected_group."""
    reader = Reader(extension, structure)
    number = reader.uint16()
    reader.finish()
    return number


def decode_cookie(extension: bytes) -> bytes:
    """Decode a HelloRetryRequest's cookie, which is not empty (RFC 9846 4.3.2)."""
    reader = Reader(extension, "cookie extension (RFC 9846 4.3.2)")
    cookie = reader.vector16()
    reader.finish()
    if not cookie:
        raise reader.malformed("an empty cookie")
    return cookie


def decode_alpn(extension: bytes) -> bytes:
    """Decode the one protocol name that a server may choose (RFC 7301 3.1)."""
    reader = Reader(extension, "ALPN extension (RFC 7301 3.1)")
    names = Reader(reader.vector16(), "ALPN extension (RFC 7301 3.1)")
    reader.finish()
    name = names.vector8()
    names.finish()
    return name


def decode_certificate_tls13(message: HandshakeMessage) -> tuple[CertificateEntry, ...]:
    """Decode a TLS 1.3 Certificate (RFC 9846 4.5.1)."""
    reader = Reader(message.encoded, "Certificate (RFC 9846 4.5.1)", _HEADER_BYTES)
    if reader.vector8():
        raise reader.malformed("a certificate_request_context, which a server's never has")
    entries: list[CertificateEntry] = []
    certificate_list = Reader(reader.vector24(), reader.structure)
    reader.finish()
    while certificate_list:
        der = certificate_list.vector24()
        extensions = _extensions(certificate_list)
        ocsp = extensions.get(_STATUS_REQUEST)
        entries.append(
            CertificateEntry(
                der,
                ocsp and _ocsp_response(ocsp),
                extensions.get(_SCTS),
                tuple(extensions),
            )
        )
        _check_certificate(entries)
    return _chain(entries)


def decode_certificate_tls12(message: HandshakeMessage) -> tuple[CertificateEntry, ...]:
    """Decode a TLS <= 1.2 Certificate (RFC 5246 7.4.2)."""
    reader = Reader(message.encoded, "Certificate (RFC 5246 7.4.2)", _HEADER_BYTES)
    entries: list[CertificateEntry] = []
    certificate_list = Reader(reader.vector24(), reader.structure)
    reader.finish()
    while certificate_list:
        entries.append(CertificateEntry(certificate_list.vector24()))
        _check_certificate(entries)
    return _chain(entries)


def decode_certificate_status(message: HandshakeMessage) -> bytes:
    """Decode CertificateStatus: an OCSPResponse in DER, empty where it holds none (RFC 6066 8)."""
    return _ocsp_response(message.encoded[_HEADER_BYTES:])


def _ocsp_response(status: bytes) -> bytes:
    reader = Reader(status, "CertificateStatus (RFC 6066 8)")
    # What is no OCSP response came all the same: it may not come twice.
    if reader.uint8() != _STATUS_TYPE_OCSP:
        return b""
    response = reader.vector24()
    reader.finish()
    return response


def decode_certificate_request_tls13(message: HandshakeMessage) -> CertificateRequest:
    """Decode a TLS 1.3 CertificateRequest (RFC 9846 4.4.2)."""
    if len(message.encoded) <= _OFTEN_SEEN_BYTES:
        return _seen_request_tls13(message)
    return _certificate_request_tls13(message)


def decode_certificate_request_tls12(
    message: HandshakeMessage, version: ProtocolVersion
) -> CertificateRequest:
    """Decode a TLS <= 1.2 CertificateRequest (RFC 5246 7.4.4; RFC 2246 without schemes)."""
    if len(message.encoded) <= _OFTEN_SEEN_BYTES:
        return _seen_request_tls12(message, version)
    return _certificate_request_tls12(message, version)


def _certificate_request_tls13(message: HandshakeMessage) -> CertificateRequest:
    reader = Reader(message.encoded, "CertificateRequest (RFC 9846 4.4.2)", _HEADER_BYTES)
    if reader.vector8():
        raise reader.malformed("a certificate_request_context, which is empty in a handshake")
    extensions = _extensions(reader)
    reader.finish()
    schemes = extensions.get(_SIGNATURE_ALGORITHMS)
    signature_schemes: tuple[int, ...] = ()
    if schemes is not None:
        scheme_reader = Reader(schemes, reader.structure)
        signature_schemes = scheme_reader.uint16_list()
        scheme_reader.finish()
    authorities = extensions.get(_CERTIFICATE_AUTHORITIES)
    names = None if authorities is None else _authorities(Reader(authorities, reader.structure))
    oddities = []
    # RFC 9846 4.4.2: "The "signature_algorithms" extension MUST be specified"; 4.3.3:
    # "supported_signature_algorithms<2..2^16-2>"
    if not signature_schemes:
        oddities.append(empty_list("no signature algorithm", "RFC 9846 4.3.3"))
    # RFC 9846 4.3.4: "authorities<3..2^16-1>"; without the extension, any CA may do.
    if names == ():
        oddities.append(empty_list("a certificate_authorities without a name", "RFC 9846 4.3.4"))
    return CertificateRequest(names or (), signature_schemes, (), tuple(oddities))


def _certificate_request_tls12(
    message: HandshakeMessage, version: ProtocolVersion
) -> CertificateRequest:
    reader = Reader(message.encoded, "CertificateRequest (RFC 5246 7.4.4)", _HEADER_BYTES)
    certificate_types = tuple(reader.vector8())
    has_schemes = version >= _TLS12
    schemes = reader.uint16_list() if has_schemes else ()
    oddities = []
    # RFC 5246 7.4.4: "certificate_types<1..2^8-1>"
    if not certificate_types:
        oddities.append(empty_list("no certificate type", "RFC 5246 7.4.4"))
    # RFC 5246 7.4.4, 7.4.1.4.1: "supported_signature_algorithms<2..2^16-2>"
    if has_schemes and not schemes:
        oddities.append(empty_list("no signature algorithm", "RFC 5246 7.4.4"))
    return CertificateRequest(_authorities(reader), schemes, certificate_types, tuple(oddities))


# Servers with the same settings ask in the same bytes.
_seen_request_tls13 = functools.lru_cache(maxsize=256)(_certificate_request_tls13)
_seen_request_tls12 = functools.lru_cache(maxsize=256)(_certificate_request_tls12)


def decode_certificate_verify(message: HandshakeMessage) -> tuple[int, bytes]:
    """Decode CertificateVerify: scheme and signature (RFC 9846 4.5.2)."""
    reader = Reader(message.encoded, "CertificateVerify (RFC 9846 4.5.2)", _HEADER_BYTES)
    scheme = reader.uint16()
    signature = reader.vector16()
    reader.finish()
    return scheme, signature


def decode_server_key_exchange_ecdhe(
    message: HandshakeMessage, version: ProtocolVersion
) -> ServerKeyExchange:
    """Decode ECDHE's ServerKeyExchange (RFC 8422 5.4)."""
    reader = Reader(message.encoded, "ServerKeyExchange (RFC 8422 5.4)", _HEADER_BYTES)
    curve_type = reader.uint8()
    if curve_type != _NAMED_CURVE:
        raise PeerIncompatible(
            f"the server spells out its elliptic curve (curve type {curve_type}); "
            "only named curves can be read (RFC 8422 5.4)",
            reason=FailureReason.parameter_unsupported,
        )
    group = reader.uint16()
    point = reader.vector8()
    return _signed_parameters(message, reader, version, group, point)


def decode_server_key_exchange_dhe(
    message: HandshakeMessage, version: ProtocolVersion
) -> ServerKeyExchange:
    """Decode DHE's ServerKeyExchange: prime, generator, public value (RFC 5246 7.4.3)."""
    reader = Reader(message.encoded, "ServerKeyExchange (RFC 5246 7.4.3)", _HEADER_BYTES)
    for _ in ("dh_p", "dh_g", "dh_Ys"):
        if not reader.vector16():
            raise reader.malformed("an empty Diffie-Hellman value")
    return _signed_parameters(message, reader, version)


def decode_empty(message: HandshakeMessage, structure: str) -> None:
    """Check that a message has no body: ServerHelloDone, HelloRequest."""
    Reader(message.encoded, structure, _HEADER_BYTES).finish()


def _signed_parameters(
    message: HandshakeMessage,
    reader: Reader,
    version: ProtocolVersion,
    group: int | None = None,
    point: bytes | None = None,
) -> ServerKeyExchange:
    parameters = message.encoded[_HEADER_BYTES : reader.position()]
    scheme = reader.uint16() if version >= _TLS12 else None
    signature = reader.vector16()
    reader.finish()
    return ServerKeyExchange(group, point, parameters, scheme, signature)


def _extensions(reader: Reader) -> dict[int, bytes]:
    block = Reader(reader.vector16(), reader.structure)
    extensions: dict[int, bytes] = {}
    while block:
        extension_type, data = block.numbered_vector16()
        # RFC 9846 4.3: "There MUST NOT be more than one extension of the same type".
        if extension_type in extensions:
            raise block.malformed(
                f"the extension {code_name(ExtensionType, extension_type)} is in it twice"
            )
        extensions[extension_type] = data
    return extensions


def _authorities(reader: Reader) -> tuple[bytes, ...]:
    names = Reader(reader.vector16(), reader.structure)
    reader.finish()
    authorities: list[bytes] = []
    while names:
        authorities.append(names.vector16())
    return tuple(authorities)


def _check_certificate(entries: list[CertificateEntry]) -> None:
    if not entries[-1].der:
        raise PeerMisbehaved(
            f"certificate {len(entries)} of the server's Certificate message has no bytes "
            "(RFC 9846 4.5.1)",
            reason=FailureReason.decode_error,
        )
    if len(entries) > MAX_CERTIFICATES:
        raise PeerMisbehaved(
            f"the server sent more than {MAX_CERTIFICATES} certificates",
            reason=FailureReason.limit_exceeded,
        )


def _chain(entries: list[CertificateEntry]) -> tuple[CertificateEntry, ...]:
    # RFC 9846 4.5.1.3: a server's empty Certificate message is answered with decode_error.
    if not entries:
        raise PeerMisbehaved(
            "the server sent an empty list of certificates (RFC 9846 4.5.1)",
            reason=FailureReason.no_certificate,
        )
    return tuple(entries)


# Real chains have up to five certificates; some servers send thirty, OpenSSL verifies up to 100.
MAX_CERTIFICATES = 100

# A list of CAs may be as long as a flight: those are not kept.
_OFTEN_SEEN_BYTES = 2048

_HEADER_BYTES = 4
_STATUS_TYPE_OCSP = 1
_NAMED_CURVE = 3

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_TLS12 = ProtocolVersion.TLSv1_2
_STATUS_REQUEST = ExtensionType.status_request
_SCTS = ExtensionType.signed_certificate_timestamp
_SIGNATURE_ALGORITHMS = ExtensionType.signature_algorithms
_CERTIFICATE_AUTHORITIES = ExtensionType.certificate_authorities
