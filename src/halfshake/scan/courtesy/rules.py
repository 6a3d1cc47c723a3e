"""`Rules`: whom a scan does not visit: who is excluded, and private networks that nobody named.

A literal address in the input names itself. A name does not say where it leads: the addresses that
it has now are judged, and one of those that are left is dialled.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from halfshake.dial.networks import NEVER, PRIVATE, embedded, ip_of
from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.dial.networks import IpAddress, Network
    from halfshake.dial.tcp import Address


class Excluded(NamedTuple):
    """Names, with all that is below them, and networks that nobody visits."""

    names: frozenset[str]
    networks: tuple[Network, ...]


def read_excluded(entries: Sequence[str], files: Sequence[str]) -> Excluded:
    """Read names, addresses and networks; of a file one on each line. Raises UsageError."""
    texts = list(entries)
    for path in files:
        try:
            lines = Path(path).read_text("utf-8", "replace").splitlines()
        except OSError as error:
            raise UsageError(f"--exclude-file {path} cannot be read: {error.strerror}") from error
        texts += [line.partition("#")[0] for line in lines]
    names: set[str] = set()
    networks: list[Network] = []
    for text in filter(None, (each.strip().lower() for each in texts)):
        network = _network(text)
        if network is not None:
            networks.append(network)
        elif "/" in text or ":" in text or text.replace(".", "").isdecimal():
            raise UsageError(
                f"--exclude {text}: write a name (example.com, and all below it), an address or "
                "a network (10.0.0.0/8)"
            )
        else:
            names.add(text.removeprefix("*.").strip("."))
    return Excluded(frozenset(names), tuple(networks))


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read the networks of --allow. Raises UsageError."""
    networks = [_network(text) for text in texts]
    wrong = [text for text, network in zip(texts, networks, strict=True) if network is None]
    if wrong:
        raise UsageError(f"--allow {wrong[0]}: write a network such as 10.0.0.0/8")
    return tuple(filter(None, networks))


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


class Rules:
    """Judges hosts; `allowed` are private networks that names may lead to."""

    def __init__(self, excluded: Excluded, allowed: Sequence[Network]) -> None:
        self._names, self._excluded = excluded.names, _by_size(excluded.networks)
        self.has_networks = bool(self._excluded)
        self._allowed = _by_size(allowed)
        self._special = _by_size((*NEVER, *PRIVATE))

    def excludes_name(self, name: str) -> bool:
        """Is it a name that is excluded, or below one?"""
        if not self._names:
            return False
        labels = name.split(".")
        return any(".".join(labels[place:]) in self._names for place in range(len(labels)))

    def excludes_address(self, address: IpAddress) -> bool:
        """Is it in a network that is excluded?"""
        return bool(self._excluded) and any(_in(each, self._excluded) for each in embedded(address))

    def of_name(self, addresses: Sequence[Address]) -> tuple[list[Address], str]:
        """Which addresses of a name may be visited; if none, a sentence says why."""
        kept: list[Address] = []
        why = ""
        for address in addresses:
            ip = ip_of(address)
            if self.excludes_address(ip):
                why = why or f"leads to {ip}, which is excluded"
            elif any(_in(each, self._special) for each in embedded(ip)) and not any(
                _in(each, self._allowed) for each in embedded(ip)
            ):
                why = (
                    f"leads to {ip}, which is private or special: names may lead there only with "
                    f"--allow {_around(ip)}"
                )
            else:
                kept.append(address)
        return kept, why


def _by_size(networks: Sequence[Network]) -> dict[tuple[int, int], frozenset[int]]:
    """The first bits of networks, by version and how many bits these are not."""
    found: dict[tuple[int, int], set[int]] = {}
    for network in networks:
        rest = network.max_prefixlen - network.prefixlen
        found.setdefault((network.version, rest), set()).add(int(network.network_address) >> rest)
    return {size: frozenset(firsts) for size, firsts in found.items()}


def _in(address: IpAddress, networks: dict[tuple[int, int], frozenset[int]]) -> bool:
    """Is it in one of them? However many there are, they have at most 32 or 128 sizes."""
    version, number = address.version, int(address)
    return any(number >> rest in firsts for (of, rest), firsts in networks.items() if of == version)


def _around(address: IpAddress) -> str:
    around = [network for network in (*PRIVATE, *NEVER) if address in network]
    return str(around[0]) if around else str(address)
