"""Whom a scan does not visit, and how fast it visits the others."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

import pytest

from halfshake.errors import UsageError
from halfshake.scan.courtesy.pace import Pace
from halfshake.scan.courtesy.rules import Rules, read_excluded, read_networks

if TYPE_CHECKING:
    from pathlib import Path

    from halfshake.dial.tcp import Address


def addresses(*hosts: str) -> list[Address]:
    """Addresses as the resolver gives them."""
    return [
        (socket.AF_INET6, (host, 443, 0, 0)) if ":" in host else (socket.AF_INET, (host, 443))
        for host in hosts
    ]


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "fe80::1%1",
        "fd12::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "224.0.0.1",
    ],
)
def test_a_name_may_not_lead_into_a_private_network(host: str) -> None:
    """However the address is written; the sentence says what allows it."""
    kept, why = Rules(read_excluded([], []), ()).of_name(addresses(host))
    assert not kept
    assert "--allow" in why


def test_a_network_that_is_named_may_be_led_to() -> None:
    """Only that one; and public addresses beside a private one stay."""
    rules = Rules(read_excluded([], []), read_networks(["10.0.0.0/8"]))
    kept, _ = rules.of_name(addresses("10.0.0.1", "192.168.0.1", "198.51.100.1"))
    assert [address[1][0] for address in kept] == ["10.0.0.1", "198.51.100.1"]


def test_what_is_excluded(tmp_path: Path) -> None:
    """Names with all below them, networks, and a file of both."""
    file = tmp_path / "exclude.txt"
    file.write_text("# ours\nexample.com\n198.51.100.0/24\n")
    rules = Rules(read_excluded(["*.example.org", "2001:db8::/32"], [str(file)]), ())
    assert rules.excludes_name("example.com")
    assert rules.excludes_name("a.b.example.com")
    assert rules.excludes_name("a.example.org")
    assert not rules.excludes_name("notexample.com")
    assert rules.excludes_address(ipaddress.ip_address("198.51.100.7"))
    assert rules.excludes_address(ipaddress.ip_address("2001:db8::1"))
    assert rules.excludes_address(ipaddress.ip_address("::ffff:198.51.100.7"))
    assert not rules.excludes_address(ipaddress.ip_address("198.51.101.7"))
    assert rules.of_name(addresses("198.51.100.7"))[0] == []


@pytest.mark.parametrize("text", ["10.0.0.0/99", "1.2.3", "a:b"])
def test_an_exclusion_that_makes_no_sense(text: str) -> None:
    """A sentence: a typing error must not let a scan visit whom it should not."""
    with pytest.raises(UsageError, match="--exclude"):
        read_excluded([text], [])


async def paced(pace: Pace, *hosts: str) -> list[float]:
    """When each of these may be visited, in seconds from now."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def wait(host: str) -> float:
        await pace.wait(ipaddress.ip_address(host))
        return loop.time() - began

    return list(await asyncio.gather(*map(wait, hosts)))


async def test_an_overall_rate() -> None:
    """Readings begin evenly spread, never earlier."""
    times = await paced(Pace(50, None), *["192.0.2.1"] * 11)
    assert max(times) >= 0.17
    assert all(late >= 0.019 * place - 0.03 for place, late in enumerate(sorted(times)))


async def test_a_rate_for_each_network() -> None:
    """A /24 waits for itself alone; so does a /64."""
    pace = Pace(None, 10)
    times = await paced(pace, "192.0.2.1", "192.0.2.200", "198.51.100.1", "2001:db8::1")
    assert times[1] >= 0.09
    assert max(times[0], times[2], times[3]) < 0.09
