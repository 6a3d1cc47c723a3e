"""What a stapled OCSP response says of itself: its dates and its status, believed or not.

`staple.py` decides what to believe of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.x509 import ocsp

from halfshake.certificate_fields import UNREADABLE


class StapleFacts(NamedTuple):
    """The answer about one certificate. `status` is "good", "revoked" or "unknown"."""

    status: str
    produced_at: datetime | None
    this_update: datetime | None
    next_update: datetime | None
    revoked_at: datetime | None


def read_staple(response: bytes | None, serial: str | None) -> StapleFacts | None:
    """Read the answer about the certificate with this serial number, in hex.

    None where there is no response, where it cannot be read, or is about another certificate.
    """
    if response is None or serial is None:
        return None
    try:
        answer = ocsp.load_der_ocsp_response(response)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        wanted = int(serial, 16)
        for single in answer.responses:
            if single.serial_number == wanted:
                return StapleFacts(
                    single.certificate_status.name.lower(),
                    _moment(answer, "produced_at"),
                    _moment(single, "this_update"),
                    _moment(single, "next_update"),
                    _moment(single, "revocation_time"),
                )
    except UNREADABLE:
        return None
    return None


def _moment(holder: object, name: str) -> datetime | None:
    # The aware fields exist since cryptography 43; older releases have naive ones in UTC.
    aware = f"{name}_utc"
    moment: datetime | None = getattr(holder, aware if hasattr(holder, aware) else name)
    return None if moment is None else moment.replace(tzinfo=UTC)
