"""Names beside constraints: what is looked up is what comparing each with each would find."""

from __future__ import annotations

import ipaddress

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from halfshake.trust.openssl.name_constraints import MAX_COMPARED, _address, _Subtrees

NAMES = st.lists(st.sampled_from(["a", "b", "ab", "B", ""]), min_size=1, max_size=4).map(".".join)


def within(name: str, domain: str) -> bool:
    """Is a name within one domain, said as plainly as it can be said."""
    name, domain = name.lower(), domain.lower()
    if domain.startswith("."):
        return name.endswith(domain)
    return not domain or name == domain or name.endswith("." + domain)


@given(NAMES, st.lists(NAMES, max_size=4))
def test_domains(name: str, domains: list[str]) -> None:
    """Also with a dot in front, and with the empty one, which is every name."""
    subtrees = _Subtrees([x509.DNSName(domain) for domain in domains])
    assert subtrees.contain(name, None) == any(within(name, domain) for domain in domains)


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        ("192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.3.7", ["192.0.2.0/24", "10.0.0.0/8"], False),
        ("192.0.2.7", ["192.0.2.7/32"], True),
        ("192.0.2.7", ["0.0.0.0/0"], True),
        ("192.0.2.7", ["::/0"], False),
        ("2001:db8::7", ["2001:db8::/32"], True),
        ("2001:db9::7", ["2001:db8::/32", "0.0.0.0/0"], False),
    ],
)
def test_networks(address: str, networks: list[str], inside: bool) -> None:
    """Each version for itself."""
    subtrees = _Subtrees([x509.IPAddress(ipaddress.ip_network(one)) for one in networks])
    assert subtrees.contain(address, _address(address)) is inside
    assert not subtrees.contain("a.test", None)
    assert subtrees.allow("a.test", None)


def test_a_name_of_dots() -> None:
    """It is looked up by as much of its end as a domain can have."""
    subtrees = _Subtrees([x509.DNSName("z")])
    assert subtrees.contain("." * 100_000 + "z", None)
    assert not subtrees.contain("z" + "." * (2 * MAX_COMPARED) + "y", None)
