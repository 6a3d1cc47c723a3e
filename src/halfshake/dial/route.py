"""`Route`: the way to a target, where it is not the straight one."""

from __future__ import annotations

from typing import NamedTuple


class Route(NamedTuple):
    """How to get there.

    `connect_to` is dialled instead of the target's own host and port; `family` is an
    `socket.AddressFamily`; `proxy` a URL; `proxy_protocol` 1 or 2 for a PROXY header before
    everything else.
    """

    connect_to: tuple[str, int] | None = None
    source_address: str | None = None
    family: int | None = None
    proxy: str | None = None
    proxy_protocol: int | None = None


DIRECT = Route()
