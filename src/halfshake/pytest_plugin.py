"""The fixture `halfshake_check` for pytest, and its defaults in the ini file.

pytest loads this by its entry point in every run, so nothing else of Halfshake is imported before
the fixture is used.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.pytest import Reading


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the defaults to the ini file."""
    parser.addini("halfshake_ca_files", "CA files that halfshake_check trusts", "paths", [])
    parser.addini("halfshake_days_left", "how many days halfshake_check expects to be left")
    parser.addini("halfshake_timeout_seconds", "how long halfshake_check may take", default="10")


@pytest.fixture
def halfshake_check(request: pytest.FixtureRequest) -> Callable[..., Reading]:
    """`halfshake.pytest.assert_halfshake`, with the defaults of the ini file."""
    from halfshake.pytest import assert_halfshake  # noqa: PLC0415 - only for tests that ask for it

    ini = request.config.getini
    days_left, timeout_seconds = ini("halfshake_days_left"), ini("halfshake_timeout_seconds")
    return partial(
        assert_halfshake,
        ca_files=[str(path) for path in ini("halfshake_ca_files")],
        days_left=float(days_left) if days_left else None,
        timeout_seconds=float(timeout_seconds),
    )
