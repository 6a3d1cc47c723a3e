"""One line of status with performance data, for Nagios, Icinga, Sensu and Checkmk.

The Monitoring Plugins' guidelines: `SERVICE STATUS - text|perfdata`, further lines for people, and
'label'=value[unit];warn;crit;min;max, where a threshold "14:" means "alert below 14". A value that
was not read is left out. Several targets give one status, the worst, followed by a line for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.people.seen import seen_unproven
from halfshake.trust.rules.dates import SECONDS_PER_DAY
from halfshake.trust.status import STATUS_ORDER, Status, worst_status

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import TextIO

    from halfshake.observation import FacesRead, Observation, ProbeFailure, Timings
    from halfshake.trust.comparison import Summary
    from halfshake.trust.findings import Finding
    from halfshake.trust.verdict import Verdict


class _Result(NamedTuple):
    target: str
    status: Status
    text: str
    perfdata: tuple[tuple[str, str], ...]


class Nagios:
    """Collects results, and prints one status at the end, in the form that Nagios reads."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._results: list[_Result] = []
        self._summaries: list[_Result] = []

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Take one reading and its verdict."""
        target = _named(observation)
        self._results.append(
            _Result(
                target,
                verdict.status,
                _text(observation, verdict),
                _perfdata(verdict, observation.timings),
            )
        )

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Take one failed reading; it has no performance data."""
        text = f"{failure.detail} [{failure.reason.value}]"
        if (seen := seen_unproven(failure)) is not None:
            text = f"{text}; seen before: {seen}"
        self._results.append(_Result(_named(failure), status, text, ()))

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Take the comparison of the readings before."""
        text = f"{len(faces.read)} readings compared"
        if summary.findings:
            text = f"{text}; {_findings(summary.findings)}"
        self._summaries.append(_Result(faces.target.text, summary.status, text, ()))

    def finish(self, *, interrupted: bool) -> None:
        """Print the status line, and a line for each target if there are several."""
        results = sorted(self._results, key=lambda result: -STATUS_ORDER.index(result.status))
        summaries = sorted(self._summaries, key=lambda result: -STATUS_ORDER.index(result.status))
        status = worst_status(result.status for result in (*results, *summaries))
        if interrupted:
            status = worst_status((status, Status.unknown))
        single = len(results) == 1 and not interrupted
        what = "readings" if summaries else "targets"
        summary = _line(results[0]) if single else _summary(results, what, interrupted=interrupted)
        differing = [result for result in summaries if result.status is not Status.ok]
        summary = "; ".join((summary, *map(_line, differing)))
        perfdata = " ".join(
            f"'{label if single else f'{_label(result.target)} {label}'}'={value}"
            for result in results
            for label, value in result.perfdata
        )
        head = f"HALFSHAKE {status.name.upper()} - {summary}"
        print(f"{head}|{perfdata}" if perfdata else head, file=self._stream)
        if not single:
            for result in (*summaries, *results):
                print(f"{result.status.name.upper()} {_line(result)}", file=self._stream)
        self._stream.flush()


def _text(observation: Observation, verdict: Verdict) -> str:
    left = "has dates that cannot be read"
    if verdict.not_after is not None and verdict.days_left is not None:
        day = f"{verdict.not_after:%Y-%m-%d %H:%M} UTC"
        days = verdict.days_left
        left = f"expires in {days:.1f} days" if days >= 0 else f"expired {-days:.1f} days ago"
        left = f"{left} ({day})"
    end_entity = observation.end_entity
    names = (end_entity.subject, *end_entity.dns_names, "unreadable certificate")
    name = next(name for name in names if name)
    text = f"{name} {left}"
    if observation.tls_version is not None:
        asks = _ASKS[observation.client_auth.requested]
        text = f"{text}, {observation.tls_version}, {asks} a client certificate"
    if observation.client_auth.enforcement is not None:
        text = f"{text} ({observation.client_auth.enforcement})"
    return f"{text}; {_findings(verdict.findings)}" if verdict.findings else text


def _findings(findings: tuple[Finding, ...]) -> str:
    # The worst come first; a status line has room only for what matters most.
    return "; ".join(f"{finding.message} [{finding.code}]" for finding in findings)


def _named(result: Observation | ProbeFailure) -> str:
    label = result.face.label if result.face else ""
    return f"{result.target.text} ({label})" if label else result.target.text


def _perfdata(verdict: Verdict, timings: Timings) -> tuple[tuple[str, str], ...]:
    values: list[tuple[str, str]] = []
    thresholds = f"{_below(verdict.warning_left)};{_below(verdict.critical_left)}"
    if verdict.days_left is not None:
        values.append(("days_left", f"{verdict.days_left:.3f};{thresholds};;"))
    if verdict.path_seconds_left is not None:
        days = verdict.path_seconds_left / SECONDS_PER_DAY
        values.append(("path_days_left", f"{days:.3f};;;;"))
    if timings.total is not None:
        values.append(("time", f"{timings.total / 1000:.6f}s;;;0;"))
    return tuple(values)


def _below(left: timedelta | None) -> str:
    return "" if left is None else f"{left.total_seconds() / SECONDS_PER_DAY:g}:"


def _summary(results: list[_Result], what: str, *, interrupted: bool) -> str:
    counts = [
        f"{sum(result.status is status for result in results)} {status.value}"
        for status in reversed(STATUS_ORDER)
        if any(result.status is status for result in results)
    ]
    stopped = "interrupted after " if interrupted else ""
    return f"{stopped}{len(results)} {what}" + (f": {', '.join(counts)}" if counts else "")


def _line(result: _Result) -> str:
    return _safe(f"{result.target}: {result.text}")


def _safe(text: str) -> str:
    # A bar would begin the performance data, and a line end would begin a new line.
    return "".join(char if char.isprintable() else " " for char in text).replace("|", "/")


def _label(target: str) -> str:
    return _safe(target).replace("'", "").replace("=", "")


_ASKS = {
    True: "asks for",
    False: "does not ask for",
    None: "ended its flight before it told whether it asks for",
}
