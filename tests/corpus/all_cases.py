"""Every case of the corpus, theme by theme."""

from __future__ import annotations

from corpus import (
    constraints,
    crossed,
    dates,
    families,
    intermediates,
    issuer_names,
    keys,
    leaves,
    names,
    order,
    roots,
)

ALL_CASES = tuple(
    case
    for theme in (
        roots,
        intermediates,
        crossed,
        constraints,
        issuer_names,
        leaves,
        names,
        keys,
        dates,
        order,
        families,
    )
    for case in theme.cases()
)
CASES = {case.name: case for case in ALL_CASES}
