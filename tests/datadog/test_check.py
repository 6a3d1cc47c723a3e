"""The check from round to round: memory, scale, one file, the wheel, and what it never sends."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent_cases.case import GOOD_LEAF, mtls12
from agent_cases.ground import CLIENT_CA, NAME, ROOT, STRANGER, accepting_on, playing_many
from agent_cases.running import INTEGRATION, halfshake, instance_of
from datadog_checks.halfshake import __version__
from halfshake.errors import TargetInvalid
from halfshake.inputs.target_text import parse_target
from servers import free_port
from servers.blocking import closes, scripted, silence

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.interop
@pytest.mark.usefixtures("datadog_agent")
def test_events_survive_a_restart(
    tmp_path: Path,
    ca_file: Path,
    aggregator: Any,
    dd_run_check: Callable[..., None],
) -> None:
    """Renewal, client authentication and trust each send one event; an outage keeps the date."""
    port = free_port()
    instance = instance_of(port, ca_file)
    first, renewed = ROOT.issue(NAME, days=(-80, 10)), ROOT.issue(NAME)
    with accepting_on("127.0.0.1", port, first, tmp_path / "1", client_ca=CLIENT_CA.certificate):
        check = halfshake(**instance)
        dd_run_check(check)
        dd_run_check(check)
    assert aggregator.events == []
    with accepting_on("127.0.0.1", port, renewed, tmp_path / "2"):
        check = halfshake(**instance)  # the Agent has been restarted
        dd_run_check(check)
        dd_run_check(check)
    kinds = [event["event_type"] for event in aggregator.events]
    assert kinds == ["halfshake.certificate_renewed", "halfshake.client_auth_changed"]
    renewal, asking = aggregator.events
    assert renewal["msg_title"] == f"The certificate of 127.0.0.1:{port} has changed"
    assert "SHA-256" in renewal["msg_text"]
    assert "team:payments" in renewal["tags"]
    assert asking["alert_type"] == "warning"
    assert "no longer asks for a client certificate" in asking["msg_title"]
    with accepting_on("127.0.0.1", port, STRANGER.issue(NAME), tmp_path / "3"):
        dd_run_check(check)
    assert aggregator.events[-1]["event_type"] == "halfshake.trust_changed"
    assert aggregator.events[-1]["alert_type"] == "error"
    with accepting_on("127.0.0.1", port, renewed, tmp_path / "4"):
        dd_run_check(check)
    # Back to a certificate that was seen before: trusted again, but nothing is new about it.
    assert [event["event_type"] for event in aggregator.events[4:]] == ["halfshake.trust_changed"]
    aggregator.reset()
    dd_run_check(halfshake(**instance))  # an outage, after another restart
    aggregator.assert_metric("halfshake.cert_read", 0)
    aggregator.assert_metric("halfshake.days_left", count=0)
    aggregator.assert_metric("halfshake.last_known_days_left", count=1)
    assert abs(aggregator.metrics("halfshake.last_known_days_left")[0].value - 60) < 0.1


@pytest.mark.interop
def test_events_can_be_switched_off(
    tmp_path: Path, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """The memory continues, without an event."""
    port = free_port()
    check = halfshake(**instance_of(port, ca_file, events=False))
    for number in range(2):
        with accepting_on("127.0.0.1", port, ROOT.issue(NAME), tmp_path / str(number)):
            dd_run_check(check)
    assert aggregator.events == []
    aggregator.assert_metric("halfshake.last_known_days_left", count=2)


def test_ten_silent_servers_take_one_timeout(
    aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """They are read at the same time, each with its own deadline."""
    with playing_many(silence, 10) as ports:
        targets = [f"127.0.0.1:{port}" for port in ports]
        started = time.monotonic()
        dd_run_check(halfshake(targets=targets, timeout=1))
        assert time.monotonic() - started < 2
    assert len(aggregator.metrics("halfshake.cert_read")) == 10


@pytest.mark.interop
def test_two_hundred_targets_in_one_instance(
    nginx_port: int, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """One run is well inside the Agent's interval of 15 s; each target has its tags."""
    targets = [
        {
            "server": "127.0.0.1",
            "port": nginx_port,
            "server_hostname": NAME,
            "tags": [f"n:{number}"],
        }
        for number in range(200)
    ]
    started = time.monotonic()
    dd_run_check(halfshake(targets=targets, tls_ca_cert=str(ca_file), tags=["team:payments"]))
    assert time.monotonic() - started < 10
    for number in range(200):
        tags = [
            f"server_hostname:{NAME}",
            "server:127.0.0.1",
            f"port:{nginx_port}",
            "team:payments",
            f"n:{number}",
        ]
        aggregator.assert_metric("halfshake.trusted", 1, tags=tags, count=1)
    aggregator.assert_no_duplicate_all()


def starttls_is_known() -> bool:
    """Does this release of the core know how PostgreSQL begins TLS?"""
    try:
        parse_target("postgres://localhost")
    except TargetInvalid:
        return False
    return True


def test_a_postgresql_server_that_closes_after_sslrequest(
    aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """The shipped check loops forever; a release that knows start_tls fails at once."""
    with scripted(closes) as port:
        check = halfshake(server="127.0.0.1", port=port, start_tls="postgres")
        if not starttls_is_known():
            with pytest.raises(Exception, match=r"start_tls\n  cannot be 'postgres' yet"):
                dd_run_check(check, extract_message=True)
            return
        started = time.monotonic()
        dd_run_check(check)
        assert time.monotonic() - started < 2
    aggregator.assert_metric("halfshake.cert_read", 0, count=1)
    aggregator.assert_service_check("halfshake.can_connect", 2, count=1)


@pytest.mark.interop
def test_a_renewed_ca_file_is_read_again(
    tmp_path: Path, nginx_port: int, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """It is read again without a restart; and it may be missing for a moment."""
    file = tmp_path / "ca.pem"
    file.write_bytes(STRANGER.pem)
    check = halfshake(**instance_of(nginx_port, file))
    dd_run_check(check)
    file.write_bytes(ROOT.pem)
    os.utime(file, (1, 1))
    dd_run_check(check)
    file.unlink()
    dd_run_check(check)
    values = [metric.value for metric in aggregator.metrics("halfshake.trusted")]
    assert values == [0, 1, 1]
    assert "the check continues with the CA certificates that it read before" in check.warnings[0]


@pytest.mark.interop
def test_nothing_but_one_clienthello_is_ever_sent(
    tmp_path: Path, ca_file: Path, dd_run_check: Callable[..., None]
) -> None:
    """On the wire, between the check and a server that requires a client certificate."""
    sent = bytearray()
    with (
        mtls12(GOOD_LEAF)(tmp_path / "server") as port,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):

        def relay() -> None:
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", port)) as server:
                sent.extend(hello := client.recv(65536))
                server.sendall(hello)
                server.settimeout(0.5)
                try:
                    while data := server.recv(65536):
                        client.sendall(data)
                except TimeoutError:
                    pass
                while data := client.recv(65536):
                    sent.extend(data)

        thread = threading.Thread(target=relay)
        thread.start()
        dd_run_check(halfshake(**instance_of(listener.getsockname()[1], ca_file)))
        thread.join(5)
    length = int.from_bytes(sent[3:5])
    assert sent[0] == 22  # a handshake record
    assert sent[5] == 1  # with a ClientHello
    assert len(sent) == 5 + length  # and nothing behind it


@pytest.mark.parametrize("name", ["custom_halfshake", "halfshake"])
def test_the_check_in_one_file(name: str, tmp_path: Path) -> None:
    """In checks.d the Agent's loader, which searches there last, finds and runs it."""
    (tmp_path / f"{name}.py").write_bytes((INTEGRATION / "checks.d" / "halfshake.py").read_bytes())
    # Under the library's own name it is found only where checks.d stands first.
    position = "len(sys.path)" if name == "custom_halfshake" else "0"
    script = (
        f"import sys; sys.path.insert({position}, {str(tmp_path)!r})\n"
        f"import {name} as module\n"
        "from datadog_checks.base.stubs import aggregator\n"
        f"check = module.HalfshakeCheck('{name}', {{}}, [{{'server': '127.0.0.1', 'port': 1}}])\n"
        "assert check.run() == '', check.run()\n"
        "aggregator.assert_metric('halfshake.can_connect', 0)\n"
        f"bad = module.HalfshakeCheck('{name}', {{}}, [{{'port': 5, 'timeout': -1}}])\n"
        "assert all(key in bad.run() for key in ('timeout', 'server'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_wheel_is_what_runs_here() -> None:
    """The core comes from the wheel, together with the check, and not from a checkout."""
    import halfshake as core

    assert core.__version__ == __version__
    specification = importlib.util.find_spec("datadog_checks.halfshake")
    assert specification is not None
    assert Path(specification.origin or "").parts[-4] == "site-packages"
    assert Path(core.__file__).parts[-3] == "site-packages"


@pytest.mark.interop
def test_a_ca_that_is_about_to_expire(
    tmp_path: Path, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """It ends the path, and is a warning of the validation; the server's own end is far away."""
    dying = ROOT.intermediate("Dying CA", days=(-300, 10)).issue(NAME)
    with mtls12(dying)(tmp_path / "server") as port:
        dd_run_check(halfshake(**instance_of(port, ca_file)))
    aggregator.assert_service_check("halfshake.cert_expiration", 0, count=1)
    aggregator.assert_service_check("halfshake.cert_validation", 1, count=1)
    (validation,) = aggregator.service_checks("halfshake.cert_validation")
    assert "the CA certificate CN=Dying CA on the path expires in" in validation.message
    (path,) = aggregator.metrics("halfshake.path_seconds_left")
    assert abs(path.value - 10 * 86_400) < 600
    aggregator.assert_metric("halfshake.trusted", 1)
    aggregator.assert_metric("halfshake.status", 1)


def test_a_failed_reading_counts_as_told(
    aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """As UNKNOWN by default; the owner can choose CRITICAL."""
    with scripted(closes) as port:
        dd_run_check(halfshake(server="127.0.0.1", port=port, on_failure="critical"))
    aggregator.assert_service_check("halfshake.cert_validation", 2, count=1)
    aggregator.assert_metric("halfshake.status", 2)
