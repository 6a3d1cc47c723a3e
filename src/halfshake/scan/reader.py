"""`Reader`: how a target is read, judged and written; handed in by `commands`.

Workers are other processes, maybe on other machines: they get a `Job`, which says how to open a
reader, and open their own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halfshake.scan.sources.entries import Entry


class Outcome(StrEnum):
    """What became of an entry: each has exactly one, and all but `excluded` have a result."""

    read = "read"
    failed = "failed"
    refused = "refused"
    excluded = "excluded"


class Seen(NamedTuple):
    """What a summary wants to know of one entry; of a failure only what there is.

    `not_after` is the end of the leaf in seconds since 1970; `requested` whether the server asks
    for a client certificate; `stopped` whether it did in the earlier scan and does not now.
    """

    outcome: Outcome
    target: str
    status: str = ""
    reason: str = ""
    version: str = ""
    issuer: str = ""
    subject: str = ""
    not_after: int | None = None
    requested: bool | None = None
    stopped: bool = False
    findings: tuple[str, ...] = ()


class Answer(NamedTuple):
    """The result of one entry; `line` has its end, and is empty if the entry is excluded."""

    line: str
    seen: Seen


class Reader(Protocol):
    """Reads entries. `read` never raises for what a server, or an entry, is."""

    async def read(self, entry: Entry) -> Answer:
        """Read one entry, judge what was read, and write the result."""

    def encode(self, lines: Sequence[str]) -> bytes:
        """The lines as they stand in the output, behind others that were encoded before."""


class Job(NamedTuple):
    """What is to be done with every shard; it can be sent to another process.

    `opening` makes a reader of `options`, for one of `shares` processes that share what is
    allowed in a second; it is found by its name there. `window` is how many targets each process
    reads at the same time.
    """

    opening: Callable[[dict[str, Any], int], Reader]
    options: dict[str, Any]
    window: int
    shares: int = 1

    def open(self) -> Reader:
        """Open a reader. Raises UsageError."""
        return self.opening(self.options, self.shares)
