"""What one run of the benchmark has measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clients.row import Row
    from latency.round_trips import Latency
    from starting import Memory


@dataclass
class Results:
    """`cpu` has microseconds: in flight -> row -> column."""

    quick: bool
    rows: dict[str, list[Row]] = field(default_factory=dict)  # nginx, leaves
    cpu: dict[int, dict[str, dict[str, float]]] = field(default_factory=dict)
    latency: Latency | str = "not measured"
    cold_start: dict[str, float] = field(default_factory=dict)
    memory: Memory | None = None
    watch: str = ""
