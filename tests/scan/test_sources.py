"""Where targets come from: ranges in a random order, columns, groups, junk, repeated lines."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshake.errors import UsageError
from halfshake.scan.sources.entries import Entry
from halfshake.scan.sources.permutation import Permutation
from halfshake.scan.sources.ranges import Ranges, is_range, parse_range
from halfshake.scan.sources.repeated import Repeated
from halfshake.scan.sources.stream import TargetStream

if TYPE_CHECKING:
    from pathlib import Path


async def entries(*inputs: str, column: str | None = None) -> list[Entry]:
    """All entries of some inputs."""
    stream = TargetStream(inputs, column=column)
    return [entry async for entry in stream.entries(lambda: None)]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000), st.integers(0, 2**32))
def test_an_order_has_each_number_once(size: int, seed: int) -> None:
    """A permutation, whatever its size; and the same again for the same seed."""
    order = [Permutation(size, seed)[index] for index in range(size)]
    assert sorted(order) == list(range(size))
    assert order == [Permutation(size, seed)[index] for index in range(size)]


def test_an_order_is_spread() -> None:
    """Of consecutive targets of a /16 nearly none are neighbours, and seeds differ."""
    order = [Permutation(65536, 7)[index] for index in range(2000)]
    assert sum(abs(a - b) < 16 for a, b in itertools.pairwise(order)) < 20
    assert order != [Permutation(65536, 8)[index] for index in range(2000)]
    assert len({number >> 8 for number in order[:256]}) > 128


def test_ranges_times_ports() -> None:
    """Each address on each port, once, over all ranges."""
    ranges = map(parse_range, ("10.0.0.0/30:443,8000-8001", "[fd00::/127]:443"))
    found = list(Ranges(ranges, (), seed=1))
    assert len(found) == len(set(found)) == 4 * 3 + 2
    assert {"10.0.0.3:8001", "[fd00::1]:443"} <= set(found)


@pytest.mark.parametrize("text", ["10.0.0.0/16", "10.0.0.0/8:1,2-3", "[::1/128]:1", "fe80::/64"])
def test_is_a_range(text: str) -> None:
    """What is written as a range."""
    assert is_range(text)


@pytest.mark.parametrize("text", ["targets/10", "https://10.0.0.0/16", "unix:/16", "host:443"])
def test_is_no_range(text: str) -> None:
    """Paths, URLs and hosts are not."""
    assert not is_range(text)


@pytest.mark.parametrize(
    "text", ["10.0.0.1/16", "10.0.0.0/33", "10.0.0.0/8:0", "10.0.0.0/8:9-8", "2000::/3"]
)
def test_a_range_that_makes_no_sense(text: str) -> None:
    """A sentence, not a traceback."""
    with pytest.raises(UsageError, match=r"is not a range|is not between|has more than"):
        parse_range(text)


def test_private_networks_only_if_they_are_named() -> None:
    """A range around them leaves them out, and says how many; one in them reads them."""
    around = Ranges([parse_range("8.0.0.0/6:443")], (), seed=1)
    assert around.total == 2**26 - 2**24
    assert around.withheld == 2**24
    assert Ranges([parse_range("10.3.0.0/16")], (), seed=1).total == 2**16
    assert Ranges([parse_range("169.254.0.0/16")], (), seed=1).total == 2**16
    assert not any(
        text.startswith("127.") for text in Ranges([parse_range("126.255.255.0/24")], (), seed=1)
    )
    assert Ranges([parse_range("0.0.0.0/0")], (), seed=1).total < 2**32 - 2**24 * 16


def test_what_is_excluded_is_cut_out_of_ranges() -> None:
    """Before the scan, so that it costs nothing."""
    without = [parse_range("10.0.0.64/26").network, parse_range("10.0.0.7/32").network]
    found = set(Ranges([parse_range("10.0.0.0/24")], without, seed=1))
    assert len(found) == 256 - 64 - 1
    assert "10.0.0.7:443" not in found


async def test_lines_with_junk(tmp_path: Path) -> None:
    """Comments and blank lines are none; binary junk and wrong ranges are entries that fail."""
    file = tmp_path / "targets.txt"
    file.write_bytes(b"a.example\n\n# b\n c:1 # d\n\xff\x00\xfe\n10.0.0.1/8\n10.9.0.0/31\n")
    found = await entries(str(file))
    assert [entry.text for entry in found[:4]] == [
        "a.example",
        "c:1",
        "\ufffd\0\ufffd",
        "10.0.0.1/8",
    ]
    assert found[3].problem
    assert {entry.text for entry in found[4:]} == {"10.9.0.0:443", "10.9.0.1:443"}


async def test_a_column_of_csv(tmp_path: Path) -> None:
    """By its header or its number; records over two lines, and lines without the column."""
    file = tmp_path / "hosts.csv"
    file.write_text('name,target\n"a\nb",a.example\nshort\nc,"b.example:1"\n', "utf-8-sig")
    found = await entries(str(file), column="target")
    assert [entry.text for entry in found] == ["a.example", "short", "b.example:1"]
    assert [bool(entry.problem) for entry in found] == [False, True, False]
    assert len(await entries(str(file), column="2")) == 4
    with pytest.raises(UsageError, match="no column 'host': its first line has name, target"):
        await entries(str(file), column="host")


async def test_a_key_of_json_lines(tmp_path: Path) -> None:
    """Also one below another; a line that is no JSON is refused, and the rest goes on."""
    file = tmp_path / "hosts.jsonl"
    lines = [json.dumps({"service": {"host": "a.example"}}), "{", '{"service": 1}']
    file.write_text("\n".join([*lines, json.dumps({"service": {"host": "b"}})]))
    found = await entries(str(file), column="service.host")
    assert [bool(entry.problem) for entry in found] == [False, True, True, False]
    with pytest.raises(UsageError, match="no column 'target'"):
        await entries(str(file))


@pytest.mark.parametrize("name", ["sd.json", "sd.yaml"])
async def test_groups_of_file_sd(tmp_path: Path, name: str) -> None:
    """Prometheus' own format, with the name to ask for in its label."""
    file = tmp_path / name
    group = {
        "targets": ["10.0.0.7:443", 5],
        "labels": {"__param_hostname": "a.example", "team": "x"},
    }
    file.write_text(json.dumps([group]))
    found = await entries(str(file))
    assert found[0] == Entry("10.0.0.7:443", "a.example")
    assert found[1].problem


@pytest.mark.parametrize("text", ["{", "[1]", '[{"targets": 1}]', '[{"targets": [], "x": 1}]'])
async def test_a_file_sd_that_is_none(tmp_path: Path, text: str) -> None:
    """One sentence that names the file."""
    (tmp_path / "sd.json").write_text(text)
    with pytest.raises(UsageError, match=r"sd\.json"):
        await entries(str(tmp_path / "sd.json"))


async def test_a_million_repeated_lines(tmp_path: Path) -> None:
    """Read once, counted, in bounded memory."""
    file = tmp_path / "targets.txt"
    file.write_text("a.example\n" * 1_000_000 + "b.example\n")
    stream = TargetStream([str(file)])
    found = [entry.text async for entry in stream.entries(lambda: None)]
    assert found == ["a.example", "b.example"]
    assert stream.repeated == 999_999


def test_what_is_remembered_is_bounded() -> None:
    """The one that came longest ago goes first."""
    latest = Repeated(2)
    assert [latest.is_new(text) for text in "aabcab"] == [True, False, True, True, True, True]


def test_an_input_that_cannot_be_read(tmp_path: Path) -> None:
    """One sentence, before anything is read."""
    with pytest.raises(UsageError, match="cannot be read"):
        TargetStream([str(tmp_path / "missing.txt")])
    with pytest.raises(UsageError, match="say with --column"):
        TargetStream([str(tmp_path / "hosts.csv")])
