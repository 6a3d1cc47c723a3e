"""Runs the dialogue before TLS over a connected stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.starttls.dialogues import conversation

if TYPE_CHECKING:
    from halfshake.dial.stream import ByteStream
    from halfshake.starttls.conversation import Framing


async def agree_on_tls(stream: ByteStream, protocol: str, server_name: str) -> ByteStream:
    """Run a protocol's dialogue; return the stream for TLS. Raises StarttlsFailed."""
    dialogue = conversation(protocol, server_name)
    try:
        while not dialogue.agreed:
            outgoing = dialogue.data_to_send()
            if outgoing:
                await stream.write(outgoing)
            data = await stream.read()
            if not data:
                raise dialogue.connection_ended(reset=False)
            dialogue.receive_data(data)
        outgoing = dialogue.data_to_send()
        if outgoing:
            await stream.write(outgoing)
    except OSError as error:
        raise dialogue.connection_ended(reset=True) from error
    return stream if dialogue.framing is None else _FramedStream(stream, dialogue.framing)


class _FramedStream:
    """A stream that carries TLS bytes inside the protocol's packets."""

    def __init__(self, stream: ByteStream, framing: Framing) -> None:
        self._stream = stream
        self._framing = framing
        self.address = stream.address

    async def read(self) -> bytes:
        while data := await self._stream.read():
            payload = self._framing.unpack(data)
            if payload:
                return payload
        return b""

    async def write(self, data: bytes) -> None:
        await self._stream.write(self._framing.pack(data))

    def close(self) -> None:
        self._stream.close()
