"""One endpoint to which much has happened; and one whose certificate is written to do harm."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from halfshake.history.visit import Reading
from halfshake.observation import ClientAuth, Enforcement, Face, Observation
from halfshake.trust.clients.client_verdict import ClientVerdict
from halfshake.trust.findings import Severity, found
from halfshake.trust.status import Status
from page.estate import NOW, certificate, failed, read, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfshake.certificate import PresentedCertificate
    from halfshake.history.visit import Visit

NAME = "ledger-core.fra.corp.example"
TAGS = (("team", "payments"), ("tier", "1"))
ISSUER = "CN=Corp Issuing CA 3,O=Example Corp,C=DE"
ROOT = "CN=Corp Root CA,O=Example Corp,C=DE"
# An intermediate that dies before the leaf.
INTERMEDIATE = certificate(ISSUER, ROOT, NOW - timedelta(1700), NOW + timedelta(41, 3000))

HOSTILE_NAME = "hostile.corp.example"
MARKUP = '"><script>document.title="owned"</script><img src=//evil.example/x onerror=alert(1)>'
HOSTILE = (
    f"CN={MARKUP},O=pay\u202egnp.exe\u2066 \x07\x1b[2J{chr(0)}\u200b\u2028,OU={{{{ 7*7 }}}}"
    "javascript:alert(1)\r\nSet-Cookie: a=b"
)


def showcase() -> Iterator[Visit]:
    """Renewed, rolled back, dark and back, renewed on one of two addresses; and a second visit."""
    old = _leaf(-160, -60)
    new = _leaf(-70, 47)
    yield _seen(old, -150)
    yield _seen(old, -75)
    yield _seen(new, -68)
    yield _seen(old, -66.5)
    yield _seen(new, -65)
    for minute in range(4):
        yield visit(
            NAME, failed(NAME, NOW - timedelta(30, -60 * minute), "10.4.1.17:8443"), tags=TAGS
        )
    yield _seen(new, -29.9)
    newest = _leaf(-2, 90)
    yield _seen(new, -0.001)
    faces = [_of("10.4.1.17:8443", new), _of("10.4.1.18:8443", newest)]
    yield visit(NAME, *faces, kind="faces", tags=TAGS)
    yield visit(NAME, second_visit(), kind="enforcement", tags=TAGS)


def _leaf(begins: float, ends: float) -> PresentedCertificate:
    issued = NOW + timedelta(begins), NOW + timedelta(ends)
    names = (NAME, "ledger.corp.example")
    return certificate(f"CN={NAME},O=Example Corp,C=DE", ISSUER, *issued, names)


def _seen(leaf: PresentedCertificate, days: float) -> Visit:
    return visit(NAME, _read(leaf, days), tags=TAGS)


def _read(leaf: PresentedCertificate, days: float, address: str = "10.4.1.17:8443") -> Reading:
    reading = read(NAME, (leaf, INTERMEDIATE), NOW + timedelta(days), address)
    verdict = reading.verdict
    assert verdict is not None
    java = ClientVerdict(
        "java", "Java clients", accepts=False, reason="the root is signed with SHA-1"
    )
    clients = tuple(java if each.profile == "java" else each for each in verdict.clients)
    dies = f"the CA certificate {ISSUER} expires in 41 days, before the server's own"
    findings = (
        found("clients-reject", "Java clients reject this chain: the root is signed with SHA-1"),
        found("path-expires-soon", dies, severity=Severity.warning),
        *verdict.findings,
    )
    told = verdict._replace(
        status=Status.warning,
        path_not_after=INTERMEDIATE.not_after,
        path_dies_first=ISSUER,
        clients=clients,
        findings=findings,
    )
    return Reading(reading.result, told, "warning")


def _of(address: str, leaf: PresentedCertificate) -> Reading:
    reading = _read(leaf, -0.0005, address)
    assert isinstance(reading.result, Observation)
    host = address.partition(":")[0]
    return reading._replace(result=reading.result._replace(face=Face(address=host)))


def second_visit() -> Reading:
    """What a client without a certificate met."""
    reading = _read(_leaf(-70, 47), -0.0008)
    assert isinstance(reading.result, Observation)
    client_auth = ClientAuth(
        requested=True,
        acceptable_cas=("CN=Client CA,O=Example Corp", "CN=Partner Clients,O=Partner AG"),
        enforcement=Enforcement.tls_required,
        enforcement_reason="it answered the empty certificate with the alert certificate_required",
    )
    return reading._replace(result=reading.result._replace(client_auth=client_auth))


def hostile() -> Visit:
    """Markup, controls, turned writing and template syntax, wherever a server may choose a text."""
    leaf = certificate(
        HOSTILE, HOSTILE, NOW - timedelta(1), NOW + timedelta(3), (MARKUP, "x" * 9000)
    )
    reading = read(HOSTILE_NAME, (leaf, leaf._replace(der=b"2", sha256="cd" * 32)), NOW)
    assert isinstance(reading.result, Observation)
    assert reading.verdict is not None
    result = reading.result._replace(
        client_auth=ClientAuth(requested=True, acceptable_cas=(HOSTILE, MARKUP)),
    )
    bad = found("name-mismatch", f"the certificate is for {HOSTILE}", advice=MARKUP)
    clients = (ClientVerdict("go", MARKUP, accepts=False, reason=HOSTILE),)
    verdict = reading.verdict._replace(
        findings=(bad,), clients=clients, status=Status.critical, trusted=False
    )
    return visit(HOSTILE_NAME, Reading(result, verdict, "critical"), tags=(("note", MARKUP),))
