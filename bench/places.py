"""Where the benchmark's files are, and the name that its one-name servers have."""

from __future__ import annotations

from pathlib import Path

BENCH = Path(__file__).parent
PEERS = BENCH / ".peers"
PAGE = BENCH.parent / "docs" / "benchmarks.md"
AGENT_PYTHON = PEERS / "datadog" / "bin" / "python"
AGENT_READY = PEERS / "datadog" / ".installed"
LAST_RESULTS = PEERS / "results.json"
SSLYZE_PYTHON = PEERS / "sslyze" / "bin" / "python"
SSLYZE_PROGRAM = SSLYZE_PYTHON.with_name("sslyze")
NAME = "api.halfshake.test"
