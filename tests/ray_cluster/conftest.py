"""These tests need Ray: `make ray-test` runs them in an environment that has it."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("ray") is None:
    collect_ignore_glob = ["test_*.py"]
