"""The half handshake's states in TLS 1.3, EncryptedExtensions to CertificateVerify (RFC 9846 A.1).

`states.py` has the picture of the whole machine and leads into `ExpectEncryptedExtensions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import FailureReason, PeerIncompatible
from halfshake.tls.keys.key_schedule import transcript_hash, transcript_hash_name
from halfshake.tls.messages import (
    decode_certificate_request_tls13,
    decode_certificate_tls13,
    decode_certificate_verify,
    decode_encrypted_extensions,
)
from halfshake.tls.negotiation import (
    alpn_protocol,
    check_offered,
    check_placed,
    illegal_parameter,
    unexpected_message,
)
from halfshake.tls.oddities import Oddity, of_certificate_tls13, of_extensions
from halfshake.tls.registries.codepoints import (
    ExtensionType,
    HandshakeType,
    ProtocolVersion,
    SignatureScheme,
    code_name,
)
from halfshake.tls.server_flight import (
    CertificateEntry,
    CertificateRequest,
    KeyProof,
    PartialFlight,
    ServerFlight,
)

if TYPE_CHECKING:
    from halfshake.tls.client_hello import ClientHello
    from halfshake.tls.keys.key_schedule import TrafficKeys
    from halfshake.tls.record import HandshakeMessage
    from halfshake.tls.registries.cipher_suites import CipherSuite
    from halfshake.tls.registries.codepoints import NamedGroup


class NegotiatedTls13(NamedTuple):
    """What a TLS 1.3 ServerHello settled, and what was odd up to here."""

    hello: ClientHello
    cipher_suite: CipherSuite
    named_group: NamedGroup
    retried: bool
    oddities: tuple[Oddity, ...] = ()

    def noting(self, oddities: tuple[Oddity, ...]) -> NegotiatedTls13:
        """The same, with more that is odd; itself where nothing is."""
        return self._replace(oddities=self.oddities + oddities) if oddities else self


class ExpectEncryptedExtensions(NamedTuple):
    """Keys are agreed: from here on, `keys` decrypt every record (RFC 9846 A.1: WAIT_EE)."""

    negotiated: NegotiatedTls13
    keys: TrafficKeys
    transcript: bytes

    def receive(self, message: HandshakeMessage) -> ExpectCertificateRequestOrCertificate:
        """Take EncryptedExtensions (RFC 9846 4.4.1)."""
        if message.handshake_type != _ENCRYPTED_EXTENSIONS:
            raise unexpected_message(message, "EncryptedExtensions", "RFC 9846 4.4.1")
        extensions = decode_encrypted_extensions(message)
        check_offered(extensions, self.negotiated.hello, "EncryptedExtensions")
        check_placed(extensions, _NOT_IN_ENCRYPTED_EXTENSIONS, "EncryptedExtensions")
        negotiated = self.negotiated
        return ExpectCertificateRequestOrCertificate(
            negotiated.noting(of_extensions(extensions, negotiated.hello, "EncryptedExtensions")),
            alpn_protocol(extensions, negotiated.hello),
            self.transcript + message.encoded,
        )


class ExpectCertificateRequestOrCertificate(NamedTuple):
    """The message that identifies an mTLS server comes now or never (A.1: WAIT_CERT_CR)."""

    negotiated: NegotiatedTls13
    alpn_protocol: bytes | None
    transcript: bytes

    def receive(self, message: HandshakeMessage) -> ExpectCertificate | ExpectCertificateVerify:
        """Take CertificateRequest (RFC 9846 4.4.2) or Certificate (4.5.1)."""
        if message.handshake_type == _CERTIFICATE_REQUEST:
            request = decode_certificate_request_tls13(message)
            return ExpectCertificate(
                self.negotiated.noting(request.oddities),
                self.alpn_protocol,
                request,
                self.transcript + message.encoded,
            )
        if message.handshake_type == _FINISHED:
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
        if message.handshake_type != _CERTIFICATE:
            raise unexpected_message(message, "Certificate", "RFC 9846 4.5.1")
        entries = decode_certificate_tls13(message)
        return ExpectCertificateVerify(
            self.negotiated.noting(of_certificate_tls13(entries, self.negotiated.hello)),
            self.alpn_protocol,
            self.certificate_request,
            entries,
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
        if message.handshake_type != _CERTIFICATE_VERIFY:
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
        context = SIGNED_CONTENT_PREFIX + transcript_hash(hash_name, self.transcript)
        return ServerFlight(
            version=_TLS13,
            cipher_suite=self.negotiated.cipher_suite,
            named_group=self.negotiated.named_group,
            certificate_list=self.certificate_list,
            certificate_request=self.certificate_request,
            key_proof=KeyProof(scheme, signature, context),
            alpn_protocol=self.alpn_protocol,
            hello_retry_requested=self.negotiated.retried,
            oddities=self.negotiated.oddities,
        )

    def seen(self) -> PartialFlight:
        """What there is to say where the flight ends here."""
        return PartialFlight(
            version=_TLS13,
            cipher_suite=self.negotiated.cipher_suite,
            named_group=self.negotiated.named_group,
            certificate_list=self.certificate_list,
            certificate_request=self.certificate_request,
            # RFC 9846 4.4.2: it has its place before Certificate.
            client_auth_known=True,
            alpn_protocol=self.alpn_protocol,
            last_message="Certificate",
            oddities=self.negotiated.oddities,
        )


# RFC 9846 4.5.2: 64 spaces, the context string, a zero byte; the transcript hash follows.
SIGNED_CONTENT_PREFIX = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00"

# RFC 9846 4.3, table: which of the extensions that we offer belong in other messages.
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

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_ENCRYPTED_EXTENSIONS = HandshakeType.encrypted_extensions
_CERTIFICATE_REQUEST = HandshakeType.certificate_request
_CERTIFICATE = HandshakeType.certificate
_CERTIFICATE_VERIFY = HandshakeType.certificate_verify
_FINISHED = HandshakeType.finished
_TLS13 = ProtocolVersion.TLSv1_3
