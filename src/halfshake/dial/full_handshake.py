"""The whole handshake, by OpenSSL, as a client that has no certificate.

OpenSSL works in memory; its bytes go through the same stream as those of the half handshake, so we
know the address, the deadline and how the connection ends. OpenSSL is set to accept as much as it
can: nothing is judged here, neither the certificate nor the strength. Only the messages that come
matter, and OpenSSL's message callback reports them. No client certificate is ever sent.
"""

from __future__ import annotations

import contextlib
import ssl
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from halfshake.errors import HalfshakeError
from halfshake.tls.registries.codepoints import AlertDescription, ContentType, HandshakeType

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.dial.stream import ByteStream

Result = TypeVar("Result")


class End(StrEnum):
    """What ended a conversation."""

    alert = "alert"
    fin = "fin"
    rst = "rst"
    fault = "fault"


class ConversationEnded(HalfshakeError):
    """The server ended the conversation, or OpenSSL did because of a `fault`."""

    def __init__(self, how: End, fault: str = "") -> None:
        super().__init__(fault or how.value)
        self.how = how
        self.fault = fault


class Heard(NamedTuple):
    """The messages so far that tell a refusal from a welcome.

    `requests` counts CertificateRequest, `answers` our Certificate, which is empty; a ticket shows
    that a TLS 1.3 server has read it. `alert` is a fatal alert from the server. With HelloRequest
    (`renegotiations`) the server asks to renegotiate (RFC 5246 7.4.1.1).
    """

    requests: int = 0
    answers: int = 0
    tickets: int = 0
    renegotiations: int = 0
    alert: int | None = None


class FullHandshake:
    """A conversation as a client without a certificate; each step can raise ConversationEnded."""

    def __init__(self, stream: ByteStream, server_name: str | None, alpn: tuple[str, ...]) -> None:
        self.heard = Heard()
        self._certificate_shown = False
        self._received = 0
        self._stream = stream
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = _lenient_context(alpn)
        # The only way to see messages in Python: not documented, but available since 3.8.
        context._msg_callback = self._take_note  # type: ignore[attr-defined]  # noqa: SLF001
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)

    @property
    def version(self) -> str | None:
        """The negotiated TLS version: "TLSv1.3"."""
        return self._tls.version()

    @property
    def protocol(self) -> str | None:
        """The protocol that ALPN negotiated."""
        return self._tls.selected_alpn_protocol()

    async def shake_hands(self) -> None:
        """Complete the handshake; in TLS 1.3 it ends with our own Finished."""
        await self._until_done(self._tls.do_handshake)

    async def say(self, data: bytes) -> None:
        """Send application data."""
        await self._until_done(lambda: self._tls.write(data))

    async def listen(self) -> bytes:
        """Read application data, at least one byte."""
        return await self._until_done(self._read)

    async def overhear(self) -> bytes:
        """Wait for what comes next; b"" if it is not application data (a ticket, for example)."""
        await self._receive()
        return await self.recall()

    async def recall(self) -> bytes:
        """Read what has already come."""
        with contextlib.suppress(ssl.SSLWantReadError):
            return await self._attempt(self._read)
        return b""

    async def take_leave(self) -> None:
        """Send close_notify, and do not wait for an answer."""
        with contextlib.suppress(ssl.SSLError, ConversationEnded):
            await self._attempt(self._tls.unwrap)

    def _read(self) -> bytes:
        data = self._tls.read(READ_BYTES)
        if not data:  # close_notify
            raise ConversationEnded(End.fin)
        return data

    async def _until_done(self, step: Callable[[], Result]) -> Result:
        while True:
            try:
                return await self._attempt(step)
            except ssl.SSLWantReadError:
                await self._receive()

    async def _attempt(self, step: Callable[[], Result]) -> Result:
        try:
            return step()
        except ssl.SSLWantReadError:
            raise
        except ssl.SSLZeroReturnError as error:
            raise ConversationEnded(End.fin) from error
        except ssl.SSLError as error:
            if self.heard.alert is not None:
                raise ConversationEnded(End.alert) from error
            raise ConversationEnded(End.fault, error.reason or str(error)) from error
        finally:
            await self._flush()

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if self._certificate_shown:
            # We load none, and openssl.cnf cannot set one for every client: this is the last
            # safeguard.
            raise ConversationEnded(End.fault, "OpenSSL wants to show a client certificate")
        if data:
            # A server that closed the connection may have said why: what it sent can still be read.
            with contextlib.suppress(OSError):
                await self._stream.write(data)

    async def _receive(self) -> None:
        try:
            data = await self._stream.read()
        except OSError as error:  # the deadline is a cancellation here, not an OSError
            raise ConversationEnded(End.rst) from error
        if not data:
            raise ConversationEnded(End.fin)
        self._received += len(data)
        if self._received > MAX_RECEIVED_BYTES:
            raise ConversationEnded(
                End.fault, f"the server sent more than {MAX_RECEIVED_BYTES} bytes"
            )
        self._incoming.write(data)

    def _take_note(
        self, _: object, direction: str, _version: int, content: int, message: int, data: bytes
    ) -> None:
        heard = self.heard
        if content == ContentType.alert and direction == "read" and len(data) == 2:
            if self._ends_it(level=data[0], description=data[1]):
                self.heard = heard._replace(alert=data[1])
        elif content != ContentType.handshake:
            return
        elif direction == "write":
            if message == HandshakeType.certificate:
                self._certificate_shown |= not is_empty_certificate(data)
                self.heard = heard._replace(answers=heard.answers + 1)
        elif message == HandshakeType.certificate_request:
            self.heard = heard._replace(requests=heard.requests + 1)
        elif message == HandshakeType.new_session_ticket:
            self.heard = heard._replace(tickets=heard.tickets + 1)
        elif message == HandshakeType.hello_request:
            self.heard = heard._replace(renegotiations=heard.renegotiations + 1)

    def _ends_it(self, *, level: int, description: int) -> bool:
        # RFC 9846 6: "All the alerts listed in Section 6.2 MUST be sent with AlertLevel=fatal and
        # MUST be treated as error alerts [...] regardless of the AlertLevel in the message." Up to
        # TLS 1.2 a warning is not an error.
        if description in {AlertDescription.close_notify, AlertDescription.user_canceled}:
            return False
        return level == FATAL or self._tls.version() == "TLSv1.3"


def is_empty_certificate(message: bytes) -> bool:
    """Is this Certificate message without a certificate?

    Up to TLS 1.2 it is only an empty list (RFC 5246 7.4.6); in TLS 1.3 the request's context comes
    before the list (RFC 9846 4.5.1).
    """
    body = message[4:]
    context = body[: 1 + body[0]] if body else b""
    return body in {EMPTY_LIST, context + EMPTY_LIST}


def _lenient_context(alpn: tuple[str, ...]) -> ssl.SSLContext:
    # One for each conversation, because the callback belongs to it; without CAs it is cheap.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0")
    context.options |= OP_LEGACY_SERVER_CONNECT
    # So that a server that asks only for some paths, as Apache can, can ask us (RFC 9846,
    # post-handshake authentication).
    context.post_handshake_auth = True
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


READ_BYTES = 16384

# A flight, some tickets and the head of an answer: no normal server sends more than this.
MAX_RECEIVED_BYTES = 2**20

FATAL = 2
EMPTY_LIST = b"\0\0\0"

# Python has a name for it since 3.12: servers without RFC 5746 are accepted too.
OP_LEGACY_SERVER_CONNECT = 0x4
