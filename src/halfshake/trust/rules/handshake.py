"""What a server's handshake says about the server, whatever its certificate is like.

Its oddities, a flight that ends too early, and a first hello that it does not tolerate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.observation import Alert, Ending
from halfshake.trust.findings import Finding, found

if TYPE_CHECKING:
    from halfshake.observation import BrokenOff, FirstHello, Observation


def handshake_findings(observation: Observation) -> list[Finding]:
    """One finding for each thing that is not as it should be."""
    broken_off, first_hello = observation.broken_off, observation.first_hello
    findings = [found(oddity.kind.value, oddity.seen) for oddity in observation.oddities]
    if broken_off is not None:
        findings.append(_broken_off(broken_off))
    if first_hello is not None:
        findings.append(_intolerant(first_hello))
    return findings


def _broken_off(broken_off: BrokenOff) -> Finding:
    how = _HOW[broken_off.end] + _named(broken_off.alert)
    return found(
        "flight-broken-off",
        f"after its {broken_off.after} the server {how}: no client gets further",
        {"after": broken_off.after, **_evidence(broken_off.end, broken_off.alert)},
    )


def _intolerant(first: FirstHello) -> Finding:
    how = _HOW[first.end] + _named(first.alert)
    message = (
        f"the server {how} after an ordinary ClientHello, but answers a plainer one, "
        f"without {_listed(first.left_out)}"
    )
    evidence = {"left_out": ", ".join(first.left_out), **_evidence(first.end, first.alert)}
    if first.at_fault:
        message += f"; it does not tolerate {_listed(first.at_fault)}"
        evidence["at_fault"] = ", ".join(first.at_fault)
    return found("intolerant-server", message, evidence)


def _evidence(end: Ending, alert: Alert | None) -> dict[str, str | int | float]:
    return {"end": end.value} | ({} if alert is None else {"alert": alert.number})


def _named(alert: Alert | None) -> str:
    return "" if alert is None else f" {alert.name} ({alert.number})"


def _listed(names: tuple[str, ...]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


_HOW = {
    Ending.alert: "sends the alert",
    Ending.closed: "closes the connection",
    Ending.reset: "resets the connection",
    Ending.deadline: "says nothing more until the deadline",
}
