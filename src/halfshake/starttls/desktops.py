"""Remote desktops: VNC with VeNCrypt, and RDP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halfshake.starttls.conversation import Exactly, not_offered, refused, wrong_protocol

if TYPE_CHECKING:
    from halfshake.starttls.conversation import Dialogue, Steps


def vnc(_server_name: str) -> Dialogue:
    """RFC 6143 7.1, and the security type VeNCrypt 0.2 with a certificate."""
    # Four bytes first: another protocol's banner may be shorter than this one.
    if (yield Exactly(4)) != b"RFB ":
        raise wrong_protocol("RFB (VNC)")
    version = re.fullmatch(rb"([0-9]{3})\.([0-9]{3})\n", (yield Exactly(8)))
    if version is None:
        raise wrong_protocol("RFB (VNC)")
    if (int(version[1]), int(version[2])) < (3, 7):
        raise not_offered("VNC before RFB 3.7 has no list of security types")
    yield b"RFB 003.008\n" if int(version[2]) >= 8 else b"RFB 003.007\n"
    count = (yield Exactly(1))[0]
    if count == 0:
        raise refused((yield from _reason()))
    if _VENCRYPT not in (yield Exactly(count)):
        raise not_offered("VeNCrypt is not among its VNC security types")
    yield bytes([_VENCRYPT])
    if (yield Exactly(2)) < b"\0\x02":
        raise not_offered("its VeNCrypt version is older than 0.2")
    yield b"\0\x02"
    if (yield Exactly(1)) != b"\0":
        raise refused(b"VeNCrypt 0.2")
    count = (yield Exactly(1))[0]
    encoded = yield Exactly(4 * count)
    subtypes = {int.from_bytes(encoded[at : at + 4], "big") for at in range(0, 4 * count, 4)}
    with_certificate = sorted(subtypes & _X509_SUBTYPES)
    if not with_certificate:
        raise not_offered("its VeNCrypt offers no X509 type, so there is no certificate")
    yield with_certificate[0].to_bytes(4, "big")
    if (yield Exactly(1)) != b"\x01":
        raise refused(b"the VeNCrypt type that it had offered")
    return None


def _reason() -> Steps[bytes]:
    """Read why a VNC server offers us no security type (RFC 6143 7.1.2)."""
    length = int.from_bytes((yield Exactly(4)), "big")
    return (yield Exactly(length))


def rdp(_server_name: str) -> Dialogue:
    """X.224 Connection Request with an RDP Negotiation Request (MS-RDPBCGR 2.2.1.1)."""
    yield _RDP_REQUEST
    header = yield Exactly(4)
    length = int.from_bytes(header[2:], "big")
    # TPKT (RFC 1006 6): version 3, and a length that includes these four bytes.
    if header[:2] != b"\x03\x00" or not 11 <= length <= MAX_RDP_BYTES:
        raise wrong_protocol("RDP")
    confirm = yield Exactly(length - 4)
    if confirm[1] & 0xF0 != _CONNECTION_CONFIRM:
        raise wrong_protocol("RDP")
    negotiation = confirm[7:]
    if not negotiation:
        raise not_offered("RDP negotiates nothing here: it has only its own, old encryption")
    if len(negotiation) < 8:
        raise wrong_protocol("RDP")
    value = int.from_bytes(negotiation[4:8], "little")
    if negotiation[0] == _NEGOTIATION_FAILURE:
        if value in _NO_TLS:
            raise not_offered(f"RDP answers {_NO_TLS[value]}")
        raise refused(b"RDP negotiation failure %d" % value)
    if negotiation[0] != _NEGOTIATION_RESPONSE:
        raise wrong_protocol("RDP")
    if not value & _PROTOCOLS_WITH_TLS:
        raise not_offered("RDP selects its own, old encryption")
    return None


_VENCRYPT = 19
# X509None, X509Vnc, X509Plain, X509SASL; the TLSNone family is anonymous.
_X509_SUBTYPES = frozenset({260, 261, 262, 264})

_PROTOCOL_SSL, _PROTOCOL_HYBRID, _PROTOCOL_HYBRID_EX = 0x01, 0x02, 0x08
_PROTOCOLS_WITH_TLS = _PROTOCOL_SSL | _PROTOCOL_HYBRID | _PROTOCOL_HYBRID_EX
_RDP_REQUEST = b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00" + (
    _PROTOCOLS_WITH_TLS.to_bytes(4, "little")
)
_CONNECTION_CONFIRM = 0xD0
_NEGOTIATION_RESPONSE, _NEGOTIATION_FAILURE = 0x02, 0x03
_NO_TLS = {2: "SSL_NOT_ALLOWED_BY_SERVER", 3: "SSL_CERT_NOT_ON_SERVER"}
MAX_RDP_BYTES = 1024
