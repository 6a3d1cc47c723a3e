"""An estate of made-up endpoints: readings and verdicts as the monitor would have them.

No server stands behind them and no signature is made, so there may be ten thousand in seconds.
"""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from halfshake.certificate import PresentedCertificate
from halfshake.errors import FailureReason, Phase
from halfshake.history.visit import USUAL, Reading, Visit
from halfshake.observation import (
    ClientAuth,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    ProbeFailure,
    Timings,
)
from halfshake.report.jsonlines import failure_line, reading_line
from halfshake.target import Target
from halfshake.trust.clients.client_verdict import ClientVerdict
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.findings import Severity, found
from halfshake.trust.policy import Policy
from halfshake.trust.status import Status
from halfshake.trust.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from halfshake.history.tables.writer import Writer

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)

SERVICES = (
    "payments", "orders", "billing", "ledger", "stock", "shipping", "accounts", "search", "mail",
    "reports", "identity", "tokens", "archive", "quotes", "fraud", "cards", "notify", "gateway",
)  # fmt: skip
TEAMS = ("checkout", "platform", "risk")
PLACES = ("fra", "ams", "iad", "sin")
ISSUERS = (
    ("CN=Corp Issuing CA 3,O=Example Corp,C=DE", "CN=Corp Root CA,O=Example Corp,C=DE", 90),
    ("CN=Partner Services CA,O=Partner AG,C=CH", "CN=Partner Root,O=Partner AG,C=CH", 397),
    ("CN=Mesh CA,O=Example Corp", "CN=Corp Root CA,O=Example Corp,C=DE", 6),
    ("CN=R12,O=Let's Encrypt,C=US", "CN=ISRG Root X1,O=Internet Security Research,C=US", 47),
)


def visits(count: int, now: datetime = NOW) -> Iterator[Visit]:
    """So many targets, always the same ones; a few have been late to renew, a few do not answer."""
    dice = random.Random(42)
    for number in range(count):
        service, place = SERVICES[number % 18], PLACES[number // 18 % 4]
        name = f"{service}{number // 72 or ''}.{place}.corp.example"
        issuer, root, days = ISSUERS[dice.choices(range(4), (10, 4, 3, 3))[0]]
        lifetime = timedelta(days=days)
        late = dice.random() < (0.05 if number > 10 else 0.4)
        age = lifetime * (dice.uniform(0.67, 1.02) if late else dice.uniform(0.0, 0.66))
        chain = (
            certificate(f"CN={name}", issuer, now - age, now - age + lifetime, (name,)),
            certificate(issuer, root, now - timedelta(400), now + timedelta(700)),
        )
        at = now - timedelta(seconds=dice.randrange(1, 60))
        address = f"10.{dice.randrange(40)}.{dice.randrange(256)}.{dice.randrange(1, 255)}:443"
        silent = dice.random() < 0.008 or number == 7
        yield visit(name, failed(name, at, address) if silent else read(name, chain, at, address),
                    tags=(("team", TEAMS[number % 3]),))  # fmt: skip


def visit(
    name: str, *readings: Reading, kind: str = USUAL, tags: tuple[tuple[str, str], ...] = ()
) -> Visit:
    """What the monitor hands over."""
    return Visit(f'target="{name}"', name, tags, kind, (kind,), readings)


def certificate(
    subject: str,
    issuer: str,
    not_before: datetime,
    not_after: datetime,
    names: tuple[str, ...] = (),
) -> PresentedCertificate:
    """One certificate of a chain; its bytes are no certificate, but its own."""
    not_before, not_after = (each.replace(microsecond=0) for each in (not_before, not_after))
    der = f"{subject}{issuer}{not_after}".encode("utf-8", "surrogatepass")
    sha256 = hashlib.sha256(der).hexdigest()
    return PresentedCertificate(
        der=der,
        sha256=sha256,
        subject=subject,
        issuer=issuer,
        serial=sha256[:32],
        spki_sha256=hashlib.sha256(der * 2).hexdigest(),
        not_before=not_before,
        not_after=not_after,
        dns_names=names,
        key_type="ECDSA secp256r1",
        key_bits=256,
        signature_algorithm="ecdsa-with-SHA256",
    )


def read(
    name: str,
    chain: tuple[PresentedCertificate, ...],
    at: datetime,
    address: str = "192.0.2.7:443",
    policy: Policy | None = None,
) -> Reading:
    """A reading, with the verdict of the default policy on its dates."""
    leaf, policy = chain[0], policy or Policy()
    assert leaf.not_before is not None
    assert leaf.not_after is not None
    lifetime, left = leaf.not_after - leaf.not_before, leaf.not_after - at
    warning, critical = policy.warning_left(lifetime), policy.critical_left(lifetime)
    days = left / timedelta(days=1)
    findings = []
    if left < timedelta(0):
        findings.append(found("expired", f"the certificate expired {-days:.1f} days ago"))
    elif left < warning:
        severity = Severity.critical if left < critical else Severity.warning
        message = f"the certificate expires in {days:.1f} days"
        findings.append(found("expires-soon", message, severity=severity))
    worst = max((finding.severity for finding in findings), default=Severity.info)
    status = {Severity.info: Status.ok, Severity.warning: Status.warning}.get(
        worst, Status.critical
    )
    verdict = Verdict(
        status=status,
        trusted=True,
        judged_by="openssl",
        name_matches=True,
        not_after=leaf.not_after,
        seconds_left=left.total_seconds(),
        lifetime_ratio_left=left / lifetime,
        path_not_after=leaf.not_after,
        path_seconds_left=left.total_seconds(),
        path_dies_first=leaf.subject,
        path=chain,
        clients=tuple(
            ClientVerdict(family.profile, family.clients, accepts=True, reason="")
            for family in FAMILIES.values()
        ),
        findings=tuple(findings),
        warning_left=warning,
        critical_left=critical,
    )
    return Reading(observation(name, chain, at, address), verdict, status.value)


def observation(
    name: str, chain: tuple[PresentedCertificate, ...], at: datetime, address: str
) -> Observation:
    """What was seen."""
    return Observation(
        target=Target(name, name, 443, name),
        observed_at=at,
        address=address,
        tls_version="TLSv1.3",
        cipher_suite="TLS_AES_256_GCM_SHA384",
        named_group="x25519",
        client_auth=ClientAuth(
            requested=True,
            acceptable_cas=("CN=Client CA,O=Example Corp",),
            signature_schemes=("ecdsa_secp256r1_sha256",),
        ),
        key_possession=KeyPossessionEvidence(KeyPossession.proven),
        chain=chain,
        timings=Timings(connect=1.2, flight=8.1, total=9.6),
    )


def failed(name: str, at: datetime, address: str) -> Reading:
    """A server that does not answer."""
    failure = ProbeFailure(
        target=Target(name, name, 443, name),
        observed_at=at,
        phase=Phase.connect,
        reason=FailureReason.deadline_exceeded,
        detail=f"{address} did not answer within 10 s",
        timings=Timings(total=10_000.0),
        address=address,
    )
    return Reading(failure, None, "unknown")


def line(reading: Reading) -> str:
    """The result document of a reading."""
    if isinstance(reading.result, ProbeFailure):
        return failure_line(reading.result, Status.unknown)
    assert reading.verdict is not None
    return reading_line(reading.result, reading.verdict)


def lines(count: int, now: datetime = NOW) -> list[str]:
    """The result documents of so many targets."""
    return [line(reading) for each in visits(count, now) for reading in each.readings]


def record(writer: Writer, told: Sequence[Visit]) -> None:
    """Write visits into a history, without its thread."""
    for each in told:
        writer.take(each, None)
