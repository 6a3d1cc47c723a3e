"""`calendar()`: the expiry of every certificate as an iCalendar (RFC 5545), for a team's calendar.

One event for each certificate, however many endpoints show it. Its UID is made of the certificate's
names and dates, so a calendar that is read again shows no event twice.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.page import wording
from halfshake.report.page.visible import visible
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from halfshake.report.page.views import Row


class Expiry(NamedTuple):
    """A certificate that dies, and the targets that show it."""

    subject: str
    issuer: str
    not_before: datetime | None
    not_after: datetime
    targets: tuple[str, ...]


def expiries(rows: Iterable[Row]) -> list[Expiry]:
    """The certificates of these endpoints, each once; the first to die comes first."""
    seen: dict[tuple[str, str, datetime | None, datetime], dict[str, None]] = {}
    for row in rows:
        if row.not_after is not None:
            certificate = (row.subject or "", row.issuer or "", row.not_before, row.not_after)
            seen.setdefault(certificate, {})[row.target] = None
    found = [Expiry(*certificate, tuple(targets)) for certificate, targets in seen.items()]
    return sorted(found, key=lambda each: (each.not_after, each.targets))


def calendar(expiring: Iterable[Expiry], now: datetime) -> str:
    """The whole calendar; each event has an alarm two weeks before."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//Halfshake//Halfshake {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Certificates that expire",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]
    for each in expiring:
        lines += _event(each, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _event(expiry: Expiry, now: datetime) -> Iterator[str]:
    targets = ", ".join(visible(target, 200) for target in expiry.targets[:MOST_TARGETS])
    more = len(expiry.targets) - MOST_TARGETS
    others = f" and {more} more" if more > 0 else ""
    first = visible(expiry.targets[0], 100)
    count = len(expiry.targets)
    shown = first if count == 1 else f"{first} and {count - 1} more"
    described = (
        f"The certificate {visible(expiry.subject or 'without a name', 300)} expires "
        f"{wording.minute(expiry.not_after)}.\nServed by {targets}{others}.\n"
        f"Issued by {visible(expiry.issuer or 'nobody named', 300)}."
    )
    ends = expiry.not_after.astimezone(UTC)
    yield "BEGIN:VEVENT"
    yield f"UID:{_identity(expiry)}@certificates.halfshake"
    yield f"DTSTAMP:{_time(now)}"
    yield f"DTSTART:{_time(ends)}"
    yield f"SUMMARY:{_escaped(f'Certificate expires: {shown}')}"
    yield f"DESCRIPTION:{_escaped(described)}"
    yield "CATEGORIES:Certificates"
    yield "TRANSP:TRANSPARENT"
    if ends - now > ALARM_BEFORE:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"TRIGGER:-P{ALARM_BEFORE.days}D"
        yield f"DESCRIPTION:{_escaped(f'Certificate expires: {shown}')}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _identity(expiry: Expiry) -> str:
    told = repr((expiry.subject, expiry.issuer, expiry.not_before, expiry.not_after))
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:40]


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """RFC 5545 3.3.11: what has a meaning in a text is escaped."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    # RFC 5545 3.1: "Lines of text SHOULD NOT be longer than 75 octets, excluding the line break".
    piece, octets = "", 0
    for character in line:
        length = len(character.encode())
        if octets + length > MOST_OCTETS:
            yield piece
            piece, octets = " ", 1
        piece += character
        octets += length
    yield piece


MOST_OCTETS = 75
MOST_TARGETS = 20
ALARM_BEFORE = timedelta(days=14)
