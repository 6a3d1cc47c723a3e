"""Runs the check as the Agent would, and checks what it sent."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_cases.ground import NAME
from datadog_checks.halfshake import HalfshakeCheck

if TYPE_CHECKING:
    from agent_cases.case import Case

INTEGRATION = Path(__file__).parent.parent.parent / "integrations" / "datadog"
CHECK_NAMES = ("can_connect", "version", "cert_validation", "cert_expiration")
STATUS_NAMES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
GOOD_FACTS = {
    "trusted": 1,
    "name_matches": 1,
    "dates_valid": 1,
    "chain_complete": 1,
    "key_possession": 1,
    "version_allowed": 1,
    "client_auth_requested": 1,
}


def metadata(namespace: str = "halfshake") -> dict[str, dict[str, str]]:
    """metadata.csv, as assert_metrics_using_metadata wants it."""
    with (INTEGRATION / "metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["metric_name"].replace("halfshake", namespace, 1): row for row in rows}


def instance_of(port: int, ca_file: Path, **options: Any) -> dict[str, Any]:
    """Write the instance that a user would write for a server on loopback."""
    return {
        "server": "127.0.0.1",
        "port": port,
        "server_hostname": NAME,
        "tls_ca_cert": str(ca_file),
        "timeout": 2,
        "name": "case",
        "tags": ["team:payments"],
        **options,
    }


def halfshake(**instance: Any) -> HalfshakeCheck:
    """One instance of the check, with an id like the Agent's."""
    check = HalfshakeCheck("halfshake", {}, [instance])
    check.check_id = "halfshake:0123456789abcdef"
    return check


def tags_of(instance: dict[str, Any]) -> list[str]:
    """The tags that everything must have."""
    return [
        "name:case",
        f"server_hostname:{NAME}",
        f"server:{instance['server']}",
        f"port:{instance['port']}",
        "team:payments",
    ]


def assert_sent(aggregator: Any, case: Case, tags: list[str]) -> None:
    """Check that everything the case expects was sent, and nothing else."""
    wanted = case.checks.split()
    for name, status in zip(CHECK_NAMES, wanted, strict=True):
        sent = aggregator.service_checks(f"halfshake.{name}")
        assert [STATUS_NAMES[check.status] for check in sent] == ([status] if status != "-" else [])
        for check in sent:
            assert sorted(check.tags) == sorted(tags)
            assert case.says.get(name, "") in (check.message or ""), check.message
    assert len(aggregator.service_check_names) == sum(status != "-" for status in wanted)
    facts: dict[str, float | None] = {
        "can_connect": float(wanted[0] == "OK"),
        "cert_read": float(case.read),
        "status": 3,
    }
    if case.read:
        facts["status"] = max(STATUS_NUMBER[status] for status in wanted)
        facts = {**facts, **GOOD_FACTS, **case.facts}
    for name, value in facts.items():
        if value is not None:
            aggregator.assert_metric(f"halfshake.{name}", value, tags=tags, count=1)
    if case.days_left is not None:
        _assert_left(aggregator, case.days_left, tags, trusted=bool(facts["trusted"]))
    aggregator.assert_all_metrics_covered()
    aggregator.assert_metrics_using_metadata(metadata())
    aggregator.assert_no_duplicate_all()


def _assert_left(aggregator: Any, days: float, tags: list[str], *, trusted: bool) -> None:
    for name, expected in (("days_left", days), ("seconds_left", days * 86_400)):
        for prefix in ("", "last_known_"):
            aggregator.assert_metric(f"halfshake.{prefix}{name}", tags=tags, count=1)
            (metric,) = aggregator.metrics(f"halfshake.{prefix}{name}")
            assert abs(metric.value - expected) < abs(expected) * 0.01
    for name in ("lifetime_ratio_left", "handshake_time"):
        aggregator.assert_metric(f"halfshake.{name}", tags=tags, count=1)
    # The path is known where one was built, even if it is not in date.
    aggregator.assert_metric("halfshake.path_seconds_left", tags=tags, at_least=int(trusted))


def summary(aggregator: Any) -> str:
    """Put what was sent into one cell of the table, without what differs from run to run."""
    parts = []
    sent = {
        name: aggregator.service_checks(f"halfshake.{name}")[0]
        for name in CHECK_NAMES
        if aggregator.service_checks(f"halfshake.{name}")
    }
    if len(sent) == len(CHECK_NAMES) and not any(check.status for check in sent.values()):
        parts.append("**4xOK**")
    else:
        for name, check in sent.items():
            message = f" `{steady(check.message)}`" if check.message else ""
            parts.append(f"{name} {STATUS_NAMES[check.status]}{message}")
    parts += [
        f"{name} {metric.value:g}"
        for name in GOOD_FACTS
        for metric in aggregator.metrics(f"halfshake.{name}")
        if metric.value == (name == "client_auth_requested")
    ]
    parts += [
        f"days_left {metric.value:.0f}" for metric in aggregator.metrics("halfshake.days_left")
    ]
    return "; ".join(parts)


def steady(message: str) -> str:
    """Remove from a message what differs in every run."""
    message = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", message)
    message = re.sub(r"/\S+/ca\.pem", "ca.pem", message)
    message = re.sub(r"127\.0\.0\.\d:\d+", "HOST:PORT", message)
    return message.replace("|", "/")


STATUS_NUMBER = {"-": 0, "OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
