"""SQL Server: PRELOGIN (MS-TDS 2.2.6.5), then TLS inside TDS packets (MS-TDS 3.2.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import StarttlsFailed
from halfshake.starttls.conversation import (
    Exactly,
    injected,
    not_offered,
    too_long,
    wrong_protocol,
)

if TYPE_CHECKING:
    from halfshake.starttls.conversation import Dialogue, Steps


def mssql(_server_name: str) -> Dialogue:
    """Ask for encryption; the answer says which kind the server has, if any."""
    yield _packet(_PRELOGIN_REQUEST)
    answer = yield from _message()
    encryption = _option(answer, _ENCRYPTION)
    if len(encryption) != 1 or encryption[0] > _ENCRYPT_REQUIRED:
        raise wrong_protocol("TDS")
    if encryption[0] == _ENCRYPT_NOT_SUPPORTED:
        raise not_offered("SQL Server answers ENCRYPT_NOT_SUP to PRELOGIN")
    return TdsFraming()


class TdsFraming:
    """TLS bytes in PRELOGIN packets, as both sides send them until the handshake is over."""

    def __init__(self) -> None:
        self._waiting = b""

    def pack(self, data: bytes) -> bytes:
        """Pack TLS bytes, in as many packets as they need."""
        pieces = [data[at : at + MAX_PAYLOAD] for at in range(0, len(data), MAX_PAYLOAD)]
        return b"".join(
            _packet(piece, last=number == len(pieces)) for number, piece in enumerate(pieces, 1)
        )

    def unpack(self, data: bytes) -> bytes:
        """Take received bytes; return each complete packet's payload. Raises StarttlsFailed."""
        self._waiting += data
        payload: list[bytes] = []
        while len(self._waiting) >= HEADER_BYTES:
            try:
                length = _packet_length(self._waiting)
            except StarttlsFailed:
                raise injected(self._waiting) from None
            if len(self._waiting) < length:
                break
            payload.append(self._waiting[HEADER_BYTES:length])
            self._waiting = self._waiting[length:]
        return b"".join(payload)


def _message() -> Steps[bytes]:
    """Read one message, of any number of packets."""
    message = b""
    while True:
        # Two bytes first: another protocol's banner may be shorter than a header.
        header = yield Exactly(2)
        if header[0] not in _ANSWER_TYPES:
            raise wrong_protocol("TDS")
        header += yield Exactly(HEADER_BYTES - 2)
        message += yield Exactly(_packet_length(header) - HEADER_BYTES)
        if header[1] & _END_OF_MESSAGE:
            return message
        if len(message) > MAX_PRELOGIN_BYTES:
            raise too_long("an endless PRELOGIN answer", message)


def _packet(payload: bytes, *, last: bool = True) -> bytes:
    length = HEADER_BYTES + len(payload)
    status = _END_OF_MESSAGE if last else 0
    return bytes([_TYPE_PRELOGIN, status]) + length.to_bytes(2, "big") + bytes(4) + payload


def _packet_length(header: bytes) -> int:
    length = int.from_bytes(header[2:4], "big")
    if header[0] not in _ANSWER_TYPES or length < HEADER_BYTES:
        raise wrong_protocol("TDS")
    return length


def _option(message: bytes, wanted: int) -> bytes:
    """Find one option; each is a token with offset and length, and a terminator ends them."""
    for at in range(0, len(message), 5):
        if message[at] == _TERMINATOR:
            break
        if message[at] == wanted and len(message) >= at + 5:
            offset = int.from_bytes(message[at + 1 : at + 3], "big")
            length = int.from_bytes(message[at + 3 : at + 5], "big")
            return message[offset : offset + length]
    return b""


HEADER_BYTES = 8
MAX_PAYLOAD = 4096 - HEADER_BYTES  # the packet size before a login agrees on another
MAX_PRELOGIN_BYTES = 4096

_TYPE_PRELOGIN = 0x12
# The answer is a tabular result; TLS bytes come back in either type.
_ANSWER_TYPES = frozenset({0x04, _TYPE_PRELOGIN})
_END_OF_MESSAGE = 0x01

_VERSION, _ENCRYPTION, _TERMINATOR = 0x00, 0x01, 0xFF
_ENCRYPT_ON, _ENCRYPT_NOT_SUPPORTED, _ENCRYPT_REQUIRED = 0x01, 0x02, 0x03

# Options VERSION (six bytes at 11) and ENCRYPTION (one at 17), then their values.
_PRELOGIN_REQUEST = (
    bytes([_VERSION, 0, 11, 0, 6, _ENCRYPTION, 0, 17, 0, 1, _TERMINATOR])
    + bytes(6)
    + bytes([_ENCRYPT_ON])
)
