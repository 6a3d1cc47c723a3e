"""The half handshake's states in TLS 1.0 to 1.2, ServerHello to ServerHelloDone (RFC 5246 7.3).

`states.py` has the picture of the whole machine and leads into `ExpectCertificateTls12`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from halfshake.errors import FailureReason, PeerMisbehaved
from halfshake.tls.messages import (
    decode_certificate_request_tls12,
    decode_certificate_status,
    decode_certificate_tls12,
    decode_empty,
    decode_server_key_exchange_dhe,
    decode_server_key_exchange_ecdhe,
)
from halfshake.tls.negotiation import unexpected_message
from halfshake.tls.oddities import Oddity, of_signature_scheme, of_staple
from halfshake.tls.registries.cipher_suites import CipherSuite, KeyExchange, key_exchange
from halfshake.tls.registries.codepoints import (
    HandshakeType,
    NamedGroup,
    SignatureScheme,
    code_name,
)
from halfshake.tls.server_flight import (
    CertificateEntry,
    CertificateRequest,
    KeyProof,
    PartialFlight,
    ServerFlight,
    ServerKeyExchange,
)

if TYPE_CHECKING:
    from halfshake.tls.client_hello import ClientHello
    from halfshake.tls.record import HandshakeMessage
    from halfshake.tls.registries.codepoints import ProtocolVersion


class NegotiatedTls12(NamedTuple):
    """What a TLS <= 1.2 ServerHello settled, and what was odd up to here.

    `resumes`: it returned our session id, which a server does that resumes a session.
    """

    hello: ClientHello
    version: ProtocolVersion
    cipher_suite: CipherSuite
    server_random: bytes
    alpn_protocol: bytes | None
    sct_list: bytes | None
    staples: bool
    resumes: bool
    oddities: tuple[Oddity, ...] = ()

    def noting(self, oddities: tuple[Oddity, ...]) -> NegotiatedTls12:
        """The same, with more that is odd; itself where nothing is."""
        return self._replace(oddities=self.oddities + oddities) if oddities else self


class ExpectCertificateTls12(NamedTuple):
    """After ServerHello: the certificate comes next, unencrypted."""

    negotiated: NegotiatedTls12

    def receive(
        self, message: HandshakeMessage
    ) -> ExpectServerKeyExchange | ExpectCertificateRequestOrDone:
        """Take Certificate (RFC 5246 7.4.2)."""
        if message.handshake_type in _OF_A_RESUMED_SESSION and self.negotiated.resumes:
            raise resumed()
        if message.handshake_type != _CERTIFICATE:
            raise unexpected_message(message, "Certificate", "RFC 5246 7.3")
        entries = decode_certificate_tls12(message)
        if self.negotiated.sct_list is not None:
            entries = (entries[0]._replace(sct_list=self.negotiated.sct_list), *entries[1:])
        if key_exchange(self.negotiated.cipher_suite) is _STATIC_RSA:
            return ExpectCertificateRequestOrDone(self.negotiated, entries, None)
        return ExpectServerKeyExchange(self.negotiated, entries)


class ExpectServerKeyExchange(NamedTuple):
    """After Certificate, with an ephemeral key exchange; a stapled OCSP response may come first."""

    negotiated: NegotiatedTls12
    certificate_list: tuple[CertificateEntry, ...]

    def receive(
        self, message: HandshakeMessage
    ) -> ExpectServerKeyExchange | ExpectCertificateRequestOrDone:
        """Take CertificateStatus (RFC 6066 8) or ServerKeyExchange (RFC 5246 7.4.3)."""
        if _is_staple(message, self.negotiated, self.certificate_list):
            return _with_staple(self, message)
        if message.handshake_type != _SERVER_KEY_EXCHANGE:
            raise unexpected_message(message, "ServerKeyExchange", "RFC 5246 7.3")
        exchange = _server_key_exchange(message, self.negotiated)
        return ExpectCertificateRequestOrDone(
            self.negotiated.noting(of_signature_scheme(exchange.scheme, self.negotiated.version)),
            self.certificate_list,
            exchange,
        )

    def seen(self) -> PartialFlight:
        """What there is to say where the flight ends here."""
        return _partial(self.negotiated, self.certificate_list)


class ExpectCertificateRequestOrDone(NamedTuple):
    """Everything except the question who we are. `ephemeral` is None for static RSA."""

    negotiated: NegotiatedTls12
    certificate_list: tuple[CertificateEntry, ...]
    ephemeral: ServerKeyExchange | None

    def receive(
        self, message: HandshakeMessage
    ) -> ExpectCertificateRequestOrDone | ExpectServerHelloDone | ServerFlight:
        """Take CertificateRequest (RFC 5246 7.4.4) or ServerHelloDone (7.4.5)."""
        if self.ephemeral is None and _is_staple(message, self.negotiated, self.certificate_list):
            return _with_staple(self, message)
        if message.handshake_type == _CERTIFICATE_REQUEST:
            request = decode_certificate_request_tls12(message, self.negotiated.version)
            return ExpectServerHelloDone(
                self.negotiated.noting(request.oddities),
                self.certificate_list,
                self.ephemeral,
                request,
            )
        if message.handshake_type != _SERVER_HELLO_DONE:
            expected = "CertificateRequest or ServerHelloDone"
            raise unexpected_message(message, expected, "RFC 5246 7.3")
        decode_empty(message, "ServerHelloDone (RFC 5246 7.4.5)")
        return _flight(self.negotiated, self.certificate_list, self.ephemeral, None)

    def seen(self) -> PartialFlight:
        """What there is to say where the flight ends here."""
        return _partial(self.negotiated, self.certificate_list, self.ephemeral)


class ExpectServerHelloDone(NamedTuple):
    """The server has asked for a client certificate; the end of its flight comes next."""

    negotiated: NegotiatedTls12
    certificate_list: tuple[CertificateEntry, ...]
    ephemeral: ServerKeyExchange | None
    certificate_request: CertificateRequest

    def receive(self, message: HandshakeMessage) -> ServerFlight:
        """Take ServerHelloDone (RFC 5246 7.4.5)."""
        if message.handshake_type != _SERVER_HELLO_DONE:
            raise unexpected_message(message, "ServerHelloDone", "RFC 5246 7.3")
        decode_empty(message, "ServerHelloDone (RFC 5246 7.4.5)")
        return _flight(
            self.negotiated, self.certificate_list, self.ephemeral, self.certificate_request
        )

    def seen(self) -> PartialFlight:
        """What there is to say where the flight ends here."""
        partial = _partial(self.negotiated, self.certificate_list, self.ephemeral)
        return partial._replace(
            certificate_request=self.certificate_request,
            client_auth_known=True,
            last_message="CertificateRequest",
        )


def resumed() -> PeerMisbehaved:
    """Build the error for a server that goes on with a session that it cannot have."""
    return PeerMisbehaved(
        "the server resumes a session that does not exist, and shows no certificate "
        "(RFC 5246 7.4.1.3)",
        reason=FailureReason.illegal_parameter,
    )


def _is_staple(
    message: HandshakeMessage,
    negotiated: NegotiatedTls12,
    certificate_list: tuple[CertificateEntry, ...],
) -> bool:
    # Only once, and only if ServerHello announced it (RFC 6066 8).
    return (
        message.handshake_type == _CERTIFICATE_STATUS
        and negotiated.staples
        and certificate_list[0].ocsp_response is None
    )


def _with_staple(state: _Stapleable, message: HandshakeMessage) -> _Stapleable:
    first, *others = state.certificate_list
    response = decode_certificate_status(message)
    return state._replace(
        negotiated=state.negotiated.noting(of_staple(response)),
        certificate_list=(first._replace(ocsp_response=response), *others),
    )


def _server_key_exchange(
    message: HandshakeMessage, negotiated: NegotiatedTls12
) -> ServerKeyExchange:
    offer = negotiated.hello.offer
    if key_exchange(negotiated.cipher_suite) is _ECDHE:
        exchange = decode_server_key_exchange_ecdhe(message, negotiated.version)
        # RFC 8422 5.4: the curve is one of those in the client's extension.
        if exchange.named_group not in offer.groups:
            group = code_name(NamedGroup, exchange.named_group or 0)
            raise PeerMisbehaved(
                f"the server chose the group {group}, which was not offered (RFC 8422 5.4)",
                reason=FailureReason.illegal_parameter,
            )
    else:
        exchange = decode_server_key_exchange_dhe(message, negotiated.version)
    # RFC 5246 7.4.3: the algorithms MUST be a pair of the client's extension.
    if exchange.scheme is not None and exchange.scheme not in offer.signature_schemes:
        scheme = code_name(SignatureScheme, exchange.scheme)
        raise PeerMisbehaved(
            f"the server signed with {scheme}, which was not offered (RFC 5246 7.4.3)",
            reason=FailureReason.illegal_parameter,
        )
    return exchange


def _flight(
    negotiated: NegotiatedTls12,
    certificate_list: tuple[CertificateEntry, ...],
    ephemeral: ServerKeyExchange | None,
    certificate_request: CertificateRequest | None,
) -> ServerFlight:
    proof = None
    if ephemeral is not None:
        # RFC 5246 7.4.3: client_random, server_random, params.
        signed = negotiated.hello.random + negotiated.server_random + ephemeral.parameters
        proof = KeyProof(ephemeral.scheme, ephemeral.signature, signed)
    return ServerFlight(
        version=negotiated.version,
        cipher_suite=negotiated.cipher_suite,
        named_group=ephemeral.named_group if ephemeral else None,
        certificate_list=certificate_list,
        certificate_request=certificate_request,
        key_proof=proof,
        alpn_protocol=negotiated.alpn_protocol,
        hello_retry_requested=False,
        public_value=ephemeral.public_value if ephemeral else None,
        oddities=negotiated.oddities,
    )


def _partial(
    negotiated: NegotiatedTls12,
    certificate_list: tuple[CertificateEntry, ...],
    ephemeral: ServerKeyExchange | None = None,
) -> PartialFlight:
    stapled = certificate_list[0].ocsp_response is not None
    before = "CertificateStatus" if stapled else "Certificate"
    return PartialFlight(
        version=negotiated.version,
        cipher_suite=negotiated.cipher_suite,
        named_group=ephemeral.named_group if ephemeral else None,
        certificate_list=certificate_list,
        certificate_request=None,
        client_auth_known=False,
        alpn_protocol=negotiated.alpn_protocol,
        last_message="ServerKeyExchange" if ephemeral else before,
        oddities=negotiated.oddities,
    )


_Stapleable = TypeVar("_Stapleable", ExpectServerKeyExchange, ExpectCertificateRequestOrDone)

# RFC 5246 7.3, figure 2; RFC 5077 3.1 puts a ticket before it.
_OF_A_RESUMED_SESSION = frozenset({HandshakeType.finished, HandshakeType.new_session_ticket})

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_CERTIFICATE = HandshakeType.certificate
_SERVER_KEY_EXCHANGE = HandshakeType.server_key_exchange
_CERTIFICATE_REQUEST = HandshakeType.certificate_request
_SERVER_HELLO_DONE = HandshakeType.server_hello_done
_CERTIFICATE_STATUS = HandshakeType.certificate_status
_STATIC_RSA = KeyExchange.static_rsa
_ECDHE = KeyExchange.ecdhe
