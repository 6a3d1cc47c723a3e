"""What the page says and draws: words, axes, bars, chains, and what is spelled out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from halfshake.report.page import wording
from halfshake.report.page.collected import Collected
from halfshake.report.page.drawing.axis import Axis, axis_of_expiries, axis_of_past
from halfshake.report.page.drawing.bars import bar
from halfshake.report.page.drawing.chain import chains
from halfshake.report.page.endpoint_parts import endpoint_parts
from halfshake.report.page.result_document import ResultDocument
from halfshake.report.page.selection import selected
from halfshake.report.page.visible import visible
from halfshake.report.page.written import endpoint_page, one_file
from page.estate import NOW, certificate, line, lines, read, visits
from page.showcase import INTERMEDIATE, NAME, second_visit

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(minutes=119), "in 119 minutes"),
        (timedelta(hours=-71), "71 hours ago"),
        (timedelta(days=12, hours=23), "in 12 days"),
        (timedelta(days=-3), "3 days ago"),
        (timedelta(days=1461), "in 4.0 years"),
    ],
)
def test_relative_times(after: timedelta, words: str) -> None:
    """Never more time than there is."""
    assert wording.relative(NOW + after, NOW) == words


def test_hidden_characters() -> None:
    """What a browser would obey is spelled out, what people write is not."""
    assert visible("Zürich 東京 مثال <b>") == "Zürich 東京 مثال <b>"
    assert visible("a\u202eb\x00\x7f\u200b\ud800\U000e0001\u00a0") == (
        "a\\u202eb\\x00\\x7f\\u200b\\ud800\\U000e0001\\xa0"
    )
    assert visible("x" * 50, 10) == "xxxxxxxxxx… (40 more characters)"


def test_a_bar_has_the_bands_of_its_certificate() -> None:
    """Good until the warning, hatched from then on; what is over is thin; dates of any year."""
    axis = Axis(NOW - timedelta(100), NOW + timedelta(100), NOW)
    drawn = bar(axis, NOW - timedelta(30), NOW + timedelta(60))
    assert drawn is not None
    assert [(band.kind, band.x, band.width) for band in drawn.bands] == [
        ("past", 35.0, 15.0),
        ("good", 50.0, 23.0),
        ("warning", 73.0, 3.5),
        ("critical", 76.5, 3.5),
    ]
    own = bar(axis, NOW - timedelta(30), NOW + timedelta(60), NOW + timedelta(10), NOW)
    assert own is not None
    assert [band.kind for band in own.bands] == ["past", "critical"]
    gone = bar(axis, NOW - timedelta(90), NOW - timedelta(10))
    assert gone is not None
    assert [band.kind for band in gone.bands] == ["past", "gone"]
    for dates in ((FIRST, LAST), (FIRST, FIRST), (LAST, LAST)):
        assert bar(axis, *dates) is not None
    assert bar(axis, None, NOW) is None
    assert bar(axis, NOW, NOW - timedelta(1)) is None


@pytest.mark.parametrize("ends", [timedelta(0), timedelta(3), timedelta(90), timedelta(9000)])
def test_an_axis_has_room_for_its_labels(ends: timedelta) -> None:
    """A few dates, in order, not at the edges."""
    ticks = axis_of_expiries([NOW + ends, None], NOW, timedelta(420)).ticks()
    assert 1 <= len(ticks) <= 8
    assert [tick.x for tick in ticks] == sorted(tick.x for tick in ticks)
    past = axis_of_past([NOW - ends], NOW)
    assert past.ends > NOW
    assert len(past.ticks()) <= 8
    assert axis_of_expiries([LAST], NOW, timedelta(420)).ends < NOW + timedelta(500)


def test_what_dies_first_is_marked() -> None:
    """An intermediate before the leaf; and an anchor that was not sent."""
    leaf = certificate(f"CN={NAME}", "CN=I", NOW - timedelta(1), NOW + timedelta(90))
    document = parsed(line(read(NAME, (leaf, INTERMEDIATE), NOW)))
    (chain,) = chains([("here", document), ("there", document)], NOW)
    assert chain.places == ("here", "there")
    verdict = document.verdict.model_copy(update={"path_not_after": INTERMEDIATE.not_after})
    (chain,) = chains([("", document.model_copy(update={"verdict": verdict}))], NOW)
    assert [link.dies_first for link in chain.links] == [False, True]
    soon = NOW + timedelta(9)
    verdict = verdict.model_copy(update={"path_not_after": soon, "path_dies_first": "CN=Old root"})
    (chain,) = chains([("", document.model_copy(update={"verdict": verdict}))], NOW)
    assert not any(link.dies_first for link in chain.links)
    assert chain.anchor is not None
    assert (chain.anchor.name, chain.anchor.not_after) == ("CN=Old root", soon)


def test_a_second_visit_is_part_of_the_usual_reading() -> None:
    """What it found stands under client certificates; it is no address of its own."""
    leaf = certificate(f"CN={NAME}", "CN=I", NOW - timedelta(1), NOW + timedelta(90))
    collected = Collected()
    collected.take(line(read(NAME, (leaf, INTERMEDIATE), NOW)))
    collected.take(line(second_visit()))
    parts = endpoint_parts(collected.endpoint(NAME), NOW)
    assert parts is not None
    assert len(parts.places) == 1
    (row,) = collected.rows()
    assert row.status == "warning"
    page = endpoint_page(collected.endpoint(NAME), NOW)
    assert page is not None
    assert "Clients without a certificate are refused in the TLS handshake." in page
    # The worst finding comes first.
    assert page.index("path-expires-soon") < page.index("clients-reject")


def test_repeated_readings_are_a_past() -> None:
    """A file of the monitor's has many readings of a target: the last one counts, in any order."""
    collected = Collected()
    old = certificate("CN=a", "CN=I", NOW - timedelta(60), NOW + timedelta(3))
    new = certificate("CN=a", "CN=I", NOW - timedelta(1), NOW + timedelta(90))
    for days, leaf in ((-3, old), (-2, old), (-1, new), (0, new), (-2.5, old)):
        collected.take(line(read("a", (leaf,), NOW + timedelta(days))))
    (row,) = collected.rows()
    assert row.not_after == new.not_after
    spans = collected.endpoint("a").spans
    assert [span.sha256 for span in spans] == [old.sha256, new.sha256]
    assert (spans[0].first_seen_at, spans[0].last_seen_at) == (
        NOW - timedelta(3),
        NOW - timedelta(2),
    )


@pytest.mark.parametrize(
    "broken",
    ["", "{", "[]", "null", '{"schema": "halfshake/2"}', '"text"', '{"schema":"halfshake/1"}'],
)
def test_what_is_no_document(broken: str) -> None:
    """It is refused in a sentence."""
    with pytest.raises(ValueError, match=r"."):
        Collected().take(broken)


def test_a_document_of_any_shape_is_drawn_or_refused() -> None:
    """Values of another type, in each place of a document, one after the other."""
    whole = json.loads(lines(1)[0])
    drawn = 0
    for path in paths(whole):
        values: list[Any] = [None, -1, 10**30, "", "\ud800", [], {}, True, "9999-12-31T23:59:59Z"]
        for value in values:
            changed = json.loads(json.dumps(whole))
            put(changed, path, value)
            collected = Collected()
            try:
                collected.take(json.dumps(changed))
            except ValueError:
                continue
            rows = collected.rows()
            if rows:
                chosen = selected(rows, NOW, 1)
                told = [collected.endpoint(target) for target in chosen.targets]
                drawn += len(one_file("t", chosen.overview, told, ())) > 10_000
    assert drawn > 100


def test_ten_thousand_are_bounded() -> None:
    """What is left out is counted, by its status."""
    collected = Collected()
    for each in lines(1_200):
        collected.take(each)
    chosen = selected(collected.rows(), NOW, 100)
    assert len(chosen.overview.rows) == len(chosen.targets) == 100
    assert chosen.overview.total == sum(chosen.overview.facets.statuses.values()) == 1_200
    ends = [row.not_after for row in chosen.overview.rows if row.not_after]
    assert ends == sorted(ends)
    assert chosen.left_out[0].startswith("1,100 endpoints are counted above, but not listed here:")
    assert "Warning" not in {row.status for row in chosen.overview.rows}
    assert selected(collected.rows(), NOW, 1_200).left_out == ()


def test_a_failed_reading_keeps_the_dates_of_the_one_before() -> None:
    """The certificate still dies, whether it can be read today or not."""
    (silent,) = [each for each in visits(8) if each.readings[0].verdict is None]
    leaf = certificate("CN=a", "CN=I", NOW - timedelta(60), NOW + timedelta(3))
    collected = Collected()
    collected.take(line(read(silent.target, (leaf,), NOW - timedelta(1))))
    collected.take(line(silent.readings[0]))
    (row,) = collected.rows()
    assert (row.status, row.reason, row.not_after) == (
        "unknown",
        "deadline-exceeded",
        leaf.not_after,
    )


def parsed(text: str) -> ResultDocument:
    """A document."""
    return ResultDocument.model_validate_json(text)


def paths(value: object, before: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place in a document; of a list only the first one."""
    found = [before] if before else []
    items: list[tuple[object, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value[:1]))
    for key, inner in items:
        found += paths(inner, (*before, key))
    return found


def put(document: object, path: tuple[object, ...], value: object) -> None:
    """Change one place."""
    for key in path[:-1]:
        document = document[key]  # type: ignore[index]
    document[path[-1]] = value  # type: ignore[index]
