"""The guard of `/probe`: which addresses it may dial for whom.

A probe endpoint reads what it is told to, and so it is a way into networks that its caller cannot
reach. So the rules are about the address that is really dialled, not about the name: the name is
looked up once, the addresses are judged, and one of these is dialled, whatever the name says then.

    target of the configuration     any address, but none that is NEVER
    any other                       within `probe.allow` only: name, network and port
"""

from __future__ import annotations

import fnmatch
import ipaddress
from typing import TYPE_CHECKING

from halfshake.dial.networks import NEVER, embedded, ip_of
from halfshake.target import is_ip_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.dial.networks import IpAddress, Network
    from halfshake.dial.tcp import Address
    from halfshake.target import Target
    from halfshake.watch.settings.keys.document import Allowed


class Refused(Exception):
    """This target may not be read; `reason` is for programs, the text is for people."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def check_name(target: Target, allowed: Allowed) -> None:
    """Judge a target that is in no configuration, before its name is looked up. Raises Refused."""
    if not allowed.names and not allowed.networks:
        raise Refused(
            "not-configured",
            f"{target.text} is not a target of the configuration, and probe.allow permits no "
            "other: add it to targets, or add its name or network to probe.allow",
        )
    if target.unix_path is not None:
        raise Refused("not-allowed", "only unix sockets that the configuration names are read")
    if target.port not in allowed.ports:
        raise Refused("not-allowed", f"the port {target.port} is not in probe.allow.ports")
    if is_ip_address(target.host):
        if not allowed.networks:
            raise Refused("not-allowed", f"{target.host} is not in probe.allow.networks")
    elif allowed.names and not _matches_name(target.host, allowed.names):
        raise Refused("not-allowed", f"{target.host} does not match probe.allow.names")


def check_addresses(addresses: Sequence[Address], allowed: Allowed) -> list[Address]:
    """Which addresses of a target of no configuration may be dialled. Raises Refused."""
    check_never(addresses)
    networks = [ipaddress.ip_network(network) for network in allowed.networks]
    fine = [address for address in addresses if _is_allowed(ip_of(address), networks)]
    if not fine:
        ip = ip_of(addresses[0])
        which = "a network of loopback in " if _is_loopback(ip) else ""
        raise Refused("not-allowed", f"{ip} is not in {which}probe.allow.networks")
    return fine


def check_never(addresses: Sequence[Address]) -> None:
    """Judge what a name of the configuration has become. Raises Refused."""
    for address in addresses:
        ip = ip_of(address)
        # One such address among others is no accident either.
        if any(each in network for each in embedded(ip) for network in NEVER):
            raise Refused(
                "never",
                f"{ip} is link-local, a metadata service, or not a single host: it is never read",
            )


def _is_allowed(ip: IpAddress, networks: Sequence[Network]) -> bool:
    real: list[IpAddress] = [each for each in embedded(ip) if each.version == 4] or [ip]
    # This machine's own services listen on loopback because nobody else is to reach them: it takes
    # a network of loopback itself, not 0.0.0.0/0.
    if _is_loopback(ip):
        networks = [network for network in networks if network.is_loopback]
        return any(each in network for each in real for network in networks)
    return not networks or any(each in network for each in real for network in networks)


def _is_loopback(ip: IpAddress) -> bool:
    return any(each.is_loopback for each in embedded(ip))


def _matches_name(host: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(host.lower(), pattern.lower()) for pattern in patterns)
