"""Windows and macOS: nothing of ours needs what only Linux has."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from halfshake import event_loop
from halfshake.dial.readiness import ThroughAsyncio
from halfshake.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

# What a system lacks: whole modules, and names of modules. `mypy --platform` (make check) knows
# more names, and this shows that what it finds is enough.
SYSTEMS = {
    "darwin": (
        (),
        {
            "os": ("sched_setaffinity", "sched_getaffinity", "O_PATH", "posix_fadvise"),
            "select": ("epoll",),
            "socket": ("AF_NETLINK", "SOCK_NONBLOCK", "SOCK_CLOEXEC", "SO_BINDTODEVICE"),
            "time": ("CLOCK_BOOTTIME",),
        },
    ),
    "win32": (
        ("fcntl", "grp", "posix", "pwd", "resource", "syslog", "termios", "tty"),
        {
            "os": (
                "geteuid", "getuid", "setsid", "sched_setaffinity", "sched_getaffinity", "pread",
                "O_CLOEXEC", "O_NONBLOCK", "O_DIRECTORY", "O_NOFOLLOW", "uname",
            ),
            "select": ("epoll", "poll"),
            "signal": ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "setitimer"),
            "socket": (
                "AF_UNIX", "AF_NETLINK", "SO_REUSEPORT", "SO_BINDTODEVICE", "TCP_KEEPIDLE",
                "SOCK_NONBLOCK", "SOCK_CLOEXEC",
            ),
            "time": (
                "clock_gettime", "clock_gettime_ns", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "tzset",
            ),
        },
    ),
}  # fmt: skip

# The libraries have their own ways on Windows: they are loaded before anything is hidden.
SCRIPT = """
import asyncio, importlib, logging.handlers, pkgutil, ssl, subprocess, sys
for name in {libraries}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        pass
import halfshake
for name in [each for each in sys.modules if each.split(".")[0] == "halfshake"]:
    del sys.modules[name]
for module, names in {names}.items():
    for name in names:
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)
for name in {modules}:
    sys.modules[name] = None  # importing it raises ModuleNotFoundError
sys.platform = {platform!r}
import halfshake
count, broken = 0, []
for module in pkgutil.walk_packages(halfshake.__path__, "halfshake."):
    if module.name.endswith("__main__"):
        continue
    count += 1
    try:
        importlib.import_module(module.name)
    except Exception as error:
        broken.append(f"{{module.name}}: {{type(error).__name__}}: {{error}}")
print(count)
print("\\n".join(broken))
"""

# Who has no sched_getaffinity counts all processors; Python 3.13 decided that at its own start.
AS_COUNTED = """
import os
if hasattr(os, "process_cpu_count"):
    os.process_cpu_count = os.cpu_count
"""

# The loop of each system: Windows' takes no signals, and it has no socketpair without AF_UNIX. It
# has no descriptors of directories, either: shutil takes another way there.
LOOPS = {
    "darwin": AS_COUNTED,
    "win32": AS_COUNTED
    + """
import shutil, socket
shutil._use_fd_functions = False
shutil._rmtree_impl = shutil._rmtree_unsafe
def socketpair(*_arguments):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        return one, listener.accept()[0]
def no_signals(*_arguments):
    raise NotImplementedError
socket.socketpair = socketpair
asyncio.SelectorEventLoop.add_signal_handler = no_signals
asyncio.SelectorEventLoop.remove_signal_handler = no_signals
""",
}
RUN = """
import halfshake.cli
sys.exit(halfshake.cli.main({arguments}))
"""
LIBRARIES = (
    "aiohttp.web", "bcrypt", "cryptography.x509", "datadog", "idna", "jinja2", "multiprocessing",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter", "opentelemetry.sdk.metrics.export",
    "apprise", "prometheus_client", "pydantic", "pyarrow", "pytest", "python_socks", "rich.console",
    "rich.live", "rich.progress", "select", "shtab", "signal", "socket", "sqlite3", "tempfile",
    "time", "yaml",
)  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_module_imports_without_what_only_linux_has(system: str) -> None:
    """The names are taken away first, so an import that needs one fails here."""
    run = _run(_script(system))
    assert run.returncode == 0, run.stderr
    count, *broken = run.stdout.split("\n", 1)
    assert "".join(broken).strip() == ""
    assert int(count) > 200


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_check_runs_without_what_only_linux_has(system: str) -> None:
    """The main command, to a closed port: it reads no signal, no limit and no unix socket."""
    run = _run(_script(system, "check", "127.0.0.1:1"))
    assert run.returncode == 3, run.stderr
    assert "connection-refused" in run.stdout


@pytest.mark.parametrize("system", SYSTEMS)
def test_servers_are_read_without_what_only_linux_has(system: str) -> None:
    """The demonstration has real ones; targets come from standard input too."""
    run = _run(_script(system, "demo"))
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("possession proven") == 2
    run = _run(_script(system, "check", "--targets", "-"), "127.0.0.1:1\n# none\n127.0.0.1:2\n")
    assert run.returncode == 3, run.stderr
    assert "2 targets: 2 unknown" in run.stdout


def test_unix_sockets_and_workers_say_what_windows_lacks(tmp_path: Path) -> None:
    """One sentence each, and not an error of Python."""
    run = _run(_script("win32", "check", "unix:/run/api.sock"))
    assert run.returncode == 3
    assert "Python has no unix sockets on Windows" in " ".join(run.stdout.split())
    targets = tmp_path / "targets.txt"
    targets.write_text("127.0.0.1:1\n", "utf-8")
    scan = ("scan", str(targets), "-o", str(tmp_path / "out.jsonl"))
    run = _run(_script("win32", *scan, "--workers", "2"))
    assert run.returncode == 3
    assert "halfshake: --workers needs another system" in run.stderr
    run = _run(_script("win32", *scan))
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_monitor_runs_and_stops_without_what_only_linux_has(
    system: str, tmp_path: Path
) -> None:
    """It says what it does instead of SIGHUP, and a signal ends it."""
    (tmp_path / "watch.yaml").write_text("listen: 127.0.0.1:0\ntargets: [127.0.0.1:1]\n", "utf-8")
    script = _script(system, "watch", "-c", str(tmp_path / "watch.yaml"))
    watch = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
    assert watch.stderr is not None
    said = []
    for line in watch.stderr:
        said.append(line)
        if "listening on" in line:
            break
    watch.send_signal(signal.SIGINT)
    rest = watch.communicate(timeout=20)[1]
    assert (watch.returncode, "stopping" in rest) == (0, True), rest
    assert any("no SIGHUP" in line for line in said) is (system == "win32")


def test_a_loop_that_cannot_wait_for_sockets_is_named() -> None:
    """Somebody's own loop on Windows; ours is another one."""

    class Proactor(asyncio.SelectorEventLoop):
        """As Windows' usual loop."""

        def add_writer(self, *_: object) -> None:
            raise NotImplementedError

        add_reader = remove_reader = remove_writer = add_writer  # type: ignore[assignment]

    async def connected() -> None:
        with socket.socket() as attempt:
            await ThroughAsyncio().connected(attempt.fileno())

    with (
        asyncio.Runner(loop_factory=Proactor) as runner,
        pytest.raises(UsageError, match=r"^Proactor cannot wait for a socket .*SelectorEventLoop"),
    ):
        runner.run(connected())


def test_on_windows_loop_a_signal_is_heard_at_once() -> None:
    """Without a byte from the interpreter the loop would sleep on; it does so for nobody else."""

    class AsOnWindows(asyncio.SelectorEventLoop):
        """Takes no signals."""

        def add_signal_handler(self, *_: object) -> None:
            raise NotImplementedError

    async def wait() -> str:
        heard = asyncio.Event()
        event_loop.on_signals((signal.SIGUSR1,), heard.set)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        async with asyncio.timeout(10):
            await heard.wait()
        return "heard"

    before = signal.getsignal(signal.SIGUSR1)
    try:
        assert event_loop.run_on_selector_loop(wait(), AsOnWindows) == "heard"
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert signal.set_wakeup_fd(-1) == -1


def test_the_loop_of_a_thread_leaves_signals_alone() -> None:
    """An Agent's check runs in one."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        assert threads.submit(event_loop.run_on_selector_loop, _seven()).result(20) == 7


async def _seven() -> int:
    return 7


def _script(system: str, *arguments: str) -> str:
    modules, names = SYSTEMS[system]
    script = SCRIPT.format(libraries=LIBRARIES, names=names, modules=modules, platform=system)
    return script + LOOPS[system] + RUN.format(arguments=list(arguments)) if arguments else script


def _run(script: str, standard_input: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
