"""How many readings at once a host process affords: its descriptors are not ours alone."""

from __future__ import annotations


def affordable_window(concurrency: int) -> int:
    """Stay within half of the descriptors that the process may open."""
    try:
        import resource  # noqa: PLC0415 - Windows has none, and no such limit
    except ImportError:
        return concurrency
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return concurrency
    return max(1, min(concurrency, soft // 2))
