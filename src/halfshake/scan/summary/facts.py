"""From the tally of a scan to what a summary shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake.report.scan_summary.facts import Leaf, ScanSummary
from halfshake.scan.summary.tally import EXPIRED, LATER, OTHERS

if TYPE_CHECKING:
    from collections import Counter

    from halfshake.scan.run import Ended


def summary_of(ended: Ended, output: str) -> ScanSummary:
    """What people want to see of a scan."""
    tally, manifest = ended.tally, ended.manifest
    counts = tally.counts
    at = datetime.fromisoformat(manifest["began"])
    weeks = counts["weeks"]
    done = counts["outcomes"].total()
    return ScanSummary(
        where=output if ended.complete or output.endswith("/") else f"{output}.partial",
        at=at,
        seconds=(datetime.fromisoformat(manifest["ended"]) - at).total_seconds(),
        targets=done,
        lines=manifest["lines"],
        repeated=manifest["repeated"],
        withheld=manifest["withheld"],
        outcomes=_ranked(counts["outcomes"]),
        statuses=_ranked(counts["statuses"]),
        reasons=_ranked(counts["reasons"]),
        findings=_ranked(counts["findings"]),
        versions=_ranked(counts["versions"]),
        issuers=_ranked(counts["issuers"]),
        client_auth=_ranked(counts["client_auth"]),
        weeks=tuple(sorted((w, n) for w, n in weeks.items() if w not in {EXPIRED, LATER})),
        expired=weeks[EXPIRED],
        later=weeks[LATER],
        soonest=tuple(
            Leaf(datetime.fromtimestamp(moment, UTC), target, subject)
            for moment, target, subject in tally.soonest
        ),
        asking=tuple(tally.asking),
        stopped=tuple(tally.stopped),
    )


def _ranked(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    """The most frequent first; what is left together stands last."""
    ranked = sorted(
        ((name, count) for name, count in counted.items() if count and name != OTHERS),
        key=lambda item: (-item[1], item[0]),
    )
    shown, rest = ranked[:MOST_SHOWN], sum(count for _, count in ranked[MOST_SHOWN:])
    rest += counted[OTHERS]
    return (*shown, (OTHERS, rest)) if rest else tuple(shown)


MOST_SHOWN = 20
