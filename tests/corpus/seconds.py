"""A second that counts: the one of notAfter, which RFC 5280 4.1.2.5 counts in, and of notBefore.

Clients differ on it. These cases are about one moment, so they are made for it, and stand apart
from the others.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from corpus import Case
from corpus.certificates import intermediate, leaf, root, utc_time
from corpus.der import sequence
from corpus.ordinary import ISSUING, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

# Clocks are read to the microsecond, dates have seconds: somewhere within.
INTO_THE_SECOND = timedelta(milliseconds=300)


def cases_of_a_second(second: datetime) -> Iterator[Case]:
    """Every case of this theme, to be asked `INTO_THE_SECOND`: around it nothing is odd."""
    ending = sequence(_written(second - timedelta(days=90)), _written(second))
    beginning = sequence(_written(second), _written(second + timedelta(days=90)))
    last = leaf(ISSUING, validity=ending)
    yield Case("leaf in the second of its notAfter", (last, ISSUING), (ROOT,))
    ca = intermediate(ROOT, validity=ending)
    yield Case("intermediate in the second of its notAfter", (leaf(ca), ca), (ROOT,))
    top = root(validity=ending)
    yield Case("root in the second of its notAfter", (leaf(top),), (top,))
    first = leaf(ISSUING, validity=beginning)
    yield Case("leaf in the second of its notBefore", (first, ISSUING), (ROOT,))


def _written(moment: datetime) -> bytes:
    return utc_time(f"{moment:%y%m%d%H%M%SZ}")
