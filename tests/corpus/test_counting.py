"""`--clients` decides whose refusal counts; without it, OpenSSL's does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from corpus.all_cases import CASES
from halfshake.certificate import read_certificate
from halfshake.errors import UsageError
from halfshake.inputs.judging_text import parse_clients
from halfshake.trust.findings import Severity
from halfshake.trust.policy import Policy
from halfshake.trust.status import Status
from halfshake.trust.store import trust_store_from_pem
from halfshake.trust.verdict import Verdict, judge
from pki import Authority
from trust.observations import observed


def _judged(case_name: str, *clients: str) -> Verdict:
    case = CASES[case_name]
    any_reading = observed(*Authority.root().issue(case.server_name).chain, name=case.server_name)
    seen = any_reading._replace(chain=tuple(read_certificate(der) for der in case.presented))
    store = trust_store_from_pem(case.ca_file, "ca.pem")
    return judge(seen, store, Policy(clients=clients), datetime.now(UTC))


@pytest.mark.parametrize(
    ("case_name", "clients", "status"),
    [
        ("common name alone", (), Status.warning),  # cn-only
        ("common name alone", ("java",), Status.warning),
        ("common name alone", ("java", "go"), Status.critical),
        ("common name alone", ("web-pki",), Status.critical),
        ("root without keyUsage", (), Status.ok),
        ("root without keyUsage", ("openssl-strict",), Status.critical),
        ("store of the intermediate alone", (), Status.ok),
        ("store of the intermediate alone", ("openssl-no-partial-chain",), Status.critical),
        ("RSA-1024 root", (), Status.critical),
        ("RSA-1024 root", ("go", "java"), Status.ok),
        ("RSA-1024 root", ("go", "openssl"), Status.critical),
        ("RSA-1024 root", ("go", "rustls"), Status.critical),
        ("UTCTime with an offset", ("go",), Status.critical),  # not known: OpenSSL's word
    ],
)
def test_the_named_families_count(case_name: str, clients: tuple[str, ...], status: Status) -> None:
    """A refusal by one of them is critical; OpenSSL's is information if all of them accept."""
    assert _judged(case_name, *clients).status is status


def test_what_does_not_count_is_still_told() -> None:
    """OpenSSL's refusal stays among the findings, and `trusted` stays OpenSSL's word."""
    verdict = _judged("RSA-1024 root", "go")
    assert verdict.trusted is False
    assert {"weak-key": Severity.info}.items() <= {
        finding.code: finding.severity for finding in verdict.findings
    }.items()


def test_families_are_read_from_text() -> None:
    """Divided by commas, in any case; a name that is none is refused with all that there are."""
    assert parse_clients("Go, java") == ("go", "java")
    for text in ("curl", "go,firefox", ","):
        with pytest.raises(UsageError, match="openssl-no-partial-chain"):
            parse_clients(text)
