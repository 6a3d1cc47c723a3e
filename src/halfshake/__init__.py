"""Halfshake: read a TLS server's certificate without a client certificate, and judge it.

    import halfshake

    target = halfshake.parse_target("api.example.com")
    result = await halfshake.probe(target)          # or halfshake.probe_blocking(target)
    if isinstance(result, halfshake.Observation):
        verdict = halfshake.judge(result, halfshake.load_trust_store(["corp-ca.pem"]))
        print(verdict.days_left, verdict.trusted, result.client_auth.requested)

`probe` never raises because of the network: it returns an `Observation` or a `ProbeFailure`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from halfshake.version import __version__

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.dial.route import Route
    from halfshake.errors import HalfshakeError, UsageError
    from halfshake.inputs.target_text import parse_target
    from halfshake.inputs.trust_stores import load_trust_store
    from halfshake.observation import ClientAuth, Enforcement, Observation, ProbeFailure
    from halfshake.reading.probe import probe, probe_blocking
    from halfshake.target import Target
    from halfshake.trust.findings import Finding, Severity
    from halfshake.trust.policy import ExpectedClientAuth, Policy
    from halfshake.trust.status import Status
    from halfshake.trust.store import TrustStore
    from halfshake.trust.verdict import Verdict

__all__ = [
    "ClientAuth",
    "Enforcement",
    "ExpectedClientAuth",
    "Finding",
    "HalfshakeError",
    "Observation",
    "Policy",
    "PresentedCertificate",
    "ProbeFailure",
    "Route",
    "Severity",
    "Status",
    "Target",
    "TrustStore",
    "UsageError",
    "Verdict",
    "__version__",
    "judge",
    "load_trust_store",
    "parse_target",
    "probe",
    "probe_blocking",
]

# Python imports this file before any other of the package, for the command line too. So each name
# is imported when somebody first asks for it (PEP 562).
_HOMES = {
    "ClientAuth": "observation",
    "Enforcement": "observation",
    "ExpectedClientAuth": "trust.policy",
    "Finding": "trust.findings",
    "HalfshakeError": "errors",
    "Observation": "observation",
    "Policy": "trust.policy",
    "PresentedCertificate": "certificate",
    "ProbeFailure": "observation",
    "Route": "dial.route",
    "Severity": "trust.findings",
    "Status": "trust.status",
    "Target": "target",
    "TrustStore": "trust.store",
    "UsageError": "errors",
    "Verdict": "trust.verdict",
    "load_trust_store": "inputs.trust_stores",
    "parse_target": "inputs.target_text",
    "probe": "reading.probe",
    "probe_blocking": "reading.probe",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value  # the next time Python finds it without asking here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def judge(
    observation: Observation,
    store: TrustStore | None = None,
    *,
    policy: Policy | None = None,
    now: datetime | None = None,
    earlier: Observation | None = None,
) -> Verdict:
    """Judge a reading; by default now, with the system's trust store and default thresholds.

    `now` must be aware; an `earlier` reading of the same target is compared with this one. Raises
    TrustStoreInvalid if the system has no trust store.
    """
    # As above: only who judges waits for these.
    from datetime import UTC, datetime  # noqa: PLC0415

    from halfshake.inputs.trust_stores import load_trust_store  # noqa: PLC0415
    from halfshake.trust.policy import Policy  # noqa: PLC0415
    from halfshake.trust.verdict import judge  # noqa: PLC0415

    return judge(
        observation,
        load_trust_store() if store is None else store,
        policy or Policy(),
        now or datetime.now(UTC),
        earlier=earlier,
    )
