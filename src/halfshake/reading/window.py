"""How many simultaneous readings the file descriptors of this process allow."""

from __future__ import annotations

import sys


def affordable_window(concurrency: int) -> int:
    """Use at most half of the descriptors: a host process needs the others."""
    if sys.platform == "win32":
        return max(1, min(concurrency, WINDOWS_SOCKETS // 2))
    import resource  # noqa: PLC0415 - Windows has none

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return concurrency
    return max(1, min(concurrency, soft // 2))


def raised_window(concurrency: int) -> int:
    """Use the descriptors of a process that is all ours; raise their limit if it helps."""
    if sys.platform == "win32":
        return max(1, min(concurrency, WINDOWS_SOCKETS - SPARE_DESCRIPTORS))
    import resource  # noqa: PLC0415

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = concurrency + SPARE_DESCRIPTORS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return concurrency
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - SPARE_DESCRIPTORS)


# Standard streams, the event loop's own descriptors, target files, and those that resolvers open.
SPARE_DESCRIPTORS = 40

# What Python's select() takes at once there (FD_SETSIZE); it has no limit on descriptors.
WINDOWS_SOCKETS = 512
