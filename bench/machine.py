"""What the benchmark ran on, and with which versions."""

from __future__ import annotations

import os
import platform
import re
import ssl
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from clients.blackbox import PROGRAM
from places import AGENT_PYTHON, BENCH, SSLYZE_PYTHON

ASK = "from importlib.metadata import version; print(version({!r}))"


def machine() -> str:
    """One sentence about the processor and the system."""
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    processor = found[1] if found else platform.machine()
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    busy = os.getloadavg()[0]
    kernel = ".".join(platform.release().split(".")[:2])
    return (
        f"{os.cpu_count()} cores ({processor}), Linux {kernel}, {system}. "
        f"The load average was {busy:.1f} at the end; an undisturbed run leaves about 1."
    )


def versions() -> str:
    """Every program and library whose speed is compared."""
    found = {
        "Halfshake": version("halfshake"),
        "Python": _python(),
        "cryptography": version("cryptography"),
        "Python's OpenSSL": ssl.OPENSSL_VERSION.split()[1],
        "nginx": _first(["nginx", "-v"], r"nginx/(\S+)"),
        "Go": _first(["go", "version"], r"go(\d\S+)"),
        "tlsx": _pinned("tlsx", "projectdiscovery/tlsx"),
        "zgrab2": _pinned("zgrab2", "zmap/zgrab2"),
        "blackbox_exporter": _first([PROGRAM, "--version"], r"version (\S+?)[,+ ]"),
        "pyOpenSSL": version("pyOpenSSL"),
        "openssl": _first(["openssl", "version"], r"OpenSSL (\S+)"),
        "sslyze": _in(SSLYZE_PYTHON, "sslyze"),
        "datadog-checks-base": _in(AGENT_PYTHON, "datadog-checks-base"),
    }
    return ", ".join(f"{name} {number}" for name, number in found.items() if number)


def _python() -> str:
    """Whose Python it is: a distribution's is built with PGO and LTO, others may not be."""
    whose = "the distribution's" if sys.base_prefix == "/usr" else "not the distribution's"
    return f"{platform.python_version()} ({whose})"


def _pinned(peer: str, module: str) -> str | None:
    text = (BENCH / "peers" / peer / "go.mod").read_text("utf-8")
    found = re.search(rf"github\.com/{module} v(\S+)", text)
    return found[1] if found else None


def _in(python: Path, package: str) -> str | None:
    return _first([str(python), "-c", ASK.format(package)], r"(\S+)")


def _first(command: list[str], pattern: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found and done.returncode == 0 else None
