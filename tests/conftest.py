"""`pytest --record`: record the flights of tests/flights again, from the real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--record",
        action="store_true",
        help="write tests/flights/*.txt anew, from the servers that `make servers` installs",
    )
