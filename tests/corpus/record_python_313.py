"""Asks a live Python 3.13 about every case, and writes its answers to python_313.json."""

from __future__ import annotations

import json
from pathlib import Path

from corpus.all_cases import ALL_CASES
from corpus.judges import python_313_answers

answers = python_313_answers(ALL_CASES)
recorded = {case.name: answer for case, answer in zip(ALL_CASES, answers, strict=True)}
text = json.dumps(recorded, indent=0, ensure_ascii=False)
(Path(__file__).parent / "python_313.json").write_text(text + "\n")
