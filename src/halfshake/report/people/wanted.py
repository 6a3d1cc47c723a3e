"""What people want to see of many results."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Sort(StrEnum):
    """The order of the lines; the last one stands above the prompt."""

    worst = "worst"
    days = "days"
    target = "target"
    none = "none"


class Wanted(NamedTuple):
    """What is shown; `verbose` of 1 shows what is not ok as a page, 2 everything."""

    sort: Sort = Sort.worst
    verbose: int = 0
    only_problems: bool = False
