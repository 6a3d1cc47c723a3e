"""These tests need the Agent's base: `make datadog-test` runs them in such an environment."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from agent_cases.case import GOOD_LEAF
from agent_cases.ground import ROOT, serving
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if importlib.util.find_spec("datadog_checks") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trusted CA, as a file."""
    file = tmp_path_factory.mktemp("trust") / "ca.pem"
    file.write_bytes(ROOT.pem)
    return file


@pytest.fixture(scope="session")
def nginx_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server that requires a client certificate."""
    with serving(NGINX, GOOD_LEAF)(tmp_path_factory.mktemp("nginx") / "server") as port:
        yield port


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests(datadog_agent: Any) -> None:
    """The Agent's cache is empty: a port may be one that another test had, and remembered."""
    datadog_agent.reset()
