"""`halfshake watch` as a process: exit codes, one sentence each, signals, systemd's socket."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = Authority.root()
NAME = "api.halfshake.test"


def command(directory: Path, *arguments: str) -> list[str]:
    """How the monitor is started."""
    path = str(directory / "watch.yaml")
    return [sys.executable, "-m", "halfshake", "watch", "-c", path, *arguments]


@contextlib.contextmanager
def running(directory: Path, *arguments: str, **environment: str) -> Iterator[Process]:
    """Start it, wait until it listens, stop it."""
    log = directory / "watch.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            command(directory, *arguments), stderr=sink, env={**os.environ, **environment}
        )
    try:
        yield Process(process, log)
    finally:
        process.kill()
        process.wait(10)


class Process:
    """A monitor that runs."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.url = self.said(r"listening on (http\S+)")

    def said(self, pattern: str, *, times: int = 1) -> str:
        """Wait until the log says this."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = re.findall(pattern, self._log.read_text())
            if len(found) >= times:
                return str(found[-1])
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        pytest.fail(f"the log never said {pattern!r}: {self._log.read_text()}")

    def metrics(self) -> str:
        """Scrape it."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    def until(self, pattern: str) -> str:
        """Scrape until this is there."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            text = self.metrics()
            if re.search(pattern, text):
                return text
            time.sleep(0.1)
        pytest.fail(f"/metrics never had {pattern!r}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("listen: [", "watch.yaml:"),
        ("targets: [a b]", "targets[0]: 'a b' is not a valid target"),
        ("trust: {ca_files: [none.pem]}", "none.pem cannot be read: No such file or directory"),
        ("trust: {ca_files: [empty.pem]}", "empty.pem holds no certificate"),
        ("web: {config_file: web.yaml}", "web.yaml:1: basic_auth: there is no such key"),
        (
            "sinks: {dogstatsd: {address: nowhere}}",
            "halfshake: sinks.dogstatsd: 'nowhere' is not a DogStatsD address",
        ),
    ],
)
def test_what_cannot_begin(tmp_path: Path, text: str, sentence: str) -> None:
    """One sentence, exit code 3, no traceback."""
    (tmp_path / "watch.yaml").write_text(text)
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "web.yaml").write_text("basic_auth: {}")
    done = subprocess.run(command(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("more", [(), ("--healthcheck",)])
def test_an_address_that_is_none(tmp_path: Path, more: tuple[str, ...]) -> None:
    """On the command line as in the configuration: one sentence."""
    (tmp_path / "watch.yaml").write_text("")
    done = subprocess.run(
        command(tmp_path, "--listen", "9943", *more), capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stderr == (
        "halfshake: --listen: '9943' is not an address to listen on: "
        "write 127.0.0.1:9943 or :9943\n"
    )


def test_a_port_in_use(tmp_path: Path) -> None:
    """Says which, and what to do."""
    (tmp_path / "watch.yaml").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            command(tmp_path, "--listen", address), capture_output=True, text=True, check=False
        )
    assert done.returncode == 3
    assert done.stderr == (
        f"halfshake: cannot listen on {address}: Address already in use; "
        "choose another address with --listen\n"
    )


def test_from_ready_to_stopped_as_systemd_sees_it(tmp_path: Path) -> None:
    """READY, WATCHDOG, RELOADING with its time, READY again, STOPPING; and exit code 0."""
    (tmp_path / "watch.yaml").write_text("targets: ['127.0.0.1:1']\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = str(tmp_path / "notify")
        manager.bind(path)
        manager.settimeout(20)
        told: list[str] = []

        def until(wanted: str) -> None:
            while wanted not in "\n".join(told):
                told.append(manager.recv(4096).decode())

        more = ("--listen", "127.0.0.1:0")
        with running(tmp_path, *more, NOTIFY_SOCKET=path, WATCHDOG_USEC="500000") as watch:
            until("READY=1")
            until("WATCHDOG=1")
            watch.process.send_signal(signal.SIGHUP)
            until("RELOADING=1\nMONOTONIC_USEC=")
            watch.said("the configuration was read again: 1 target")
            watch.process.send_signal(signal.SIGTERM)
            until("STOPPING=1")
            assert watch.process.wait(20) == 0
        assert told.index("READY=1") == 0


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """Without a signal; a bad one is refused, and the old one stays."""
    path = tmp_path / "watch.yaml"
    path.write_text("targets: ['127.0.0.1:1']\n")
    with running(tmp_path, "--listen", "127.0.0.1:0") as watch:
        watch.until(r'halfshake_probe_success\{target="127.0.0.1:1"\} 0')
        path.write_text("targets: ['127.0.0.1:2', '127.0.0.1:3']\n")
        text = watch.until(r"halfshake_targets 2.0")
        assert 'target="127.0.0.1:1"' not in text
        path.write_text("targets: [a b]\n")
        text = watch.until(r"halfshake_config_last_reload_successful 0.0")
        assert "halfshake_targets 2.0" in text
        watch.said("the new configuration is refused, the old one stays")


@pytest.mark.interop
def test_signals_under_load(tmp_path: Path) -> None:
    """Many SIGHUPs while many targets are read: no series is doubled, no target is lost."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    settings = Settings(ROOT.issue(NAME), Authority.root("Client CA").pem)
    with NGINX.running(settings, tmp_path / "nginx") as nginx:
        targets = "".join(
            f"  - {{target: '127.0.0.1:{nginx.port}', name: t{number}}}\n" for number in range(300)
        )
        (tmp_path / "watch.yaml").write_text(
            f"trust: {{ca_files: [ca.pem]}}\nper_host: 20\n"
            f"defaults: {{interval: 1s, server_name: {NAME}}}\ntargets:\n{targets}"
        )
        with running(tmp_path, "--listen", "127.0.0.1:0") as watch:
            watch.until(r'halfshake_trusted\{target="t299"\} 1')
            for _ in range(10):
                watch.process.send_signal(signal.SIGHUP)
                time.sleep(0.2)
            watch.said("read again: 300 targets")
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                text = watch.metrics()
                series = [line for line in text.splitlines() if not line.startswith("#")]
                names = [line.rpartition(" ")[0] for line in series]
                assert len(names) == len(set(names))
                if sum(name.startswith("halfshake_trusted{") for name in names) == 300:
                    break
            else:
                pytest.fail("a target was lost")
            watch.process.send_signal(signal.SIGTERM)
            assert watch.process.wait(25) == 0


def test_another_history_by_a_signal(tmp_path: Path) -> None:
    """It takes over; one that cannot be opened is refused in one sentence; SIGTERM ends it all."""
    with running_with_history(tmp_path, "a.sqlite") as monitor:

        def reload(history: str) -> None:
            (tmp_path / "watch.yaml").write_text(with_history(history))
            monitor.process.send_signal(signal.SIGHUP)

        reload("b.sqlite")
        monitor.said(r"INFO the history is kept in \S+/b.sqlite\n")
        reload("no/c.sqlite")
        refused = r"ERROR the new configuration is refused, the old one stays: (.*)\n"
        sentence = monitor.said(refused)
        assert re.search(r"no/c.sqlite cannot be written: unable to open database file$", sentence)
        monitor.until("halfshake_config_last_reload_successful 0.0")
        monitor.process.send_signal(signal.SIGTERM)
        assert monitor.process.wait(20) == 0
    assert "Traceback" not in (tmp_path / "watch.log").read_text()
    for name in ("a.sqlite", "b.sqlite"):
        assert (tmp_path / name).is_file()
        assert not (tmp_path / f"{name}-wal").exists(), "it was closed"


def with_history(path: str) -> str:
    """A configuration that watches nothing."""
    return f"listen: 127.0.0.1:0\nhistory: {{path: {path}}}\n"


@contextlib.contextmanager
def running_with_history(directory: Path, path: str) -> Iterator[Process]:
    """A monitor that keeps its history there."""
    (directory / "watch.yaml").write_text(with_history(path))
    with running(directory) as monitor:
        yield monitor


def test_check_loads_nothing_of_it() -> None:
    """Nagios starts `check` every minute: the monitor's libraries are not its business."""
    code = (
        "import sys; from halfshake.cli import main; main(['check', '127.0.0.1:1']); "
        "heavy = {'yaml', 'pydantic', 'aiohttp', 'prometheus_client', 'opentelemetry'}; "
        "sys.exit(str(heavy & {name.partition('.')[0] for name in sys.modules} or 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() in {"", "0"}
