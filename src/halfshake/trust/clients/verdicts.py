"""Who else would take this chain: OpenSSL clients, Python from 3.13, and Web PKI clients.

The first decide (design: the API's own clients do). The others are a second opinion, so that a
chain that only some clients take is known before they are the ones that call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.clients.openssl import (
    OPENSSL_CLIENTS,
    STRICT_CLIENTS,
    of_openssl,
    strict_clients_reject,
)
from halfshake.trust.clients.web_pki import web_pki_verdict
from halfshake.trust.findings import Finding, found
from halfshake.trust.openssl.asking import Profile, openssl_verdict

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.openssl.asking import OpenSslVerdict
    from halfshake.trust.store import TrustStore


def client_verdicts(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
    now: datetime,
    answer: OpenSslVerdict,
) -> tuple[tuple[ClientVerdict, ...], list[Finding]]:
    """Ask each kind of client; findings say who rejects what OpenSSL clients take."""
    strict = openssl_verdict(
        chain, store, reference_identifier="", now=now, profile=Profile(strict=True)
    )._replace(name_matches=answer.name_matches)
    web_pki = web_pki_verdict(chain, store, reference_identifier, now)
    verdicts = (
        of_openssl("openssl", OPENSSL_CLIENTS, answer),
        of_openssl("openssl-strict", STRICT_CLIENTS, strict),
        web_pki,
    )
    findings: list[Finding] = []
    if answer.trusted and strict.trusted is False:
        findings.append(strict_clients_reject(strict, answer.path, store))
    # A name or a date that OpenSSL clients reject as well has its own finding.
    if answer.trusted and answer.name_matches and web_pki.accepts is False:
        findings.append(
            found("web-pki-clients-reject", f"Web PKI clients reject this chain: {web_pki.reason}")
        )
    return verdicts, findings
