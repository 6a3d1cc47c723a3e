"""`halfshake.pytest`: what people assert of their own endpoints, against a real nginx."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from halfshake.errors import UsageError
from halfshake.pytest import assert_halfshake, assert_halfshake_async
from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop
NAME = "api.halfshake.test"


class Api(NamedTuple):
    """A running API that demands a client certificate; `ca_file` is the CA of its own."""

    target: str
    ca_file: str


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Run nginx with a certificate that lasts 20 days."""
    directory = tmp_path_factory.mktemp("api")
    root = Authority.root()
    credential = root.issue(NAME, days=(-30, 20.01))
    (directory / "ca.pem").write_bytes(root.pem)
    settings = Settings(credential, Authority.root("Client CA").pem)
    with NGINX.running(settings, directory / "nginx") as running:
        yield Api(f"https://127.0.0.1:{running.port}", str(directory / "ca.pem"))


def test_an_endpoint_that_is_as_expected(api: Api) -> None:
    """The reading comes back, for assertions of one's own."""
    reading = assert_halfshake(
        api.target, days_left=10, client_auth="requested", ca_files=[api.ca_file], server_name=NAME
    )
    assert reading.observation.client_auth.requested
    assert reading.verdict.trusted


async def test_in_an_event_loop(api: Api) -> None:
    """A test that is a coroutine awaits it."""
    reading = await assert_halfshake_async(
        api.target, client_auth="http-enforced", ca_files=[api.ca_file], server_name=NAME
    )
    assert reading.observation.end_entity.dns_names == (NAME,)


def test_everything_that_is_wrong_is_named_at_once(api: Api) -> None:
    """Too few days, the wrong name and a CA that is not trusted are three sentences."""
    with pytest.raises(AssertionError) as raised:
        assert_halfshake(api.target, days_left=30, client_auth="none", server_name="other.test")
    said = str(raised.value)
    assert "expected at least 30 days left, but the certificate has 20.0" in said
    assert "expected a trusted chain, but it is a chain that is not trusted" in said
    assert "expected a certificate for this name, but it is a certificate for another name" in said
    assert "expected client authentication to be none" in said
    assert f"CN={NAME}" in said


def test_an_endpoint_that_has_to_be_refused(api: Api) -> None:
    """False is an expectation too; None asks for nothing."""
    assert_halfshake(api.target, trusted=False, server_name=NAME)
    assert_halfshake(api.target, trusted=None, name_matches=None)
    with pytest.raises(AssertionError, match="expected a chain that is not trusted"):
        assert_halfshake(api.target, trusted=False, server_name=NAME, ca_files=[api.ca_file])


def test_time_can_be_another(api: Api) -> None:
    """A test for the week after next needs no waiting."""
    later = datetime.now(UTC) + timedelta(days=15)
    with pytest.raises(AssertionError, match=r"the certificate has 5\.0"):
        assert_halfshake(
            api.target, days_left=10, ca_files=[api.ca_file], server_name=NAME, now=lambda: later
        )


def test_nobody_there() -> None:
    """A failed reading is a failed assertion, with the reason."""
    with pytest.raises(AssertionError, match=r"could not be read \(connect, connection-refused\)"):
        assert_halfshake("127.0.0.1:1")


def test_an_expectation_that_makes_no_sense() -> None:
    """It is no failed assertion: the test itself is wrong."""
    with pytest.raises(UsageError, match="client_auth='always' is none of 'tls-required'"):
        assert_halfshake("127.0.0.1:1", client_auth="always")


def test_the_fixture_takes_its_defaults_from_the_ini_file(api: Api, tmp_path: Path) -> None:
    """A pytest of its own, as a user runs it."""
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\nhalfshake_ca_files = {api.ca_file}\nhalfshake_days_left = 30\n", "utf-8"
    )
    (tmp_path / "test_api.py").write_text(
        "def test_api(halfshake_check):\n"
        f"    halfshake_check({api.target!r}, server_name={NAME!r}, days_left=10)\n"
        "def test_soon(halfshake_check):\n"
        f"    halfshake_check({api.target!r}, server_name={NAME!r})\n",
        "utf-8",
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "1 failed, 1 passed" in run.stdout
    assert "expected at least 30 days left, but the certificate has 20.0" in run.stdout
    assert "in assert_halfshake" not in run.stdout, "people see their own line, not ours"
