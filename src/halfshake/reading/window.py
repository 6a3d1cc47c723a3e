"""How many readings side by side the descriptors of this process afford."""

from __future__ import annotations


def affordable_window(concurrency: int) -> int:
    """Stay within half of the descriptors: those of a host process are not ours alone."""
    try:
        import resource  # noqa: PLC0415 - Windows has none, and no such limit
    except ImportError:
        return concurrency
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return concurrency
    return max(1, min(concurrency, soft // 2))


def raised_window(concurrency: int) -> int:
    """Stay within the descriptors of a process that is all ours; raise their limit if it helps."""
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


# Standard streams, the event loop's own, target files, and what resolvers open for themselves.
SPARE_DESCRIPTORS = 40
