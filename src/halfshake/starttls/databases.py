"""Databases: PostgreSQL, MySQL and MariaDB. SQL Server has its own file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.starttls.conversation import Exactly, not_offered, refused, wrong_protocol

if TYPE_CHECKING:
    from halfshake.starttls.conversation import Dialogue


def postgres(_server_name: str) -> Dialogue:
    """SSLRequest ("Message Flow", "SSL Session Encryption"): one byte is the answer."""
    yield _POSTGRES_SSL_REQUEST
    match (yield Exactly(1)):
        case b"S":
            return None
        case b"N":
            raise not_offered("PostgreSQL answers N to SSLRequest (ssl = off)")
        case b"E":
            # A server before 7.0, or one that must reject us, sends an ErrorResponse.
            length = int.from_bytes((yield Exactly(4)), "big")
            if not 4 <= length <= MAX_POSTGRES_ERROR_BYTES:
                raise wrong_protocol("PostgreSQL")
            words = yield Exactly(length - 4)
            raise refused(words.replace(b"\0", b" "))
        case _:
            raise wrong_protocol("PostgreSQL")


def mysql(_server_name: str) -> Dialogue:
    """Protocol::HandshakeV10, then Protocol::SSLRequest if the capability allows it."""
    header = yield Exactly(4)
    length = int.from_bytes(header[:3], "little")
    if header[3] != 0 or not 0 < length <= MAX_MYSQL_GREETING_BYTES:
        raise wrong_protocol("MySQL")
    greeting = yield Exactly(length)
    if greeting[0] == _MYSQL_ERROR:
        raise refused(greeting[3:])
    _, terminator, rest = greeting[1:].partition(b"\0")
    if greeting[0] != _MYSQL_PROTOCOL or not terminator or len(rest) < 15:
        raise wrong_protocol("MySQL")
    # Thread id (4), auth data (8), filler (1); then the lower half of the capabilities.
    if not int.from_bytes(rest[13:15], "little") & _CLIENT_SSL:
        raise not_offered("MySQL's greeting lacks the capability CLIENT_SSL")
    yield _MYSQL_SSL_REQUEST
    return None


MAX_POSTGRES_ERROR_BYTES = 30_000  # libpq's own limit for an error before authentication
MAX_MYSQL_GREETING_BYTES = 1024

_POSTGRES_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"

_MYSQL_PROTOCOL = 10
_MYSQL_ERROR = 0xFF
_CLIENT_SSL = 0x0800
_CLIENT_PROTOCOL_41 = 0x0200
_CLIENT_SECURE_CONNECTION = 0x8000

# 32 bytes, packet 1: capabilities, the largest packet, the character set utf8mb4, 23 zeros.
_MYSQL_SSL_REQUEST = (
    b"\x20\x00\x00\x01"
    + (_CLIENT_SSL | _CLIENT_PROTOCOL_41 | _CLIENT_SECURE_CONNECTION).to_bytes(4, "little")
    + (1 << 24).to_bytes(4, "little")
    + b"\x2d"
    + bytes(23)
)
