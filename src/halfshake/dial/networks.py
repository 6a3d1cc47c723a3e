"""Addresses that are not just anybody's: private, loopback, link-local, metadata, not one host.

Who dials what others name (`/probe`, a scan) judges the address that is really dialled, and not
the name.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from halfshake.dial.tcp import Address

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def ip_of(address: Address) -> IpAddress:
    """The address itself, without its zone."""
    return ipaddress.ip_address(str(address[1][0]).partition("%")[0])


def embedded(address: IpAddress) -> list[IpAddress]:
    """An address, and the IPv4 address that it leads to, however that is written inside it."""
    found: list[IpAddress] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        found += [each for each in inside if each is not None]
        if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 0xFFFF):
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")

# Whoever answers here tells secrets of the machine, or is not one host.
NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host, on Linux
        "169.254.0.0/16",  # link-local: AWS, Google Cloud, Azure and others tell credentials here
        "100.100.100.200/32",  # Alibaba Cloud's metadata
        "168.63.129.16/32",  # Azure's platform
        "192.0.0.192/32",  # Oracle Cloud's metadata, before 169.254
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/128",
        "fe80::/10",  # link-local
        "fd00:ec2::254/128",  # AWS's metadata
        "fd20:ce::254/128",  # Google Cloud's metadata
        "ff00::/8",  # multicast
    )
)

# RFC 1918, RFC 6598 (behind a carrier's NAT), RFC 4193, and this machine itself.
PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
        "127.0.0.0/8",
        "::1/128",
    )
)
