"""`Route`: how to reach a target that is not dialled directly."""

from __future__ import annotations

from typing import NamedTuple


class Route(NamedTuple):
    """How to get there.

    `connect_to` is dialled instead of the target's own host and port; `family` is a
    `socket.AddressFamily`; `proxy` is a URL; `proxy_protocol` is 1 or 2 to send a PROXY header
    first.
    """

    connect_to: tuple[str, int] | None = None
    source_address: str | None = None
    family: int | None = None
    proxy: str | None = None
    proxy_protocol: int | None = None


DIRECT = Route()
