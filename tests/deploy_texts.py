"""What stands in deploy/, and every metric that its queries may name."""

from __future__ import annotations

import re
from pathlib import Path

from halfshake.reference.watch import own_metric_names
from halfshake.watch.metrics.families import FAMILIES

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "halfshake-rules.yaml"


def unknown_metrics(text: str) -> set[str]:
    """The names that begin with halfshake_, and are of no metric."""
    known = {family.name for family in FAMILIES} | own_metric_names()
    return set(re.findall(r"\bhalfshake_\w+", text)) - known
