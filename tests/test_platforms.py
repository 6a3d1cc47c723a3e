"""Windows and macOS: no module of ours needs at import time what only Linux has."""

from __future__ import annotations

import subprocess
import sys

HIDDEN_MODULES = ("fcntl", "grp", "posix", "pwd", "resource", "syslog", "termios", "tty")

# What the standard library's modules lack on Windows, and on macOS.
HIDDEN_NAMES = {
    "os": ("geteuid", "getuid", "setsid", "sched_setaffinity", "sched_getaffinity", "pread"),
    "select": ("epoll", "poll"),
    "signal": ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "SIGKILL", "setitimer"),
    "socket": ("AF_UNIX", "AF_NETLINK", "SO_REUSEPORT", "SO_BINDTODEVICE", "TCP_KEEPIDLE"),
    "time": ("clock_gettime", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "tzset"),
}

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

# Without AF_UNIX there is no socketpair, and no loop there takes signals.
AS_ON_WINDOWS = """
import socket
def socketpair(*_arguments):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        return one, listener.accept()[0]
def no_signals(*_arguments):
    raise NotImplementedError
socket.socketpair = socketpair
asyncio.SelectorEventLoop.add_signal_handler = no_signals
asyncio.SelectorEventLoop.remove_signal_handler = no_signals
import halfshake.cli
sys.exit(halfshake.cli.main(["check", "127.0.0.1:1"]))
"""
LIBRARIES = (
    "aiohttp.web", "bcrypt", "cryptography.x509", "datadog", "idna", "jinja2", "multiprocessing",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter", "opentelemetry.sdk.metrics.export",
    "apprise", "prometheus_client", "pydantic", "pyarrow", "pytest", "python_socks", "rich.console",
    "rich.live", "rich.progress", "select", "shtab", "signal", "socket", "sqlite3", "tempfile",
    "time", "yaml",
)  # fmt: skip


def test_every_module_imports_without_what_only_linux_has() -> None:
    """The names are taken away first, so an import that needs one fails here."""
    script = SCRIPT.format(libraries=LIBRARIES, names=HIDDEN_NAMES, modules=HIDDEN_MODULES)
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    count, *broken = run.stdout.split("\n", 1)
    assert "".join(broken).strip() == ""
    assert int(count) > 200


def test_a_check_runs_without_what_only_linux_has() -> None:
    """The main command, to a closed port: it reads no signal, no limit and no unix socket."""
    script = SCRIPT.format(libraries=LIBRARIES, names=HIDDEN_NAMES, modules=HIDDEN_MODULES)
    script += AS_ON_WINDOWS
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert run.returncode == 3, run.stderr
    assert "connection-refused" in run.stdout
