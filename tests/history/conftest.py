"""Histories that a test opens, closed with it: from Python 3.13 on an open one is a warning."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Closable(Protocol):
    """A Database, or a Past."""

    def close(self) -> object:
        """Close it."""


T = TypeVar("T", bound=Closable)


class Opened(Protocol):
    """Takes what was opened, and hands it back."""

    def __call__(self, history: T) -> T:
        """Close it when the test ends."""


@pytest.fixture
def opened() -> Iterator[Opened]:
    """What is wrapped in it is closed at the end, the last first."""
    with ExitStack() as stack:

        def keep(history: T) -> T:
            return stack.enter_context(closing(history))

        yield keep
