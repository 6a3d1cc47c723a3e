#!/usr/bin/env python3
"""Runs one fuzzer under atheris: `run.py --mode=MODE [libFuzzer options] [corpus folders]`.

libFuzzer starts this file again to minimise a corpus, so the mode must stay among its arguments; it
ignores arguments that begin with two dashes.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "fuzz"), str(ROOT / "tests")]

with atheris.instrument_imports(include=["halfshake"]):
    from harness import MODES
    from mutation import mutate_messages

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Fuzz until the options say stop."""
    mode = next(name for name in MODES if f"--mode={name}" in sys.argv)
    judge = MODES[mode]

    def one_input(data: bytes) -> None:
        judge(data)

    atheris.Setup(sys.argv, one_input, **_mutator(mode))
    atheris.Fuzz()


def _mutator(mode: str) -> dict[str, Callable[[bytes, int, int], bytes]]:
    if mode != "messages":
        return {}

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        # Half of the time use libFuzzer's own mutations, which know what was compared with what.
        if random.Random(seed).random() < 0.5:
            mutated: bytes = atheris.Mutate(data, size)
            return mutated
        return mutate_messages(data, size, seed)

    return {"custom_mutator": mutate}


if __name__ == "__main__":
    main()
