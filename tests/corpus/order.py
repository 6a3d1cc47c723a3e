"""Order and extra certificates: wrong order, duplicates, unneeded certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import Case, Fault
from corpus.certificates import intermediate, leaf, root
from corpus.ordinary import ISSUING, LEAF, OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    upper = intermediate(ROOT, "Upper")
    lower = intermediate(upper, "Lower")
    below = leaf(lower)
    known = (ROOT,)
    wrong, extra, sent = "wrong-order", "extra-certificates", "root-sent"
    yield Case("wrong order", (below, upper, lower), known, remarks=(wrong,))
    yield Case(
        "wrong order, root in the middle", (LEAF, ROOT, ISSUING), known, remarks=(wrong, sent)
    )
    yield Case("leaf twice", (LEAF, LEAF, ISSUING), known, remarks=(extra,))
    yield Case("intermediate twice", (LEAF, ISSUING, ISSUING), known, remarks=(extra,))
    stranger = intermediate(OTHER_ROOT, "Stranger")
    yield Case("unrelated certificate behind", (LEAF, ISSUING, stranger), known, remarks=(extra,))
    yield Case("unrelated certificate between", (LEAF, stranger, ISSUING), known, remarks=(extra,))
    yield Case("unrelated root behind", (LEAF, ISSUING, OTHER_ROOT), known, remarks=(extra,))
    yield Case(
        "leaf of the last year behind",
        (LEAF, ISSUING, leaf(ISSUING, days=(-400, -30))),
        known,
        remarks=(extra,),
    )
    crowd = tuple(intermediate(OTHER_ROOT, f"Stranger {number}") for number in range(30))
    yield Case("thirty unrelated certificates", (LEAF, ISSUING, *crowd), known, remarks=(extra,))
    yield Case(
        "thirty unrelated certificates between", (LEAF, *crowd, ISSUING), known, remarks=(extra,)
    )
    yield Case(
        "chain of another server",
        (LEAF, stranger, OTHER_ROOT),
        known,
        fault=Fault("missing-intermediate", 0, LEAF),
    )
    yield Case("root sent twice", (LEAF, ISSUING, ROOT, ROOT), known, remarks=(sent, extra))
    again = root(days=(-40, 4000))
    yield Case(
        "root sent, its renewal in the store", (LEAF, ISSUING, ROOT), (again,), remarks=(sent,)
    )
    alone = leaf(ROOT)
    yield Case("intermediate that is not needed", (alone, ISSUING), known, remarks=(extra,))
    own = leaf(None)
    yield Case(
        "pinned self-signed leaf with a chain behind", (own, ISSUING), (own,), remarks=(extra,)
    )
    yield Case(
        "self-signed leaf with a trusted chain behind",
        (own, ISSUING, ROOT),
        known,
        fault=Fault("self-signed", 0, own),
    )
