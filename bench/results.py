"""What one run of the benchmark has measured."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from latency.round_trips import Latency
from places import LAST_RESULTS
from starting import Memory

if TYPE_CHECKING:
    from clients.row import Row


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
    machine: str = ""
    versions: str = ""

    def save(self) -> None:
        """Keep the figures, so that the page can be written again with other words."""
        figures = {name: value for name, value in vars(self).items() if name != "rows"}
        latency = self.latency if isinstance(self.latency, str) else self.latency._asdict()
        memory = None if self.memory is None else self.memory._asdict()
        figures |= {"latency": latency, "memory": memory}
        LAST_RESULTS.parent.mkdir(exist_ok=True)
        LAST_RESULTS.write_text(json.dumps(figures, indent=1), "utf-8")

    @classmethod
    def last(cls, rows: dict[str, list[Row]]) -> Results:
        """The figures of the last run; JSON has no numbers as keys."""
        figures = json.loads(LAST_RESULTS.read_text("utf-8"))
        figures["cpu"] = {int(count): cells for count, cells in figures["cpu"].items()}
        if isinstance(figures["latency"], dict):
            figures["latency"] = Latency(**figures["latency"])
        if figures["memory"] is not None:
            peaks = figures["memory"].pop("peak_mebibytes")
            peak_mebibytes = {int(count): peak for count, peak in peaks.items()}
            figures["memory"] = Memory(**figures["memory"], peak_mebibytes=peak_mebibytes)
        return cls(rows=rows, **figures)
