"""Where the benchmark's files are, and the name that its one-name servers have."""

from __future__ import annotations

from pathlib import Path

BENCH = Path(__file__).parent
PEERS = BENCH / ".peers"
PAGE = BENCH.parent / "docs" / "benchmarks.md"
AGENT_PYTHON = BENCH.parent / ".venv-datadog" / "bin" / "python"
AGENT_READY = BENCH.parent / ".venv-datadog" / ".dev"
LAST_RESULTS = PEERS / "results.json"
SSLYZE_PYTHON = PEERS / "venv" / "bin" / "python"
SSLYZE_PROGRAM = SSLYZE_PYTHON.with_name("sslyze")
NAME = "api.halfshake.test"
