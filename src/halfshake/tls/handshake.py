"""`HalfHandshake`: bytes in, bytes out, and a `ServerFlight` at the end. No socket, clock or log.

half = HalfHandshake(offer, server_name="api.example.com", key_shares=..., random_bytes=...)
send(half.data_to_send())
while half.server_flight is None:
    half.receive_data(received)         # raises HandshakeFailed; b"" if the stream ended
    send(half.data_to_send())           # empty, except after a HelloRetryRequest
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import AlertReceived
from halfshake.tls.client_hello import Offer, encode_client_hello
from halfshake.tls.keys.protection import RecordProtection
from halfshake.tls.messages import decode_empty
from halfshake.tls.record import ChangeCipherSpecReceived, RecordReader
from halfshake.tls.registries.codepoints import HandshakeType, ProtocolVersion
from halfshake.tls.server_flight import ServerFlight
from halfshake.tls.states import ExpectRetriedServerHello, ExpectServerHello, State
from halfshake.tls.states_tls12 import (
    ExpectCertificateRequestOrDone,
    ExpectCertificateTls12,
    ExpectServerHelloDone,
    ExpectServerKeyExchange,
    resumed,
)
from halfshake.tls.states_tls13 import ExpectCertificateVerify, ExpectEncryptedExtensions

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.errors import ConnectionEnded, NotTls
    from halfshake.tls.keys.key_exchange import KeyShares
    from halfshake.tls.record import HandshakeMessage
    from halfshake.tls.server_flight import PartialFlight


class HalfHandshake:
    """One reading of a server's first flight.

    `server_name` is an A-label for SNI, None for none. `key_shares` may be shared by every reading
    of a process. `random_bytes` is `os.urandom` except in tests.
    """

    __slots__ = ("_outgoing", "_records", "_state", "server_flight")

    def __init__(
        self,
        offer: Offer,
        *,
        server_name: str | None,
        key_shares: KeyShares,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        hello = encode_client_hello(
            offer,
            random=random_bytes(32),
            session_id=random_bytes(32),
            server_name=server_name,
            key_shares={
                group: key_shares.share(group).key_exchange for group in offer.key_share_groups
            },
        )
        self.server_flight: ServerFlight | None = None
        self._state: State = ExpectServerHello(hello, key_shares)
        self._records = RecordReader()
        self._outgoing = hello.record()

    def data_to_send(self) -> bytes:
        """What to send now, each byte once; empty if it is the server's turn."""
        outgoing, self._outgoing = self._outgoing, b""
        return outgoing

    def receive_data(self, data: bytes) -> None:
        """Take received bytes; once `server_flight` is set, the rest of the stream does not matter.

        Raises only HandshakeFailed, whatever the bytes are.
        """
        self._records.receive(data)
        try:
            while self.server_flight is None:
                message = self._records.next_message()
                if message is None:
                    return
                self._advance(message)
        except ChangeCipherSpecReceived:
            state = self._state
            if isinstance(state, ExpectCertificateTls12) and state.negotiated.resumes:
                raise resumed() from None
            raise
        except AlertReceived as alert:
            seen = self.seen()
            raise (alert if seen is None else alert.after(seen.last_message)) from None

    @property
    def answered(self) -> bool:
        """Has a ServerHello or a HelloRetryRequest come?"""
        return not isinstance(self._state, ExpectServerHello)

    def seen(self) -> PartialFlight | None:
        """What has come by now, once the certificate is in it and until the flight is whole."""
        state = self._state
        if self.server_flight is None and isinstance(state, _WITH_CERTIFICATE):
            return state.seen()
        return None

    def connection_ended(self, *, reset: bool) -> NotTls | ConnectionEnded:
        """The error to raise if the server closes or resets the connection now."""
        return self._records.connection_ended(reset=reset)

    def _advance(self, message: HandshakeMessage) -> None:
        # RFC 5246 7.4.1.1: a client that is already negotiating ignores it. TLS 1.3 has no such
        # message: there the state rejects it.
        if message.handshake_type == _HELLO_REQUEST and not self._records.protected:
            decode_empty(message, "HelloRequest (RFC 5246 7.4.1.1)")
            self._records.count_idle("a HelloRequest")
            return
        state = self._state.receive(message)
        if isinstance(state, ServerFlight):
            self.server_flight = state
            return
        self._state = state
        if isinstance(state, ExpectCertificateTls12):
            self._records.expect_tls12()
        elif isinstance(state, ExpectEncryptedExtensions):
            protection = RecordProtection(state.negotiated.cipher_suite, state.keys)
            self._records.protect(protection)
        elif isinstance(state, ExpectRetriedServerHello):
            # RFC 9846 E.4: a ChangeCipherSpec before the second flight, for middleboxes.
            self._outgoing += _CHANGE_CIPHER_SPEC + state.hello.record(ProtocolVersion.TLSv1_2)


_WITH_CERTIFICATE = (
    ExpectCertificateVerify,
    ExpectServerKeyExchange,
    ExpectCertificateRequestOrDone,
    ExpectServerHelloDone,
)

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_HELLO_REQUEST = HandshakeType.hello_request

_CHANGE_CIPHER_SPEC = b"\x14\x03\x03\x00\x01\x01"
