"""The state machine of a half handshake: its picture, and how it starts.

Nothing outside this file, `states_tls12.py` and `states_tls13.py` changes a state.

Theory of operation. A state is a frozen value that holds only what is true in it; `receive()` takes
the next handshake message and returns the next state, or the finished `ServerFlight`. The new state
holds what a transition needs from the layers around it: a ClientHello to send, keys to decrypt
with. The transcript is kept as bytes: a first flight is bounded, and hashed only once or twice.

    RFC 9846 A.1, as far as we go                       RFC 5246 7.3, as far as we go

             ExpectServerHello ---------------------------------.
      HRR |        | ServerHello                                 | ServerHello
          v        |                                             v
    ExpectRetriedServerHello                              ExpectCertificateTls12
                |  | ServerHello                                 | Certificate
                v  v   [keys]                                    v
        ExpectEncryptedExtensions             static RSA  ExpectServerKeyExchange
                   |                               .-----        | ServerKeyExchange
                   v                               |             v
    ExpectCertificateRequestOrCertificate          '-> ExpectCertificateRequestOrDone
      |            |                                             | CertificateRequest
      | CertificateRequest                                       v
      |            v                                      ExpectServerHelloDone
      |    ExpectCertificate                                     |
      |            |                                             |
      '------------v                                             |
           ExpectCertificateVerify                               |
                   |                                             |
                   '-------------> ServerFlight <----------------'

Then we hang up: the next message would be ours, and would say who we are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from halfshake.errors import FailureReason, PeerMisbehaved
from halfshake.tls.client_hello import ClientHello, encode_client_hello
from halfshake.tls.codec import vector24
from halfshake.tls.keys.key_exchange import KeyShares, key_share_groups, shared_secret
from halfshake.tls.keys.key_schedule import (
    server_handshake_keys,
    transcript_hash,
    transcript_hash_name,
)
from halfshake.tls.messages import (
    decode_cookie,
    decode_key_share,
    decode_uint16,
)
from halfshake.tls.negotiation import (
    alpn_protocol,
    check_placed,
    illegal_parameter,
    negotiated_version,
    read_server_hello,
    tls13_cipher_suite,
    without_cookie,
)
from halfshake.tls.oddities import Oddity, of_extensions, of_server_hello_tls12
from halfshake.tls.registries.cipher_suites import (
    CIPHER_SUITES,
    TLS13_CIPHER_SUITES,
    CipherSuite,
    cipher_suite_label,
)
from halfshake.tls.registries.codepoints import (
    ExtensionType,
    HandshakeType,
    NamedGroup,
    ProtocolVersion,
    code_name,
)
from halfshake.tls.states_tls12 import (
    ExpectCertificateRequestOrDone,
    ExpectCertificateTls12,
    ExpectServerHelloDone,
    ExpectServerKeyExchange,
    NegotiatedTls12,
)
from halfshake.tls.states_tls13 import (
    ExpectCertificate,
    ExpectCertificateRequestOrCertificate,
    ExpectCertificateVerify,
    ExpectEncryptedExtensions,
    NegotiatedTls13,
)

if TYPE_CHECKING:
    from halfshake.tls.record import HandshakeMessage
    from halfshake.tls.server_flight import (
        ServerHello,
    )


class ExpectServerHello(NamedTuple):
    """The ClientHello is sent (RFC 9846 A.1: WAIT_SH)."""

    hello: ClientHello
    key_shares: KeyShares

    def receive(
        self, message: HandshakeMessage
    ) -> ExpectRetriedServerHello | ExpectEncryptedExtensions | ExpectCertificateTls12:
        """Take ServerHello or HelloRetryRequest (RFC 9846 4.2.3, 4.2.4)."""
        server_hello = read_server_hello(message, self.hello)
        version = negotiated_version(server_hello, self.hello)
        if version is not _TLS13:
            return _tls12(server_hello, self.hello, version)
        cipher_suite = tls13_cipher_suite(server_hello, self.hello)
        if not server_hello.is_hello_retry_request:
            transcript = self.hello.encoded + message.encoded
            return _tls13(server_hello, self, cipher_suite, transcript)
        hello = _retried_hello(server_hello, self)
        # RFC 9846 4.1: the first ClientHello is replaced by a message_hash of it.
        digest = transcript_hash(transcript_hash_name(cipher_suite), self.hello.encoded)
        message_hash = HandshakeType.message_hash.to_bytes(1, "big") + vector24(digest)
        return ExpectRetriedServerHello(
            hello,
            self.key_shares,
            cipher_suite,
            message_hash + message.encoded + hello.encoded,
            of_extensions(without_cookie(server_hello), self.hello, "HelloRetryRequest"),
        )


class ExpectRetriedServerHello(NamedTuple):
    """A second ClientHello, `hello`, is to be sent: the server wants another group or a cookie."""

    hello: ClientHello
    key_shares: KeyShares
    cipher_suite: CipherSuite
    transcript: bytes
    oddities: tuple[Oddity, ...]

    def receive(self, message: HandshakeMessage) -> ExpectEncryptedExtensions:
        """Take the second ServerHello, which must keep what was negotiated (RFC 9846 4.2.4)."""
        server_hello = read_server_hello(message, self.hello)
        if server_hello.is_hello_retry_request:
            raise PeerMisbehaved(
                "the server sent a second HelloRetryRequest (RFC 9846 4.2.4)",
                reason=FailureReason.unexpected_message,
            )
        version = negotiated_version(server_hello, self.hello)
        if version is not _TLS13:
            raise illegal_parameter(
                f"the server went from TLSv1.3 in its HelloRetryRequest to {version.label}",
                "RFC 9846 4.2.4",
            )
        cipher_suite = tls13_cipher_suite(server_hello, self.hello)
        if cipher_suite is not self.cipher_suite:
            raise illegal_parameter(
                f"the server chose {cipher_suite.name} after {self.cipher_suite.name} "
                "in its HelloRetryRequest",
                "RFC 9846 4.2.4",
            )
        transcript = self.transcript + message.encoded
        return _tls13(server_hello, self, cipher_suite, transcript)


State: TypeAlias = (
    ExpectServerHello
    | ExpectRetriedServerHello
    | ExpectEncryptedExtensions
    | ExpectCertificateRequestOrCertificate
    | ExpectCertificate
    | ExpectCertificateVerify
    | ExpectCertificateTls12
    | ExpectServerKeyExchange
    | ExpectCertificateRequestOrDone
    | ExpectServerHelloDone
)


def _tls12(
    server_hello: ServerHello, hello: ClientHello, version: ProtocolVersion
) -> ExpectCertificateTls12:
    suite = server_hello.cipher_suite
    if suite not in hello.offer.cipher_suites or suite in TLS13_CIPHER_SUITES:
        raise illegal_parameter(
            f"the server chose {cipher_suite_label(suite)}, "
            f"which was not offered for {version.label}",
            "RFC 5246 7.4.1.3",
        )
    chosen = CIPHER_SUITES[suite]
    return ExpectCertificateTls12(
        NegotiatedTls12(
            hello,
            version,
            chosen,
            server_hello.random,
            alpn_protocol(server_hello.extensions, hello),
            server_hello.extensions.get(_SCTS),
            _STATUS_REQUEST in server_hello.extensions,
            bool(hello.session_id) and server_hello.session_id == hello.session_id,
            of_server_hello_tls12(server_hello, hello, version, chosen),
        )
    )


def _tls13(
    server_hello: ServerHello,
    state: ExpectServerHello | ExpectRetriedServerHello,
    cipher_suite: CipherSuite,
    transcript: bytes,
) -> ExpectEncryptedExtensions:
    check_placed(server_hello.extensions, _NOT_IN_SERVER_HELLO, "ServerHello")
    key_share = server_hello.extensions.get(_KEY_SHARE)
    if key_share is None:
        raise PeerMisbehaved(
            "the server's ServerHello has no key_share (RFC 9846 4.2.3)",
            reason=FailureReason.illegal_parameter,
        )
    number, peer = decode_key_share(key_share)
    if number not in state.hello.key_share_groups:
        raise illegal_parameter(
            f"the server's key share is of {code_name(NamedGroup, number)}, "
            "for which it was sent none",
            "RFC 9846 4.3.8",
        )
    group = NamedGroup(number)
    retried = isinstance(state, ExpectRetriedServerHello)
    oddities = of_extensions(server_hello.extensions, state.hello, "ServerHello")
    secret = shared_secret(state.key_shares.share(group), group, peer)
    return ExpectEncryptedExtensions(
        NegotiatedTls13(
            state.hello,
            cipher_suite,
            group,
            retried,
            (*(state.oddities if isinstance(state, ExpectRetriedServerHello) else ()), *oddities),
        ),
        server_handshake_keys(cipher_suite, secret, transcript),
        transcript,
    )


def _retried_hello(server_hello: ServerHello, state: ExpectServerHello) -> ClientHello:
    extensions = server_hello.extensions
    check_placed(extensions, _NOT_IN_HELLO_RETRY_REQUEST, "HelloRetryRequest")
    hello = state.hello
    groups = hello.key_share_groups
    selected = extensions.get(ExtensionType.key_share)
    if selected is not None:
        number = decode_uint16(selected, "HelloRetryRequest (RFC 9846 4.3.8)")
        # RFC 9846 4.3.8: in supported_groups, and not one that a share was sent for.
        if number not in hello.offer.groups or number in groups:
            raise illegal_parameter(
                f"the server's HelloRetryRequest asks for {code_name(NamedGroup, number)}, "
                "which was not offered or has its key share already",
                "RFC 9846 4.3.8",
            )
        if number not in key_share_groups():
            raise PeerMisbehaved(
                f"the server wants {code_name(NamedGroup, number)}, which is not a group of "
                "TLSv1.3 (RFC 9846 4.3.7)",
                reason=FailureReason.illegal_parameter,
            )
        groups = (NamedGroup(number),)
    cookie = extensions.get(ExtensionType.cookie)
    # RFC 9846 4.2.4: a HelloRetryRequest that changes nothing is an illegal_parameter.
    if selected is None and cookie is None:
        raise illegal_parameter(
            "the server's HelloRetryRequest asks for no change", "RFC 9846 4.2.4"
        )
    return encode_client_hello(
        hello.offer,
        random=hello.random,
        session_id=hello.session_id,
        server_name=hello.server_name,
        key_shares={group: state.key_shares.share(group).key_exchange for group in groups},
        cookie=decode_cookie(cookie) if cookie is not None else None,
    )


# RFC 9846 4.3, table: which of the extensions that we offer belong in other messages.
_NOT_IN_HELLO_RETRY_REQUEST = frozenset(ExtensionType) - {
    ExtensionType.supported_versions,
    ExtensionType.key_share,
    ExtensionType.cookie,
}
_NOT_IN_SERVER_HELLO = _NOT_IN_HELLO_RETRY_REQUEST | {ExtensionType.cookie}

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_TLS13 = ProtocolVersion.TLSv1_3
_SCTS = ExtensionType.signed_certificate_timestamp
_STATUS_REQUEST = ExtensionType.status_request
_KEY_SHARE = ExtensionType.key_share
