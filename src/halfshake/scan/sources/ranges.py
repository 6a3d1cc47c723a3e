"""`Ranges`: networks times ports, as one space of numbers that is walked in a random order.

    10.0.0.0/16   10.0.0.0/16:443,8443   10.0.0.0/24:8000-8010   [2001:db8::/112]:443

What nobody may visit is cut out of the networks before, so that it costs nothing.
"""

from __future__ import annotations

import bisect
import ipaddress
import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from halfshake.dial.networks import NEVER, PRIVATE
from halfshake.errors import UsageError
from halfshake.scan.sources.permutation import Permutation
from halfshake.target import HTTPS_PORT, MAX_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from halfshake.dial.networks import Network


class Range(NamedTuple):
    """A network, and the ports that each of its addresses is asked on."""

    network: Network
    ports: tuple[int, ...]


def is_range(text: str) -> bool:
    """Is it written as a range, right or wrong, and not as a host, a URL or a path."""
    return _RANGE.match(text) is not None


def parse_range(text: str) -> Range:
    """Read a range. Raises UsageError with a sentence that says what to write."""
    found = _RANGE.match(text)
    if found is None:
        raise UsageError(f"{text!r} is not a range: write 10.0.0.0/16:443,8443")
    try:
        network = ipaddress.ip_network(found["v6"] or found["network"])
    except ValueError as error:
        raise UsageError(f"{text!r} is not a range: {error}") from error
    ports = _ports(found["ports"], text) if found["ports"] else (HTTPS_PORT,)
    if network.num_addresses * len(ports) > MOST_TARGETS:
        raise UsageError(
            f"{text!r} has more than {MOST_TARGETS} targets: nobody can read them all; write "
            "smaller networks"
        )
    return Range(network, ports)


def _ports(text: str, whole: str) -> tuple[int, ...]:
    ports: dict[int, None] = {}
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            raise UsageError(f"{whole!r}: {part!r} is not a port: write 443,8443 or 8000-8010")
        low, high = int(first), int(last or first)
        if not 0 < low <= high <= MAX_PORT:
            raise UsageError(f"{whole!r}: {part!r} is not between 1 and {MAX_PORT}")
        ports |= dict.fromkeys(range(low, high + 1))
    return tuple(ports)


class Ranges:
    """The targets of some ranges, in a random order that `seed` chooses.

    `left_out` are never visited. A private, loopback or link-local network is visited only if a
    range lies in it as a whole: 10.0.0.0/16 names private addresses, 0.0.0.0/0 does not.
    """

    def __init__(self, ranges: Iterable[Range], left_out: Sequence[Network], seed: int) -> None:
        self._spans: list[_Span] = []
        self.withheld = 0
        for network, ports in ranges:
            special = [each for each in (*NEVER, *PRIVATE) if not _within(network, each)]
            spans = list(_spans(network, [*special, *left_out]))
            kept = sum(high - low for low, high in spans)
            self.withheld += (network.num_addresses - kept) * len(ports)
            self._spans += [_Span(network.version, low, high - low, ports) for low, high in spans]
        ends = list(accumulate(span.size * len(span.ports) for span in self._spans))
        self._starts = [0, *ends[:-1]]
        self.total = ends[-1] if ends else 0
        self._order = Permutation(max(1, self.total), seed)

    def __iter__(self) -> Iterator[str]:
        """Each target once: "10.0.3.7:443"."""
        for index in range(self.total):
            yield self._target(self._order[index])

    def _target(self, number: int) -> str:
        which = bisect.bisect_right(self._starts, number) - 1
        span = self._spans[which]
        offset, port = divmod(number - self._starts[which], len(span.ports))
        if span.version == 4:
            value = span.first + offset
            host = f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"
        else:
            host = f"[{ipaddress.IPv6Address(span.first + offset)}]"
        return f"{host}:{span.ports[port]}"


class _Span(NamedTuple):
    """Consecutive addresses: how many from the first one on."""

    version: int
    first: int
    size: int
    ports: tuple[int, ...]


def _within(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


def _spans(network: Network, without: Sequence[Network]) -> Iterator[tuple[int, int]]:
    """What is left of a network: pairs of the first address and the one behind the last."""
    begin, end = _bounds(network)
    holes = sorted(
        _bounds(each)
        for each in without
        if each.version == network.version and each.overlaps(network)
    )
    for low, high in holes:
        if low > begin:
            yield begin, min(low, end)
        begin = max(begin, high)
    if begin < end:
        yield begin, end


def _bounds(network: Network) -> tuple[int, int]:
    first = int(network.network_address)
    return first, first + network.num_addresses


_RANGE = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+/[0-9]{1,3})\]|(?P<network>[0-9A-Fa-f:.]*[0-9:]/[0-9]{1,3}))"
    r"(?::(?P<ports>[0-9,\- ]+))?$"
)

# Every IPv4 address on 256 ports, or a /88 of IPv6; a machine reads it in some years.
MOST_TARGETS = 1 << 40
