"""What several tests of the monitor need."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from halfshake.commands.watching import CheckReader


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each target was judged, by its text with its number."""
    counted: Counter[str] = Counter()
    judge = CheckReader.judge

    async def counting(self: CheckReader, result: Any, kind: Any, **more: Any) -> Any:
        counted[result.target.text] += 1
        return await judge(self, result, kind, **more)

    monkeypatch.setattr(CheckReader, "judge", counting)
    return counted
