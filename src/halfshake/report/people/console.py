"""The page for people: what was seen, what we think of it, and what to do next.

Everything that a server sent is printed through `printable`: a certificate must not control the
terminal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from halfshake.observation import KeyPossession
from halfshake.report.failure_guide import failure_advice
from halfshake.report.people.seen import seen_unproven
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.findings import Severity
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn, TextIO

    from halfshake.observation import ClientAuth, FacesRead, Observation, ProbeFailure
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.comparison import Summary
    from halfshake.trust.findings import Finding
    from halfshake.trust.rules.client_cas import AcceptableCa
    from halfshake.trust.verdict import Verdict


class Page:
    """Prints each result in full."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Print one reading and its verdict."""
        target = observation.target
        self._headline(named(observation), verdict.status, _summary(verdict))
        end_entity = observation.end_entity
        self._fact("certificate", _name(end_entity.subject))
        self._fact("for", ", ".join(end_entity.dns_names + end_entity.ip_addresses) or "-")
        self._fact("issued by", _name(end_entity.issuer))
        if verdict.not_after is not None and end_entity.not_before is not None:
            dates = f"{end_entity.not_before:%Y-%m-%d} to {verdict.not_after:%Y-%m-%d %H:%M} UTC"
            self._fact("valid", f"{dates}  ({_days(verdict)})")
        if verdict.path_not_after and verdict.path_not_after != verdict.not_after:
            dies = f"{verdict.path_dies_first}, on {verdict.path_not_after:%Y-%m-%d}"
            self._fact("path", f"the first to expire is {dies}")
        self._fact("trusted", _yes(verdict.trusted))
        for label, families in _accepted_by(verdict.clients):
            self._fact(label, families)
        asked = f"asked for {target.server_name}" if target.server_name else "no name to check"
        self._fact("name", f"{_yes(verdict.name_matches)}, {asked}")
        self._fact("key", f"{_key(observation)}, possession {_possession(observation)}")
        self._fact("sha256", end_entity.sha256)
        if observation.tls_version is not None:
            self._fact("client", _client_auth(observation.client_auth))
        if observation.client_auth.enforcement is not None:
            self._fact("enforcement", _enforcement(observation.client_auth))
        if verdict.acceptable_cas:
            self._fact("client CAs", _acceptable_cas(verdict.acceptable_cas))
        for partner in verdict.partners:
            answer = _LET_IN[partner.accepted]
            self._fact("partner", f"{partner.name} ({partner.subject}): {answer}")
        if observation.tls_version is not None:
            self._fact("tls", _tls(observation))
        self._findings(verdict.findings)
        self._console.print()

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Print one failed reading."""
        seen = seen_unproven(failure)
        summary = "the certificate was seen, but nothing proves it" if seen else NOT_READ
        self._headline(named(failure), status, summary)
        if seen is not None:
            self._fact("certificate", seen)
        self._fact("failed in", f"{failure.phase.value} [{failure.reason.value}]")
        self._fact("because", failure.detail)
        if failure.address:
            self._fact("address", failure.address)
        alert = failure.alert
        advice = failure_advice(failure.reason, alert.number if alert else None)
        self._fact("what to do", f"-> {advice}")
        self._console.print()

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Print the comparison of the readings above."""
        count = len(faces.read)
        compared = f"{count} reading{'s' if count != 1 else ''} compared"
        differs = "" if summary.findings else ", nothing differs"
        self._headline(faces.target.text, summary.status, f"{compared}{differs}")
        for label, failures in (("absent", faces.absent), ("not read", faces.failed)):
            for failure in failures:
                why = failure.alert.name if failure.alert else failure.reason.value
                self._fact(label, f"{_face(failure)}  ({why})")
        first, last = summary.first_not_after, summary.last_not_after
        if first is not None and last is not None and first != last:
            apart = (last - first) / timedelta(days=1)
            dates = f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, {apart:.1f} days apart"
            self._fact("they expire", dates)
        self._findings(summary.findings)
        self._console.print()

    def _findings(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            style = _SEVERITY_STYLES[finding.severity]
            self._print(f"  {finding.severity.name:<11} ", style, f"{finding.message}")
            self._print(f"  {'':<11} ", "", f"-> {finding.advice}  [{finding.code}]")

    def _headline(self, target: str, status: Status, summary: str) -> None:
        self._print(f"{status.name.upper():<9}", STATUS_STYLES[status], f"{target}: {summary}")

    def _fact(self, label: str, value: str) -> None:
        self._print(f"  {label:<11} ", "dim", value)

    def _print(self, lead: str, style: str, text: str) -> None:
        self._console.print(Text.assemble((lead, style), printable(text)))


def console_for(stream: TextIO, *, terminal: bool | None = None) -> Console:
    """A console on a stream; colour only on a terminal, and not with NO_COLOR."""
    return _Console(file=stream, highlight=False, soft_wrap=True, force_terminal=terminal)


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Let the command end: rich would raise SystemExit, in the midst of the readings."""
        raise BrokenPipeError


def _name(name: str | None) -> str:
    return "unreadable" if name is None else name or "no name"


def named(result: Observation | ProbeFailure) -> str:
    """Name a target, and the face of it."""
    label = result.face.label if result.face else ""
    return f"{result.target.text} ({label})" if label else result.target.text


def _face(failure: ProbeFailure) -> str:
    return (failure.face.label if failure.face else "") or "the usual face"


def _summary(verdict: Verdict) -> str:
    if verdict.not_after is None:
        return "the certificate's dates cannot be read"
    return _days(verdict)


def _days(verdict: Verdict) -> str:
    days = verdict.days_left or 0.0
    if days < 0:
        return f"expired {-days:.1f} days ago"
    return f"{days:.1f} days left"


def _accepted_by(clients: tuple[ClientVerdict, ...]) -> Iterator[tuple[str, str]]:
    """One line where all say the same, or a line for each answer."""
    labels = {
        answer: [FAMILIES[client.profile].label for client in clients if client.accepts is answer]
        for answer in (True, False, None)
    }
    given = [answer for answer, named in labels.items() if named]
    if given == [True]:
        yield "accepted by", f"all clients asked: {', '.join(labels[True])}"
    elif given == [False]:
        yield "accepted by", f"none of the clients asked: {', '.join(labels[False])}"
    else:
        for label, answer in (("accepted by", True), ("rejected by", False), ("not known", None)):
            if labels[answer]:
                yield label, ", ".join(labels[answer])


def _yes(answer: bool | None) -> str:
    return {True: "yes", False: "NO", None: "not known"}[answer]


def _key(observation: Observation) -> str:
    end_entity = observation.end_entity
    bits = f" {end_entity.key_bits} bits" if end_entity.key_bits else ""
    return f"{end_entity.key_type or 'unreadable'}{bits}"


def _possession(observation: Observation) -> str:
    evidence = observation.key_possession
    if evidence.status is KeyPossession.proven:
        return "proven"
    return f"{evidence.status.value} ({evidence.reason})"


def _tls(observation: Observation) -> str:
    group = f", {observation.named_group}" if observation.named_group else ""
    took = f"{observation.timings.total:.0f} ms" if observation.timings.total else ""
    tls = f"{observation.tls_version}, {observation.cipher_suite}{group}"
    return f"{tls}; {observation.address}, {took}"


def _client_auth(client_auth: ClientAuth) -> str:
    if client_auth.requested is None:
        return "not known: the flight ended before the server told whether it asks for one"
    if not client_auth.requested:
        return (
            "does not ask for a client certificate in the handshake; it may do so for some "
            "paths, or on another port"
        )
    count = len(client_auth.acceptable_cas)
    cas = f" and names {count} CA{'s' if count != 1 else ''}" if count else " but names no CA"
    return f"asks for a client certificate{cas}; we sent no certificate, as intended"


def _enforcement(client_auth: ClientAuth) -> str:
    return f"{client_auth.enforcement}: {client_auth.enforcement_reason}"


def _acceptable_cas(listed: tuple[AcceptableCa, ...]) -> str:
    shown = []
    for ca in listed[:MAX_CAS]:
        ends = ca.certificate.not_after if ca.certificate else None
        shown.append(f"{ca.name} (until {ends:%Y-%m-%d})" if ends else ca.name)
    more = f" and {len(listed) - MAX_CAS} more" if len(listed) > MAX_CAS else ""
    return "; ".join(shown) + more


def printable(text: str) -> str:
    """Spell out what a terminal would obey."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


NOT_READ = "the certificate was not read"

# As many as fit; the result document has them all.
MAX_CAS = 5

_LET_IN = {True: "would be let in", False: "would NOT be let in", None: "not known"}
STATUS_STYLES = {
    Status.ok: "bold green",
    Status.warning: "bold yellow",
    Status.critical: "bold red",
    Status.unknown: "bold magenta",
}
_SEVERITY_STYLES = {Severity.info: "cyan", Severity.warning: "yellow", Severity.critical: "red"}
