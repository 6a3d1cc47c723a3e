"""The Grafana board asks for metrics that exist, in a form that Grafana reads."""

from __future__ import annotations

import json
from typing import Any

from deploy_texts import DEPLOY, unknown_metrics
from halfshake.watch.metrics.families import FAMILIES

BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "halfshake.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = BOARD["panels"]
QUERIES: list[str] = [target["expr"] for panel in PANELS for target in panel.get("targets", ())]


def test_each_query_names_metrics_that_exist() -> None:
    """A renamed metric would leave an empty panel, which looks like good news."""
    assert QUERIES
    assert {query: unknown_metrics(query) for query in QUERIES if unknown_metrics(query)} == {}


def test_a_renamed_metric_would_be_found() -> None:
    """The test above can fail."""
    assert unknown_metrics("sum(halfshake_trusty) / halfshake_targets") == {"halfshake_trusty"}


def test_what_a_target_shows_can_be_narrowed_to_it() -> None:
    """Every query of a target's own metrics has the variable $target."""
    names = tuple(family.name for family in FAMILIES)
    of_targets = [query for query in QUERIES if any(name in query for name in names)]
    assert all('target=~"$target"' in query for query in of_targets)


def test_the_panels_can_be_told_apart() -> None:
    """Each has a title, an id of its own, and a place that no other one has."""
    assert all(panel["title"] for panel in PANELS)
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in PANELS]
    assert len(set(places)) == len(places)
