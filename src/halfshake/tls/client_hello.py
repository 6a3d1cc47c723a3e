"""What we say: one ClientHello, made of an offer (RFC 9846 4.2.2, RFC 5246 7.4.1.2).

An `Offer` is what is asked for and never changes during a reading (`offers.py` has those that we
make); `ClientHello` is one message made from it. After a HelloRetryRequest a second is made with
the same random, session id and extensions, but for the key share and the cookie (RFC 9846 4.2.2).

Deliberately not offered: certificate compression (so we need not decompress), tickets and
pre-shared keys (a resumed session shows no certificate), early data.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from halfshake.tls.codec import uint16_list, vector8, vector16, vector24
from halfshake.tls.registries.codepoints import (
    ContentType,
    ExtensionType,
    HandshakeType,
    NamedGroup,
    ProtocolVersion,
)

if TYPE_CHECKING:
    from halfshake.tls.registries.cipher_suites import CipherSuite
    from halfshake.tls.registries.codepoints import SignatureScheme


# Best first, as in supported_versions (RFC 9846 4.3.1).
ALL_VERSIONS: tuple[ProtocolVersion, ...] = tuple(reversed(ProtocolVersion))


class Offer(NamedTuple):
    """What a ClientHello offers.

    `groups` are named in supported_groups, `key_share_groups` get a key share at once; `alpn`
    holds protocol names, empty for no ALPN extension. `certificate_schemes`, where given, says
    apart which signatures the certificates may carry (signature_algorithms_cert). Without
    `signature_schemes` there is no such extension. `status_request` asks for an OCSP response,
    `scts` for Signed Certificate Timestamps; `session_id` sends one made up for the middleboxes
    of TLS 1.3 (RFC 9846 E.4).
    """

    versions: tuple[ProtocolVersion, ...]
    cipher_suites: tuple[CipherSuite, ...]
    groups: tuple[NamedGroup, ...]
    key_share_groups: tuple[NamedGroup, ...]
    signature_schemes: tuple[SignatureScheme, ...]
    certificate_schemes: tuple[SignatureScheme, ...] = ()
    alpn: tuple[str, ...] = ()
    status_request: bool = True
    scts: bool = True
    session_id: bool = True


class ClientHello(NamedTuple):
    """One ClientHello as sent: `encoded` is the handshake message, header included.

    `extension_types` are the types that a server may answer.
    """

    offer: Offer
    random: bytes
    session_id: bytes
    server_name: str | None
    key_share_groups: tuple[NamedGroup, ...]
    extension_types: frozenset[int]
    encoded: bytes

    def record(self, version: ProtocolVersion = ProtocolVersion.TLSv1) -> bytes:
        """The message in a record; only an initial one may say TLSv1 there (RFC 9846 5.1)."""
        return _RECORD_HEADERS[version] + vector16(self.encoded)


def encode_client_hello(
    offer: Offer,
    *,
    random: bytes,
    session_id: bytes,
    server_name: str | None,
    key_shares: dict[NamedGroup, bytes],
    cookie: bytes | None = None,
) -> ClientHello:
    """Make a ClientHello.

    `random` is 32 bytes, `session_id` up to 32, `server_name` an A-label without a trailing dot
    (None sends no SNI), `key_shares` the public value of each group, `cookie` what a
    HelloRetryRequest asked us to return.
    """
    parts = _constant_parts(offer)
    if not offer.session_id:
        session_id = b""
    extensions = b"".join(
        (
            _server_name_extension(server_name),
            _extension(ExtensionType.cookie, vector16(cookie)) if cookie is not None else b"",
            parts.extensions,
            _key_share_extension(tuple(key_shares.items())) if parts.has_key_share else b"",
        )
    )
    start = b"".join((parts.version, random, vector8(session_id), parts.suites))
    length = len(start) + 2 + len(extensions) + 4
    if _PADDED_FROM <= length < _PADDED_TO:
        extensions += _extension(ExtensionType.padding, bytes(max(1, _PADDED_TO - length - 4)))
    body = start + vector16(extensions)
    return ClientHello(
        offer=offer,
        random=random,
        session_id=session_id,
        server_name=server_name,
        key_share_groups=tuple(key_shares),
        extension_types=(
            parts.extension_types if server_name is None else parts.extension_types_with_name
        ),
        encoded=_CLIENT_HELLO + vector24(body),
    )


class _ConstantParts(NamedTuple):
    """The part that is the same in every ClientHello of an offer."""

    version: bytes
    suites: bytes
    extensions: bytes
    extension_types: frozenset[int]
    extension_types_with_name: frozenset[int]
    has_key_share: bool


@functools.lru_cache(maxsize=32)
def _constant_parts(offer: Offer) -> _ConstantParts:
    tls13 = ProtocolVersion.TLSv1_3 in offer.versions
    legacy_version = min(max(offer.versions), ProtocolVersion.TLSv1_2)
    extensions = {
        ExtensionType.extended_master_secret: b"",
        ExtensionType.renegotiation_info: vector8(b""),
        ExtensionType.supported_groups: uint16_list(offer.groups),
        ExtensionType.ec_point_formats: vector8(b"\x00"),
    }
    if offer.status_request:
        # OCSP, asking for no particular responder and no extension (RFC 6066 8).
        extensions[ExtensionType.status_request] = b"\x01" + vector16(b"") + vector16(b"")
    if offer.signature_schemes:
        schemes = uint16_list(offer.signature_schemes)
        extensions[ExtensionType.signature_algorithms] = schemes
    if offer.scts:
        extensions[ExtensionType.signed_certificate_timestamp] = b""
    if offer.certificate_schemes:
        schemes = uint16_list(offer.certificate_schemes)
        extensions[ExtensionType.signature_algorithms_cert] = schemes
    if offer.alpn:
        names = vector16(b"".join(vector8(name.encode("ascii")) for name in offer.alpn))
        extensions[ExtensionType.application_layer_protocol_negotiation] = names
    if tls13:
        versions = b"".join(version.to_bytes(2, "big") for version in offer.versions)
        extensions[ExtensionType.supported_versions] = vector8(versions)
    types = frozenset(int(extension_type) for extension_type in extensions)
    if tls13:
        types |= {int(ExtensionType.key_share)}
    return _ConstantParts(
        version=legacy_version.to_bytes(2, "big"),
        suites=uint16_list(offer.cipher_suites) + vector8(b"\x00"),
        extensions=b"".join(
            _extension(extension_type, data) for extension_type, data in extensions.items()
        ),
        extension_types=types,
        extension_types_with_name=types | {int(ExtensionType.server_name)},
        has_key_share=tls13,
    )


def _extension(extension_type: ExtensionType, data: bytes) -> bytes:
    return extension_type.to_bytes(2, "big") + vector16(data)


@functools.lru_cache(maxsize=1024)
def _server_name_extension(server_name: str | None) -> bytes:
    if server_name is None:
        return b""
    host_name = b"\x00" + vector16(server_name.encode("ascii"))
    return _extension(ExtensionType.server_name, vector16(host_name))


@functools.lru_cache(maxsize=32)
def _key_share_extension(key_shares: tuple[tuple[NamedGroup, bytes], ...]) -> bytes:
    entries = b"".join(
        group.to_bytes(2, "big") + vector16(key_exchange) for group, key_exchange in key_shares
    )
    return _extension(ExtensionType.key_share, vector16(entries))


# Some load balancers of the 2010s hang on a ClientHello of 256 to 511 bytes (RFC 7685 1).
_PADDED_FROM = 256
_PADDED_TO = 512

_CLIENT_HELLO = HandshakeType.client_hello.to_bytes(1, "big")
_RECORD_HEADERS = {
    version: ContentType.handshake.to_bytes(1, "big") + version.to_bytes(2, "big")
    for version in ProtocolVersion
}
