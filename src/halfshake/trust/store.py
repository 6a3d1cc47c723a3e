"""`TrustStore`: the certificates that a path may end in. Bytes in; `inputs/` finds the files."""

from __future__ import annotations

import base64
import binascii
import bisect
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import read_certificate, validity
from halfshake.errors import TrustStoreInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, eq=False)
class TrustStore:
    """Trust anchors in DER, and where they came from, for people: ("corp-ca.pem", "system")."""

    anchors: tuple[bytes, ...]
    sources: tuple[str, ...]

    @classmethod
    def joined(cls, stores: Iterable[TrustStore]) -> TrustStore:
        """Several stores as one; an anchor that is in two of them counts once."""
        listed = list(stores)
        anchors = dict.fromkeys(anchor for store in listed for anchor in store.anchors)
        return cls(tuple(anchors), tuple(source for store in listed for source in store.sources))

    @property
    def name(self) -> str:
        """Name the store for a sentence."""
        return ", ".join(self.sources) or "an empty trust store"

    @property
    def any_of(self) -> str:
        """For sentences that say what is not in it."""
        *others, last = self.sources or ("an empty trust store",)
        return f"{', '.join(others)} or {last}" if others else last

    def live_first(self, now: datetime) -> tuple[bytes, ...]:
        """The anchors; those that are valid at `now` come first."""
        latest_start, earliest_end = self._validity
        if (
            latest_start is not None
            and latest_start <= now
            and (earliest_end is None or now < earliest_end)
        ):
            return self.anchors
        return live_first(self.anchors, now)

    @cached_property
    def date_boundaries(self) -> tuple[datetime, ...]:
        """Every moment at which an anchor becomes valid or expires, in order."""
        return tuple(sorted(date_boundaries(self.anchors)))

    @cached_property
    def _validity(self) -> tuple[datetime | None, datetime | None]:
        dates = [validity(anchor) for anchor in self.anchors]
        starts = [not_before for not_before, _ in dates if not_before is not None]
        ends = [not_after for _, not_after in dates if not_after is not None]
        return max(starts, default=None), min(ends, default=None)


def live_first(certificates: Iterable[bytes], now: datetime) -> tuple[bytes, ...]:
    """Certificates in their order, except that those that are valid at `now` come first."""
    return tuple(sorted(certificates, key=lambda der: not dates_hold(der, now)))


def dates_hold(der: bytes, now: datetime) -> bool:
    """Is a certificate within its dates at `now`? Unreadable dates pass: OpenSSL judges them.

    OpenSSL counts the second of notAfter as past.
    """
    not_before, not_after = validity(der)
    if not_before is not None and now < not_before:
        return False
    return not_after is None or now < not_after


def date_boundaries(certificates: Iterable[bytes]) -> set[datetime]:
    """The moments at which one of the certificates becomes valid or expires, for any client.

    To OpenSSL it expires as the second of notAfter begins, to Go and Java one tick of their clocks
    later, and to those that follow RFC 5280 4.1.2.5 when that second ends.
    """
    boundaries: set[datetime] = set()
    for der in certificates:
        not_before, not_after = validity(der)
        if not_before is not None:
            boundaries.add(not_before)
        if not_after is not None:
            boundaries.add(not_after)
            if not_after < _LAST_SECOND:
                boundaries.update(not_after + later for later in _LATER)
    return boundaries


class Period(NamedTuple):
    """From `start` on, up to but without `end`; None is without limit."""

    start: datetime | None
    end: datetime | None

    def includes(self, moment: datetime) -> bool:
        """Is the moment in it."""
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )

    def within(self, start: datetime, end: datetime) -> Period:
        """The part of it that lies between two moments."""
        return Period(
            start if self.start is None else max(self.start, start),
            end if self.end is None else min(self.end, end),
        )


def unchanged_period(certificates: Iterable[bytes], store: TrustStore, now: datetime) -> Period:
    """The period around `now` in which none of the certificates, nor an anchor, starts or ends."""
    start: datetime | None = None
    end: datetime | None = None
    own = sorted(date_boundaries(certificates))
    for boundaries in (own, store.date_boundaries):
        at = bisect.bisect_right(boundaries, now)
        if at > 0 and (start is None or boundaries[at - 1] > start):
            start = boundaries[at - 1]
        if at < len(boundaries) and (end is None or boundaries[at] < end):
            end = boundaries[at]
    return Period(start, end)


def certificates_in(pem: bytes) -> list[bytes]:
    """The certificates of a PEM text, in DER, unparsed; other blocks are skipped.

    Raises TrustStoreInvalid if the base64 of one does not decode.
    """
    ders: list[bytes] = []
    for number, block in enumerate(_CERTIFICATE.findall(pem), start=1):
        try:
            ders.append(base64.b64decode(b"".join(block.split()), validate=True))
        except binascii.Error as error:
            raise TrustStoreInvalid(
                f"certificate {number} is broken: its base64 does not decode"
            ) from error
    return ders


def trust_store_from_pem(pem: bytes, source: str) -> TrustStore:
    """Read every certificate of a PEM file.

    Raises TrustStoreInvalid if there is none, or if one is broken.
    """
    try:
        anchors = certificates_in(pem)
    except TrustStoreInvalid as error:
        raise TrustStoreInvalid(f"{source}: {error}") from error
    for number, der in enumerate(anchors, start=1):
        if validity(der) == (None, None) and read_certificate(der).subject is None:
            problem = read_certificate(der).problems[0]
            raise TrustStoreInvalid(f"{source}: certificate {number} is broken: {problem}")
    if not anchors:
        raise TrustStoreInvalid(
            f"{source} holds no certificate: a CA file has -----BEGIN CERTIFICATE----- in it"
        )
    return TrustStore(tuple(dict.fromkeys(anchors)), (source,))


_LATER = (timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(seconds=1))
_LAST_SECOND = datetime.max.replace(microsecond=0, tzinfo=UTC)

_CERTIFICATE = re.compile(
    rb"-----BEGIN (?:X509 )?CERTIFICATE-----(.*?)-----END (?:X509 )?CERTIFICATE-----", re.DOTALL
)
