"""`Engine`: takes shards, and tells what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from halfshake.errors import HalfshakeError

if TYPE_CHECKING:
    from halfshake.scan.shards import Shard


class WorkerLost(HalfshakeError):
    """A shard that ends every process which reads it, or a cluster that does not answer."""


class Engine(Protocol):
    """Reads shards, and calls its `take` with each `ShardDone`, in any order, in this loop."""

    async def submit(self, shard: Shard) -> None:
        """Take a shard, when there is room for it."""

    async def finish(self, *, stopped: bool) -> None:
        """Wait for everything that was submitted; if `stopped`, begin no further reading.

        A shard of which some entries were read is then done as far as it was begun.
        """

    def close(self) -> None:
        """Let go of everything, at once."""
