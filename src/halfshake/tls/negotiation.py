"""What a server may choose from our offer: version, cipher suite, extensions (RFC 9846 4.2.3, 4.3).

Each check stands under the sentence of the RFC that requires it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import FailureReason, PeerIncompatible, PeerMisbehaved
from halfshake.tls.messages import decode_alpn, decode_server_hello, decode_uint16
from halfshake.tls.oddities import HABITUAL_ANSWERS
from halfshake.tls.registries.cipher_suites import (
    CIPHER_SUITES,
    TLS13_CIPHER_SUITES,
    CipherSuite,
    cipher_suite_label,
)
from halfshake.tls.registries.codepoints import (
    VERSIONS,
    ExtensionType,
    HandshakeType,
    ProtocolVersion,
    code_name,
    version_label,
)
from halfshake.tls.server_flight import DOWNGRADE_BELOW_TLS12, DOWNGRADE_TO_TLS12, ServerHello

if TYPE_CHECKING:
    from halfshake.tls.client_hello import ClientHello
    from halfshake.tls.record import HandshakeMessage


def read_server_hello(message: HandshakeMessage, hello: ClientHello) -> ServerHello:
    """Decode a ServerHello or HelloRetryRequest, which may only answer what was offered."""
    if message.handshake_type != _SERVER_HELLO:
        raise unexpected_message(message, "ServerHello", "RFC 9846 4.2.3")
    server_hello = decode_server_hello(message)
    check_offered(without_cookie(server_hello), hello, "ServerHello")
    return server_hello


def without_cookie(server_hello: ServerHello) -> dict[int, bytes]:
    """The extensions that answer ours; of a HelloRetryRequest all but its cookie."""
    # A HelloRetryRequest may have a cookie, even though we did not ask for one (RFC 9846 4.3).
    extensions = server_hello.extensions
    if server_hello.is_hello_retry_request:
        return {key: data for key, data in extensions.items() if key != ExtensionType.cookie}
    return extensions


def negotiated_version(server_hello: ServerHello, hello: ClientHello) -> ProtocolVersion:
    """The chosen version; reject one that was not offered, and a marked downgrade."""
    selected = server_hello.extensions.get(_SUPPORTED_VERSIONS)
    if selected is not None:
        number = decode_uint16(selected, "supported_versions extension (RFC 9846 4.3.1)")
        # RFC 9846 4.3.1: not offered, or older than TLS 1.3: illegal_parameter.
        if number != _TLS13 or number not in hello.offer.versions:
            raise illegal_parameter(
                f"the server selected {version_label(number)} in supported_versions",
                "RFC 9846 4.3.1",
            )
        return _TLS13
    number = server_hello.legacy_version
    if number not in hello.offer.versions or number == _TLS13:
        raise PeerIncompatible(
            f"the server answers in {version_label(number)}, which was not offered "
            "(RFC 9846 4.2.3)",
            reason=FailureReason.version_unsupported,
        )
    version = VERSIONS[number]
    _check_downgrade(server_hello, hello, version)
    return version


def _check_downgrade(
    server_hello: ServerHello, hello: ClientHello, version: ProtocolVersion
) -> None:
    # RFC 9846 4.2.3: TLS 1.3 clients MUST check both values, TLS 1.2 clients SHOULD the second.
    best = max(hello.offer.versions)
    sentinel = server_hello.random[-8:]
    downgraded = (best > _TLS12 and sentinel == DOWNGRADE_TO_TLS12) or (
        best > version and sentinel == DOWNGRADE_BELOW_TLS12
    )
    if downgraded:
        raise PeerMisbehaved(
            f"the server can do better than {version.label} and marked its answer as a downgrade: "
            "something on the way has changed the handshake (RFC 9846 4.2.3)",
            reason=FailureReason.downgrade_detected,
        )


def tls13_cipher_suite(server_hello: ServerHello, hello: ClientHello) -> CipherSuite:
    """The chosen TLS 1.3 suite; reject one not offered, and a ServerHello with a wrong echo."""
    suite = server_hello.cipher_suite
    if suite not in hello.offer.cipher_suites or suite not in TLS13_CIPHER_SUITES:
        raise illegal_parameter(
            f"the server chose {cipher_suite_label(suite)}, which was not offered for TLSv1.3",
            "RFC 9846 4.2.3",
        )
    if server_hello.legacy_version != _TLS12:
        raise illegal_parameter(
            f"the server's legacy_version is {version_label(server_hello.legacy_version)}",
            "RFC 9846 4.2.3",
        )
    if server_hello.session_id != hello.session_id:
        raise illegal_parameter("the server did not return our legacy_session_id", "RFC 9846 4.2.3")
    return CIPHER_SUITES[suite]


def check_offered(extensions: dict[int, bytes], hello: ClientHello, structure: str) -> None:
    """Reject an extension that answers nothing in our offer."""
    # RFC 9846 4.3: an extension that was not requested is answered with unsupported_extension.
    # Common clients do so only for extensions that they know, and so do we: the others, and answers
    # to what nearly every client asks for, are oddities.
    if extensions.keys() <= hello.extension_types:
        return
    for extension_type in extensions:
        if extension_type in REFUSED_UNASKED and extension_type not in hello.extension_types:
            raise illegal_parameter(
                f"the server's {structure} has the extension "
                f"{code_name(ExtensionType, extension_type)}, which was not offered",
                "RFC 9846 4.3",
            )


def check_placed(extensions: dict[int, bytes], elsewhere: frozenset[int], structure: str) -> None:
    """Reject an extension that belongs in another message (RFC 9846 4.3)."""
    for extension_type in extensions:
        if extension_type in elsewhere:
            raise illegal_parameter(
                f"the server put {code_name(ExtensionType, extension_type)} into its {structure}",
                "RFC 9846 4.3",
            )


def alpn_protocol(extensions: dict[int, bytes], hello: ClientHello) -> bytes | None:
    """The chosen application protocol; None if the server names none (RFC 7301 3.2)."""
    extension = extensions.get(_ALPN)
    if extension is None:
        return None
    protocol = decode_alpn(extension)
    if protocol.decode("latin-1") not in hello.offer.alpn:
        raise illegal_parameter(f"the server chose the protocol {protocol!r}", "RFC 7301 3.2")
    return protocol


def illegal_parameter(what: str, section: str) -> PeerMisbehaved:
    """Build the error for a choice that the server was not offered."""
    return PeerMisbehaved(f"{what} ({section})", reason=FailureReason.illegal_parameter)


def unexpected_message(message: HandshakeMessage, expected: str, section: str) -> PeerMisbehaved:
    """Build the error for a message that may not come now."""
    received = code_name(HandshakeType, message.handshake_type)
    return PeerMisbehaved(
        f"the server sent {received} where {expected} was expected ({section})",
        reason=FailureReason.unexpected_message,
    )


REFUSED_UNASKED = frozenset(ExtensionType) - HABITUAL_ANSWERS

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_SERVER_HELLO = HandshakeType.server_hello
_SUPPORTED_VERSIONS = ExtensionType.supported_versions
_ALPN = ExtensionType.application_layer_protocol_negotiation
_TLS12 = ProtocolVersion.TLSv1_2
_TLS13 = ProtocolVersion.TLSv1_3
