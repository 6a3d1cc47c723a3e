"""`make bench`: client CPU per endpoint, compared in one run, as a table of ratios.

The server is a real nginx that requires a client certificate, on one core; the clients run on
another core, in turns, in several rounds. Medians and ratios count, not microseconds: machines
differ.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

HIT_RATES: dict[str, float] = {}

BENCH = Path(__file__).parent
ROUNDS = 3
COUNTS = {"stdlib": 200, "pyopenssl": 300, "s_client": 20, "go abort": 1500, "go full": 1000}
IN_FLIGHT = (20, 1)
ROWS = {
    "bare": "bare asyncio TCP connect",
    "read": "Halfshake: read and leaf dates",
    "go abort": "Go crypto/tls, aborts at the certificate, parses the leaf",
    "possession": "Halfshake: with possession and every fact",
    "verdict": "Halfshake: whole pipeline, one JSON line, chain seen before",
    "cold verdict": "Halfshake: whole pipeline, every chain judged anew",
    "go full": "Go crypto/tls, full handshake",
    "pyopenssl": "pyOpenSSL script",
    "stdlib": "standard library ssl",
    "s_client": "openssl s_client, openssl x509",
}


def main() -> None:
    """Measure, print the table, write docs/benchmarks.md."""
    if NGINX.executable is None:
        sys.exit("the comparison needs nginx: run `make servers`")
    root, client_ca = Authority.root(), Authority.root("Client CA")
    with tempfile.TemporaryDirectory(prefix="halfshake-bench-") as name:
        directory = Path(name)
        (directory / "ca.pem").write_bytes(root.pem)
        modes, missing = available(directory)
        tables: dict[int, dict[str, dict[str, float]]] = {each: {} for each in IN_FLIGHT}
        started = ""
        for version in ("TLSv1.2", "TLSv1.3"):
            for key_type in ("ecdsa", "rsa"):
                credential = root.issue("api.halfshake.test", key_type=key_type)
                settings = Settings(credential, client_ca.pem, (version,))
                os.sched_setaffinity(0, {1})
                with NGINX.running(settings, directory / f"{version}-{key_type}") as running:
                    os.sched_setaffinity(0, {0})
                    for in_flight, columns in tables.items():
                        columns[f"{version} {key_type}"] = measure(
                            modes, running.port, directory, in_flight
                        )
                    if (version, key_type) == ("TLSv1.3", "ecdsa"):
                        started = cold_start(running.port, directory / "ca.pem")
    text = "\n".join(
        f"## {in_flight} in flight\n\n{table(columns)}" for in_flight, columns in tables.items()
    )
    text += notes(missing) + started
    print(text)
    page = HEADING + text + WHERE_THE_TIME_GOES
    (BENCH.parent / "docs" / "benchmarks.md").write_text(page, "utf-8")


def available(directory: Path) -> tuple[dict[str, list[str]], list[str]]:
    """The installed clients, as commands; and the names of the missing ones."""
    python = [sys.executable, str(BENCH / "client.py")]
    modes = {mode: [*python, mode] for mode in ROWS if not mode.startswith("go")}
    missing = []
    if find_spec("OpenSSL") is None:
        del modes["pyopenssl"]
        missing.append("pyOpenSSL")
    if shutil.which("go"):
        binary = str(directory / "go_client")
        subprocess.run(["go", "build", "-o", binary, BENCH / "go_client.go"], check=True)
        modes |= {"go abort": [binary, "abort"], "go full": [binary, "full"]}
    else:
        missing.append("Go")
    return modes, missing


def measure(
    modes: dict[str, list[str]], port: int, directory: Path, in_flight: int
) -> dict[str, float]:
    """Run every client in turn, ROUNDS times; the median of each."""
    figures: dict[str, list[float]] = {mode: [] for mode in modes}
    for _ in range(ROUNDS):
        for mode, command in modes.items():
            where = f"127.0.0.1:{port}" if mode.startswith("go") else str(port)
            arguments = [where, str(COUNTS.get(mode, 1000)), str(directory / "ca.pem")]
            arguments.append(str(in_flight))
            done = subprocess.run([*command, *arguments], capture_output=True, check=True)
            figure, *hit_rate = done.stdout.split()
            figures[mode].append(float(figure))
            if hit_rate:
                HIT_RATES[mode] = float(hit_rate[0])
    return {mode: statistics.median(values) for mode, values in figures.items()}


def table(columns: dict[str, dict[str, float]]) -> str:
    """Microseconds, and the ratio to a bare connect, for each client and server."""
    lines = [
        "| client CPU an endpoint: µs, endpoints/s a core, ratio to bare TCP | "
        + " | ".join(columns)
        + " |",
        "| --- |" + " --- |" * len(columns),
    ]
    for mode, label in ROWS.items():
        cells = [
            cell(column[mode], column["bare"]) if mode in column else "-"
            for column in columns.values()
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def notes(missing: list[str]) -> str:
    """What could not be measured, and how often a verdict was found in the cache."""
    note = f"\nNot installed, so not measured: {', '.join(missing)}.\n" if missing else ""
    hits = ", ".join(f"{rate:.1f} % of {ROWS[mode]!r}" for mode, rate in HIT_RATES.items())
    cache = f"\nVerdicts on chains found in the cache: {hits}.\n" if hits else ""
    return note + cache


def cell(microseconds: float, bare: float) -> str:
    """One figure in its three units."""
    ratio = microseconds / bare
    return f"{microseconds:.0f} µs, {1e6 / microseconds:.0f}/s, {ratio:.1f}"


def cold_start(port: int, ca_file: Path) -> str:
    """A whole `halfshake check --json`, compared with importing its two largest parts."""
    check = ["-m", "halfshake", "check", "--json"]
    read = [*check, "--server-name", "api.halfshake.test", f"127.0.0.1:{port}"]
    commands = {
        "baseline": ["-c", "import asyncio, cryptography.x509"],
        "nobody listens": [*check, "127.0.0.1:1"],
        "a reading, trusted by a CA file": [*read, "--ca-file", str(ca_file)],
        "a reading, judged by the system's trust store": read,
    }
    figures: dict[str, list[float]] = {name: [] for name in commands}
    # As installed: with bytecode, which some environments do not allow to be written.
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    for _ in range(ROUNDS * 3):
        for name, arguments in commands.items():
            command = [sys.executable, *arguments]
            before = os.times()
            subprocess.run(command, capture_output=True, check=False, env=environment)
            after = os.times()
            spent = after.children_user + after.children_system
            figures[name].append(spent - before.children_user - before.children_system)
    medians = {name: statistics.median(spent) for name, spent in figures.items()}
    baseline = medians.pop("baseline")
    lines = [
        "\n| cold start of `halfshake check --json`, CPU | ms | ratio |",
        "| --- | --- | --- |",
        f"| `python -c 'import asyncio, cryptography.x509'` | {baseline * 1000:.0f} | 1.00 |",
        *(
            f"| {name} | {spent * 1000:.0f} | {spent / baseline:.2f} |"
            for name, spent in medians.items()
        ),
    ]
    return "\n".join(lines) + "\n"


HEADING = """# Benchmarks

Written by `make bench`. One real nginx with `ssl_verify_client on` runs on one core. The clients
run on another core, in turns, in one run; the figures are medians. Ratios can be compared between
machines, microseconds cannot.

All clients have the same number of connections in flight: asyncio tasks, goroutines, or threads for
the blocking ones. They do not all do the same work. "Read and leaf dates" and Go's early abort
parse the leaf and verify nothing. "With possession" also verifies the server's signature, as Go's
full handshake, pyOpenSSL and `ssl` do. Only "whole pipeline" judges the chain and prints a result.
Go, pyOpenSSL and `ssl` run here without verifying the chain.

"""

# Measured separately, with everything in the processor's caches: each part on recorded bytes.
WHERE_THE_TIME_GOES = """
## Where the time goes

These are the parts of one TLS 1.3 reading with an ECDSA certificate, in microseconds, with hot
caches, on a machine where bare TCP took 70: the ClientHello 8, X25519 32, the key schedule 5,
opening four records 3, records and messages the other 60; the signature check 66; the verdict on a
known chain 20, its JSON line 30. For a new chain, OpenSSL is asked twice, 330 each, and the second
opinion takes 130. In a real run, between the network and the event loop and with cold caches, each
part costs up to three times as much: half of the samples are in the interpreter, a fifth in
cryptography, a fifth in the kernel; no function stands out.

What helped and was kept: one wait for each arrival instead of asyncio's try, register and
unregister; descriptors instead of sockets for the selector, which formats a socket that it does not
know; no copies of records; named tuples instead of dataclasses on the wire; certificates, names and
chains are read and judged once; one OpenSSL context for all questions to a trust store. What made
no difference: a frozen garbage collector or none, classes without `slots`. What we did not do:
checking again at once whether a connection is established saves a wait on loopback, but costs a
system call on every real network.
"""

if __name__ == "__main__":
    main()
