"""The setup of every test; and `pytest --record`, which records tests/flights again."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests talk to loopback, whatever the environment of this machine says."""
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--record",
        action="store_true",
        help="write tests/flights/*.txt anew, from the servers that `make servers` installs",
    )
