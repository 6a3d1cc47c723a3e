"""What /probe may dial: no way in to anything that is not meant to be read."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from halfshake.inputs.target_text import parse_target
from halfshake.watch.settings.keys.document import Allowed
from halfshake.watch.web.guard import Refused, check_addresses, check_name, check_never
from halfshake.watch.web.rate_limit import TokenBucket

if TYPE_CHECKING:
    from halfshake.dial.tcp import Address


def addresses(*hosts: str) -> list[Address]:
    """Addresses as the resolver gives them."""
    return [
        (socket.AF_INET6, (host, 443, 0, 0)) if ":" in host else (socket.AF_INET, (host, 443))
        for host in hosts
    ]


EVERYTHING = Allowed(names=["*"], networks=["0.0.0.0/0", "::/0"], ports=[443])

FORBIDDEN = [
    "169.254.169.254",
    "169.254.1.1",
    "0.0.0.0",
    "100.100.100.200",
    "168.63.129.16",
    "255.255.255.255",
    "224.0.0.1",
    "::",
    "fe80::1",
    "fe80::1%1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
]

LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"]


@pytest.mark.parametrize("host", FORBIDDEN)
def test_what_is_never_dialled(host: str) -> None:
    """Not even where everything is allowed, and not for a name of the configuration either."""
    with pytest.raises(Refused, match="link-local, a metadata service") as caught:
        check_addresses(addresses("192.0.2.1", host), EVERYTHING)
    assert caught.value.reason == "never"
    with pytest.raises(Refused):
        check_never(addresses(host))


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_takes_a_network_of_its_own(host: str) -> None:
    """0.0.0.0/0 does not mean this machine's own services."""
    with pytest.raises(Refused, match=r"is not in a network of loopback in probe\.allow\.networks"):
        check_addresses(addresses(host), EVERYTHING)
    allowed = Allowed(networks=["127.0.0.0/8", "::1/128"], ports=[443])
    assert check_addresses(addresses(host), allowed)


def test_only_addresses_within_the_networks_are_left() -> None:
    """A name with several addresses is read at those that are allowed."""
    allowed = Allowed(networks=["10.0.0.0/8"], ports=[443])
    fine = check_addresses(addresses("192.0.2.1", "10.1.2.3", "2001:db8::1"), allowed)
    assert [address[1][0] for address in fine] == ["10.1.2.3"]
    with pytest.raises(Refused):
        check_addresses(addresses("192.0.2.1"), allowed)
    # An address inside another is judged as what it leads to.
    assert check_addresses(addresses("::ffff:10.1.2.3"), allowed)
    v6 = Allowed(networks=["::/0"], ports=[443])
    with pytest.raises(Refused):
        check_addresses(addresses("::ffff:10.1.2.3"), v6)


@pytest.mark.parametrize(
    ("text", "allowed", "fine"),
    [
        ("api.corp.example", Allowed(), False),
        ("api.corp.example", Allowed(names=["*.corp.example"]), True),
        ("API.Corp.Example", Allowed(names=["*.corp.example"]), True),
        ("corp.example.evil.test", Allowed(names=["*.corp.example"]), False),
        ("api.corp.example:22", Allowed(names=["*.corp.example"]), False),
        ("api.corp.example:8443", Allowed(names=["*.corp.example"], ports=[8443]), True),
        ("10.0.0.1", Allowed(names=["*"]), False),
        ("10.0.0.1", Allowed(networks=["10.0.0.0/8"]), True),
        ("any.example", Allowed(networks=["10.0.0.0/8"]), True),
        ("unix:/run/x.sock", Allowed(names=["*"], networks=["0.0.0.0/0"]), False),
        ("0xa9fea9fe", Allowed(names=["*.corp.example"]), False),
    ],
)
def test_names_and_ports(text: str, allowed: Allowed, fine: bool) -> None:
    """Before anything is looked up."""
    if fine:
        check_name(parse_target(text), allowed)
        return
    with pytest.raises(Refused):
        check_name(parse_target(text), allowed)


def test_the_bucket() -> None:
    """A burst of two seconds' worth, then so many a second."""
    now = [0.0]
    bucket = TokenBucket(5, lambda: now[0])
    assert sum(bucket.take() for _ in range(100)) == 10
    now[0] = 1.0
    assert sum(bucket.take() for _ in range(100)) == 5
    now[0] = 1000.0
    assert sum(bucket.take() for _ in range(100)) == 10
