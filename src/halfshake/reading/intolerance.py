"""What a server does not tolerate in our usual hello: found by halving, only if the user asks.

The usual hello fails and the plain one is answered; in between lie hellos with some of the fields
of the one and some of the other. Each visit halves what may be at fault, one at a time and under
the reading's own deadline; then the usual hello but for that one field tells whether it alone is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import ReadingFailed
from halfshake.reading.retry import FIELD_NAMES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from halfshake.observation import FirstHello
    from halfshake.tls.client_hello import Offer


async def explained(
    first: FirstHello,
    usual: Offer,
    plain: Offer,
    visit: Callable[[Offer], Awaitable[object]],
) -> FirstHello:
    """The same, with what is at fault; unchanged if MAX_VISITS or the time are not enough."""
    rest = [name for name in FIELD_NAMES if getattr(usual, name) != getattr(plain, name)]
    at_fault: list[str] = []
    visits = 0

    async def answers(with_usual: list[str]) -> bool:
        nonlocal visits
        if visits == MAX_VISITS:
            raise _Enough
        visits += 1
        offer = plain._replace(**{name: getattr(usual, name) for name in with_usual})
        try:
            await visit(offer)
        except ReadingFailed:
            return False
        return True

    try:
        while not at_fault or not await answers(rest):
            # With none of the rest it is answered, with all of them not.
            low, high = 0, len(rest)
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if await answers(rest[:middle]) else (low, middle)
            at_fault.append(rest.pop(low))
    except (TimeoutError, _Enough):
        return first
    return first._replace(at_fault=tuple(FIELD_NAMES[name] for name in at_fault))


class _Enough(Exception):
    """As many visits as are polite."""


# Three to halve seven fields, and one to see whether that one is enough; twice.
MAX_VISITS = 8
