"""The state machine of a half handshake: how it starts, and TLS 1.3.

Nothing outside this file and `states_tls12.py` changes a state.

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

import hashlib
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from halfshake.errors import FailureReason, PeerIncompatible, PeerMisbehaved
from halfshake.tls.cipher_suites import TLS13_CIPHER_SUITES, CipherSuite, cipher_suite_label
from halfshake.tls.client_hello import ClientHello, encode_client_hello
from halfshake.tls.codec import vector24
from halfshake.tls.codepoints import (
    ExtensionType,
    HandshakeType,
    NamedGroup,
    ProtocolVersion,
    SignatureScheme,
    code_name,
)
from halfshake.tls.keys.key_exchange import KEY_SHARE_GROUPS, KeyShares, shared_secret
from halfshake.tls.keys.key_schedule import TrafficKeys, server_handshake_keys, transcript_hash_name
from halfshake.tls.messages import (
    decode_certificate_request_tls13,
    decode_certificate_tls13,
    decode_certificate_verify,
    decode_cookie,
    decode_encrypted_extensions,
    decode_key_share,
    decode_uint16,
)
from halfshake.tls.negotiation import (
    alpn_protocol,
    check_offered,
    check_placed,
    illegal_parameter,
    negotiated_version,
    read_server_hello,
    tls13_cipher_suite,
    unexpected_message,
)
from halfshake.tls.server_flight import (
    CertificateEntry,
    CertificateRequest,
    KeyProof,
    ServerFlight,
    ServerHello,
)
from halfshake.tls.states_tls12 import (
    ExpectCertificateRequestOrDone,
    ExpectCertificateTls12,
    ExpectServerHelloDone,
    ExpectServerKeyExchange,
    NegotiatedTls12,
)

if TYPE_CHECKING:
    from halfshake.tls.record import HandshakeMessage


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
        if version is not ProtocolVersion.TLSv1_3:
            return _tls12(server_hello, self.hello, version)
        cipher_suite = tls13_cipher_suite(server_hello, self.hello)
        if not server_hello.is_hello_retry_request:
            transcript = self.hello.encoded + message.encoded
            return _tls13(server_hello, self, cipher_suite, transcript)
        hello = _retried_hello(server_hello, self)
        # RFC 9846 4.1: the first ClientHello is replaced by a message_hash of it.
        digest = hashlib.new(transcript_hash_name(cipher_suite), self.hello.encoded).digest()
        message_hash = HandshakeType.message_hash.to_bytes(1, "big") + vector24(digest)
        return ExpectRetriedServerHello(
            hello,
            self.key_shares,
            cipher_suite,
            message_hash + message.encoded + hello.encoded,
        )


class ExpectRetriedServerHello(NamedTuple):
    """A second ClientHello, `hello`, is to be sent: the server wants another group or a cookie."""

    hello: ClientHello
    key_shares: KeyShares
    cipher_suite: CipherSuite
    transcript: bytes

    def receive(self, message: HandshakeMessage) -> ExpectEncryptedExtensions:
        """Take the second ServerHello, which must keep what was negotiated (RFC 9846 4.2.4)."""
        server_hello = read_server_hello(message, self.hello)
        if server_hello.is_hello_retry_request:
            raise PeerMisbehaved(
                "the server sent a second HelloRetryRequest (RFC 9846 4.2.4)",
                reason=FailureReason.unexpected_message,
            )
        version = negotiated_version(server_hello, self.hello)
        if version is not ProtocolVersion.TLSv1_3:
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


class NegotiatedTls13(NamedTuple):
    """What a TLS 1.3 ServerHello decided."""

    hello: ClientHello
    cipher_suite: CipherSuite
    named_group: NamedGroup
    retried: bool


class ExpectEncryptedExtensions(NamedTuple):
    """Keys are agreed: from here on, `keys` decrypt every record (RFC 9846 A.1: WAIT_EE)."""

    negotiated: NegotiatedTls13
    keys: TrafficKeys
    transcript: bytes

    def receive(self, message: HandshakeMessage) -> ExpectCertificateRequestOrCertificate:
        """Take EncryptedExtensions (RFC 9846 4.4.1)."""
        if message.handshake_type != HandshakeType.encrypted_extensions:
            raise unexpected_message(message, "EncryptedExtensions", "RFC 9846 4.4.1")
        extensions = decode_encrypted_extensions(message)
        check_offered(extensions, self.negotiated.hello, "EncryptedExtensions")
        check_placed(extensions, _NOT_IN_ENCRYPTED_EXTENSIONS, "EncryptedExtensions")
        return ExpectCertificateRequestOrCertificate(
            self.negotiated,
            alpn_protocol(extensions, self.negotiated.hello),
            self.transcript + message.encoded,
        )


class ExpectCertificateRequestOrCertificate(NamedTuple):
    """The message that identifies an mTLS server comes now or never (A.1: WAIT_CERT_CR)."""

    negotiated: NegotiatedTls13
    alpn_protocol: bytes | None
    transcript: bytes

    def receive(self, message: HandshakeMessage) -> ExpectCertificate | ExpectCertificateVerify:
        """Take CertificateRequest (RFC 9846 4.4.2) or Certificate (4.5.1)."""
        if message.handshake_type == HandshakeType.certificate_request:
            request = decode_certificate_request_tls13(message)
            return ExpectCertificate(
                self.negotiated, self.alpn_protocol, request, self.transcript + message.encoded
            )
        if message.handshake_type == HandshakeType.finished:
            raise PeerIncompatible(
                "the server authenticates with a pre-shared key and shows no certificate",
                reason=FailureReason.no_certificate,
            )
        return ExpectCertificate(
            self.negotiated, self.alpn_protocol, None, self.transcript
        ).receive(message)


class ExpectCertificate(NamedTuple):
    """We know whether the server asks for a client certificate (RFC 9846 A.1: WAIT_CERT)."""

    negotiated: NegotiatedTls13
    alpn_protocol: bytes | None
    certificate_request: CertificateRequest | None
    transcript: bytes

    def receive(self, message: HandshakeMessage) -> ExpectCertificateVerify:
        """Take Certificate (RFC 9846 4.5.1)."""
        if message.handshake_type != HandshakeType.certificate:
            raise unexpected_message(message, "Certificate", "RFC 9846 4.5.1")
        return ExpectCertificateVerify(
            self.negotiated,
            self.alpn_protocol,
            self.certificate_request,
            decode_certificate_tls13(message),
            self.transcript + message.encoded,
        )


class ExpectCertificateVerify(NamedTuple):
    """The certificate is read; the signature by its key comes next (RFC 9846 A.1: WAIT_CV)."""

    negotiated: NegotiatedTls13
    alpn_protocol: bytes | None
    certificate_request: CertificateRequest | None
    certificate_list: tuple[CertificateEntry, ...]
    transcript: bytes

    def receive(self, message: HandshakeMessage) -> ServerFlight:
        """Take CertificateVerify (RFC 9846 4.5.2)."""
        if message.handshake_type != HandshakeType.certificate_verify:
            raise unexpected_message(message, "CertificateVerify", "RFC 9846 4.5.2")
        scheme, signature = decode_certificate_verify(message)
        # RFC 9846 4.5.2: one of the schemes offered; never PKCS #1 v1.5 or SHA-1.
        schemes = self.negotiated.hello.offer.signature_schemes
        if scheme not in schemes or scheme in _NOT_IN_TLS13:
            raise illegal_parameter(
                f"the server signed with {code_name(SignatureScheme, scheme)}, "
                "which was not offered for TLSv1.3",
                "RFC 9846 4.5.2",
            )
        hash_name = transcript_hash_name(self.negotiated.cipher_suite)
        transcript_hash = hashlib.new(hash_name, self.transcript).digest()
        return ServerFlight(
            version=ProtocolVersion.TLSv1_3,
            cipher_suite=self.negotiated.cipher_suite,
            named_group=self.negotiated.named_group,
            certificate_list=self.certificate_list,
            certificate_request=self.certificate_request,
            key_proof=KeyProof(scheme, signature, SIGNED_CONTENT_PREFIX + transcript_hash),
            alpn_protocol=self.alpn_protocol,
            hello_retry_requested=self.negotiated.retried,
        )


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
    # RFC 9846 4.2.3: our session id in a TLS 1.2 ServerHello would resume a session that we never
    # had.
    if server_hello.session_id and server_hello.session_id == hello.session_id:
        raise illegal_parameter(
            "the server resumes a session that does not exist", "RFC 5246 7.4.1.3"
        )
    return ExpectCertificateTls12(
        NegotiatedTls12(
            hello,
            version,
            CipherSuite(suite),
            server_hello.random,
            alpn_protocol(server_hello.extensions, hello),
            server_hello.extensions.get(ExtensionType.signed_certificate_timestamp),
            ExtensionType.status_request in server_hello.extensions,
        )
    )


def _tls13(
    server_hello: ServerHello,
    state: ExpectServerHello | ExpectRetriedServerHello,
    cipher_suite: CipherSuite,
    transcript: bytes,
) -> ExpectEncryptedExtensions:
    check_placed(server_hello.extensions, _NOT_IN_SERVER_HELLO, "ServerHello")
    key_share = server_hello.extensions.get(ExtensionType.key_share)
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
    secret = shared_secret(state.key_shares.share(group), group, peer)
    return ExpectEncryptedExtensions(
        NegotiatedTls13(
            state.hello, cipher_suite, group, isinstance(state, ExpectRetriedServerHello)
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
        if number not in KEY_SHARE_GROUPS:
            raise PeerMisbehaved(
                f"the server wants {code_name(NamedGroup, number)}, no group of TLSv1.3 "
                "(RFC 9846 4.3.7)",
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


# RFC 9846 4.5.2: 64 spaces, the context string, a zero byte; the transcript hash follows.
SIGNED_CONTENT_PREFIX = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00"

# RFC 9846 4.3, table: which of the extensions that we offer belong in other messages.
_NOT_IN_HELLO_RETRY_REQUEST = frozenset(ExtensionType) - {
    ExtensionType.supported_versions,
    ExtensionType.key_share,
    ExtensionType.cookie,
}
_NOT_IN_SERVER_HELLO = _NOT_IN_HELLO_RETRY_REQUEST | {ExtensionType.cookie}
_NOT_IN_ENCRYPTED_EXTENSIONS = frozenset(ExtensionType) - {
    ExtensionType.server_name,
    ExtensionType.supported_groups,
    ExtensionType.application_layer_protocol_negotiation,
}

# RFC 9846 4.3.3: for certificates only, or for TLS 1.2 only.
_NOT_IN_TLS13 = frozenset(
    scheme
    for scheme in SignatureScheme
    if scheme.name.startswith(("rsa_pkcs1_", "dsa_")) or scheme.name.endswith(("_sha1", "_sha224"))
)
