"""/metrics: what it says, that it parses, and that only what changed is rendered again."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from halfshake.watch.metrics.exposition import SHARD_ROWS, Exposition
from halfshake.watch.metrics.families import FAMILIES, SECOND_VISIT, USUAL
from halfshake.watch.metrics.own_health import OwnHealth
from servers import find_program

if TYPE_CHECKING:
    from halfshake.watch.metrics.values import Value


def row(**values: Value) -> tuple[Value, ...]:
    """The values of a reading, by the end of their names."""
    return tuple(
        next((value for end, value in values.items() if family.name.endswith(end)), None)
        for family in USUAL
    )


def text_of(exposition: Exposition) -> str:
    """The whole text."""

    async def pieces() -> bytes:
        return b"".join([each.text() async for blocks in exposition.blocks() for each in blocks])

    return asyncio.run(pieces()).decode()


def whole(exposition: Exposition, *, openmetrics: bool) -> str:
    """With the monitor's own health behind it, as /metrics has it."""
    return text_of(exposition) + OwnHealth().text(openmetrics=openmetrics).decode()


def filled() -> Exposition:
    """One target that was read, and one that was not."""
    exposition = Exposition()
    exposition.put_usual(
        'target="a",note="say \\"hi\\""',
        row(
            probe_success=1,
            probe_timestamp_seconds=1795569314.056,
            certificate_not_after_timestamp_seconds=1800753310,
            trusted=1,
            certificate_info=('subject="CN=a\\\\,b",sha256="00"',),
            finding=('code="x",severity="warning"', 'code="y",severity="critical"'),
        ),
    )
    exposition.put_usual(
        'target="b"',
        row(probe_success=0, failure_info=('phase="connect",reason="connection-refused"',)),
    )
    exposition.put_second_visit('target="a",note="say \\"hi\\""', (1, None, None, None))
    return exposition


def test_a_value_that_was_not_read_is_not_there() -> None:
    """Never 0, and a family without series has no header either."""
    text = text_of(filled())
    assert 'halfshake_certificate_not_after_timestamp_seconds{target="b"}' not in text
    assert "halfshake_name_matches" not in text
    assert text.count("\nhalfshake_finding{") == 2
    assert 'halfshake_probe_success{target="b"} 0\n' in text


@pytest.mark.parametrize("openmetrics", [False, True])
def test_it_parses(*, openmetrics: bool) -> None:
    """By the client library's own parsers; each family stands together, and once."""
    parse = parse_openmetrics if openmetrics else parse_text
    text = whole(filled(), openmetrics=openmetrics)
    families = {family.name: family for family in parse(text)}
    samples = {sample.name: sample for family in families.values() for sample in family.samples}
    assert samples["halfshake_certificate_info"].labels["subject"] == "CN=a\\,b"
    assert samples["halfshake_probe_success"].value in {0, 1}
    assert text.endswith("# EOF\n") is openmetrics


def test_promtool_has_nothing_to_say() -> None:
    """`promtool check metrics` is silent."""
    promtool = find_program("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: run `make servers`")
    text = whole(filled(), openmetrics=False)
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_what_changed_is_rendered_again() -> None:
    """A time changes with each reading, a date of expiry once in its life."""
    exposition = Exposition()
    for number in range(2 * SHARD_ROWS):
        exposition.put_usual(f'target="{number}"', row(probe_success=1, trusted=1))
    text_of(exposition)
    assert exposition.rendered == 2 * len(FAMILIES)
    text_of(exposition)
    exposition.put_usual('target="0"', row(probe_success=1, trusted=1))
    text_of(exposition)
    assert exposition.rendered == 2 * len(FAMILIES)
    exposition.put_usual('target="0"', row(probe_success=1, trusted=0))
    assert 'halfshake_trusted{target="0"} 0\n' in text_of(exposition)
    assert exposition.rendered == 2 * len(FAMILIES) + 1


def test_a_vanished_targets_series_vanish_and_their_place_is_used_again() -> None:
    """All of them; and memory does not grow by targets that come and go."""
    exposition = filled()
    exposition.drop('target="a",note="say \\"hi\\""')
    exposition.drop("never there")
    assert 'target="a"' not in text_of(exposition)
    for number in range(10 * SHARD_ROWS):
        exposition.put_usual(f'target="{number}"', row(probe_success=1))
        exposition.drop(f'target="{number}"')
    assert len(exposition) == 1
    assert len(exposition._shards) == 1


def test_what_the_two_visits_say_stands_beside_each_other() -> None:
    """Neither takes away what the other said."""
    exposition = filled()
    exposition.put_usual('target="b"', row(probe_success=1))
    exposition.put_second_visit('target="b"', (0, ('enforcement="open"',), None, None))
    exposition.put_usual('target="b"', row(probe_success=0))
    text = text_of(exposition)
    assert 'halfshake_probe_success{target="b"} 0\n' in text
    assert 'halfshake_client_auth_enforced{target="b"} 0\n' in text
    assert len(SECOND_VISIT) == 4


def test_every_series_is_in_the_documentation() -> None:
    """The target's, and the monitor's own."""
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    own = {family.name for family in OwnHealth().registry.collect()}
    own = {name for name in own if name.startswith("halfshake_")}
    for name in {family.name for family in FAMILIES} | own:
        assert f"`{name}" in page, name
