"""Clients within one process that runs on: imports do not count. They print their own figure."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from clients.row import Row, Visits
from clients.scanners import built
from measuring import run
from places import AGENT_PYTHON, AGENT_READY, BENCH, PEERS, SSLYZE_PROGRAM, SSLYZE_PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable

VISITOR = [sys.executable, str(BENCH / "clients" / "visitor.py")]
UNVERIFIED = "handshake without verifying the chain"


def every_library() -> list[Row]:
    """From the cheapest to the dearest."""
    return [
        Row("bare", "bare asyncio TCP", "connects, closes", figure([*VISITOR, "bare"])),
        Row("read", "Halfshake: read and leaf dates", "half a handshake, the leaf's dates; no "
            "signature, no verdict", figure([*VISITOR, "read"])),
        Row("go abort", "Go crypto/tls, leaves at the certificate", "half a handshake, parses the "
            "leaf; no signature, no verdict", go("abort"), missing=built("go_client")),
        Row("possession", "Halfshake: every fact", "the same as above it, and the server's "
            "signature, every certificate's facts; no verdict", figure([*VISITOR, "possession"])),
        Row("go full", "Go crypto/tls, full handshake", f"full {UNVERIFIED}; parses the leaf",
            go("full"), missing=built("go_client")),
        Row("pyopenssl", "pyOpenSSL script", f"full {UNVERIFIED}; takes the leaf",
            figure([*VISITOR, "pyopenssl"]), (300, 300),
            None if find_spec("OpenSSL") else "not installed"),
        Row("ssl", "standard library `ssl`", f"full {UNVERIFIED}, a context each, without the "
            "system's store; takes the leaf", figure([*VISITOR, "ssl"]), (200, 200)),
        Row("s_client", "`openssl s_client` and `openssl x509`", f"two processes; full {UNVERIFIED}"
            "; prints the dates", figure([*VISITOR, "s_client"]), (20, 8)),
        Row("datadog", "Datadog's `tls` check, its calls", "a context for each run, with the CA "
            "file; full handshake that verifies chain and name; metrics to a stub",
            figure([str(AGENT_PYTHON), str(BENCH / "clients" / "datadog_tls.py")], ca_file=True),
            (200, 200),
            None if AGENT_READY.exists() else "not installed: `make bench-peers`"),
        Row("sslyze", "sslyze, certificate information only", "several handshakes for each target; "
            "judges the chain by five stores; no JSON",
            figure([str(SSLYZE_PYTHON), str(BENCH / "clients" / "sslyze_certificates.py")]),
            (20, 5),
            None if SSLYZE_PROGRAM.exists() else "not installed: `make bench-peers`"),
    ]  # fmt: skip


def figure(command: list[str], *, ca_file: bool = False) -> Callable[[Visits], float]:
    """A client that is told where, how often and how many at once, and prints microseconds."""

    def measure(visits: Visits) -> float:
        asked = [str(visits.load.port), str(visits.count), str(visits.in_flight)]
        if ca_file:
            asked.append(os.fspath(visits.load.ca_file))
        return float(run([*command, *asked], directory=visits.directory).output)

    return measure


def go(mode: str) -> Callable[[Visits], float]:
    """Our client on Go's crypto/tls."""
    return figure([str(PEERS / "go_client"), mode])
