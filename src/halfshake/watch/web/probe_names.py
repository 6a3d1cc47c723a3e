"""A name that `/probe` answers with, and a registry of what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import CollectorRegistry, Gauge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ProbeName(NamedTuple):
    """One gauge of another exporter. `known` says where it is there; docs/prometheus.md has it."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    known: str = "always"


class Told(NamedTuple):
    """One sample: its name, its value, and the values of its labels."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


def fill(registry: CollectorRegistry, names: Sequence[ProbeName], told: Iterable[Told]) -> None:
    """Register a gauge for each name of which something is told."""
    declared = {each.name: each for each in names}
    gauges: dict[str, Gauge] = {}
    for name, value, labels in told:
        gauge = gauges.get(name)
        if gauge is None:
            family = declared[name]
            gauge = gauges[name] = Gauge(name, family.help, family.labels, registry=registry)
        (gauge.labels(*labels) if labels else gauge).set(value)
