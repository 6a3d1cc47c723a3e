"""`TrustStore`: the certificates that a path may end in. Bytes in; `inputs/` finds the files.

Every check has a store, also where nobody listens and no anchor is looked at. So the X.509 library
is imported only where one is.
"""

from __future__ import annotations

import base64
import binascii
from functools import cached_property
from typing import TYPE_CHECKING

from halfshake.errors import TrustStoreInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime


class TrustStore:
    """Trust anchors in DER, and where they came from, for people: ("corp-ca.pem", "system").

    It never changes, and is equal only to itself.
    """

    def __init__(self, anchors: tuple[bytes, ...], sources: tuple[str, ...]) -> None:
        self.anchors = anchors
        self.sources = sources

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
        from halfshake.trust.lifetimes import live_first  # noqa: PLC0415 - see above

        return live_first(self.anchors, now)

    @cached_property
    def date_boundaries(self) -> tuple[datetime, ...]:
        """Every moment at which an anchor becomes valid or expires, in order."""
        from halfshake.trust.lifetimes import date_boundaries  # noqa: PLC0415 - see above

        return tuple(sorted(date_boundaries(self.anchors)))

    @cached_property
    def _validity(self) -> tuple[datetime | None, datetime | None]:
        from halfshake.certificate import validity  # noqa: PLC0415 - see above

        dates = [validity(anchor) for anchor in self.anchors]
        starts = [not_before for not_before, _ in dates if not_before is not None]
        ends = [not_after for _, not_after in dates if not_after is not None]
        return max(starts, default=None), min(ends, default=None)


def certificates_in(pem: bytes) -> list[bytes]:
    """The certificates of a PEM text, in DER, unparsed; other blocks are skipped.

    Raises TrustStoreInvalid if the base64 of one does not decode.
    """
    ders: list[bytes] = []
    for number, block in enumerate(_blocks(pem), start=1):
        try:
            ders.append(base64.b64decode(b"".join(block.split()), validate=True))
        except binascii.Error as error:
            raise TrustStoreInvalid(
                f"certificate {number} is broken: its base64 does not decode"
            ) from error
    return ders


def _blocks(pem: bytes) -> Iterator[bytes]:
    """What stands between BEGIN and END of each certificate.

    Every start searches a system's store: a regular expression takes a hundred times as long.
    """
    pem = pem.replace(b" X509 CERTIFICATE-----", b" CERTIFICATE-----")
    at = 0
    while (begin := pem.find(_BEGIN, at)) >= 0:
        begin += len(_BEGIN)
        end = pem.find(_END, begin)
        if end < 0:
            return
        yield pem[begin:end]
        at = end + len(_END)


def trust_store_from_pem(pem: bytes, source: str) -> TrustStore:
    """Read every certificate of a PEM file.

    Raises TrustStoreInvalid if there is none, or if one is broken.
    """
    try:
        anchors = certificates_in(pem)
    except TrustStoreInvalid as error:
        raise TrustStoreInvalid(f"{source}: {error}") from error
    from halfshake.certificate import read_certificate, validity  # noqa: PLC0415 - see above

    for number, der in enumerate(anchors, start=1):
        if validity(der) == (None, None) and read_certificate(der).subject is None:
            problem = read_certificate(der).problems[0]
            raise TrustStoreInvalid(f"{source}: certificate {number} is broken: {problem}")
    if not anchors:
        raise TrustStoreInvalid(
            f"{source} holds no certificate: a CA file has -----BEGIN CERTIFICATE----- in it"
        )
    return TrustStore(tuple(dict.fromkeys(anchors)), (source,))


# RFC 7468 5.1; X509 CERTIFICATE is a label of old times, which still occurs.
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"
