"""How many simultaneous readings the file descriptors of this process allow."""

from __future__ import annotations


def affordable_window(concurrency: int) -> int:
    """Use at most half of the descriptors: a host process needs the others."""
    try:
        import resource  # noqa: PLC0415 - Windows has none, and no such limit
    except ImportError:
        return concurrency
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return concurrency
    return max(1, min(concurrency, soft // 2))


def raised_window(concurrency: int) -> int:
    """Use the descriptors of a process that is all ours; raise their limit if it helps."""
    try:
        import resource  # noqa: PLC0415
    except ImportError:
        return concurrency
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = concurrency + SPARE_DESCRIPTORS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return concurrency
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - SPARE_DESCRIPTORS)


# Standard streams, the event loop's own descriptors, target files, and those that resolvers open.
SPARE_DESCRIPTORS = 40
