"""A certificate that was seen is reported, whatever ends the flight behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.observation import Ending, KeyPossession, Observation, ProbeFailure
from halfshake.reading.probe import probe
from halfshake.report.datadog import failure_told
from halfshake.stored.saved_readings import saved_readings
from halfshake.target import Target
from halfshake.trust.policy import ExpectedClientAuth, Policy
from halfshake.trust.status import Status
from servers.broken_off import BROKEN_OFF, Broken
from servers.flights import (
    CERTIFICATE,
    CERTIFICATE13,
    CREDENTIAL,
    ENCRYPTED_EXTENSIONS,
    HELLO,
    KEY_EXCHANGE,
    LEAF,
    NAME,
    ROOT,
    tls12,
    tls13,
)
from servers.scripted import Script, listening, scripted
from trust.observations import codes, judged

if TYPE_CHECKING:
    from pathlib import Path


async def read(script: Script, timeout_seconds: float = 10) -> Observation | ProbeFailure:
    """One reading, which makes one connection."""
    async with listening(script) as served:
        target = Target(NAME, "127.0.0.1", served.port, NAME)
        result = await probe(target, timeout_seconds=timeout_seconds)
    assert len(served.connections) == 1
    return result


@pytest.mark.parametrize("broken", BROKEN_OFF, ids=lambda broken: broken.name)
async def test_a_flight_that_breaks_off_is_a_reading(broken: Broken) -> None:
    """Its chain, its dates, and what was not seen is unknown, not false."""
    result = await read(broken.script, 0.3 if broken.end is Ending.deadline else 10)
    assert isinstance(result, Observation), result
    assert [certificate.der for certificate in result.chain] == [LEAF]
    assert result.tls_version == broken.version
    assert result.client_auth.requested is broken.asks
    assert result.key_possession.status is KeyPossession.unproven
    assert result.broken_off is not None
    assert result.broken_off[:2] == (broken.after, broken.end)
    assert (result.broken_off.alert is not None) == (broken.end is Ending.alert)

    verdict = judged(result, ROOT)
    assert "flight-broken-off" in codes(verdict)
    assert verdict.trusted
    assert verdict.not_after == CREDENTIAL.chain[0].not_valid_after_utc
    message = next(found for found in verdict.findings if found.code == "flight-broken-off").message
    assert f"after its {broken.after} the server" in message


UNKNOWN = next(broken for broken in BROKEN_OFF if broken.asks is None)


@pytest.mark.parametrize("expected", ExpectedClientAuth)
async def test_what_is_not_known_meets_no_expectation_and_breaks_none(
    expected: ExpectedClientAuth,
) -> None:
    """An expectation of client authentication is neither met nor not."""
    result = await read(UNKNOWN.script)
    assert isinstance(result, Observation)
    verdict = judged(result, ROOT, policy=Policy(expected_client_auth=expected))
    assert "client-auth-unknown" in codes(verdict)


def test_every_report_has_the_dates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, the finding, the dates; and `judge` says the same of what was saved."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    options = ["--ca-file", str(tmp_path / "ca.pem")]
    with scripted(UNKNOWN.script) as port:
        arguments = ["check", *options, "--server-name", NAME, f"127.0.0.1:{port}"]
        assert main([*arguments, "--json", "--with-der"]) == 1
        line = capsys.readouterr().out
        assert main([*arguments, "--nagios"]) == 1
        nagios = capsys.readouterr().out
        assert main(arguments) == 1
        page = capsys.readouterr().out
    document = json.loads(line)
    assert document["outcome"] == "read"
    assert document["key_possession"] == "unproven"
    assert "client_auth" not in document
    assert document["broken_off"] == {
        "after": "Certificate",
        "end": "alert",
        "alert": {"number": 80, "name": "internal_error"},
    }
    assert document["verdict"]["days_left"] > 0
    assert "days_left" in nagios
    assert "whether it asks for a client certificate" in nagios
    assert "[flight-broken-off]" in page
    assert "not known: the flight ended" in page

    (tmp_path / "saved.jsonl").write_text(line)
    assert main(["judge", *options, "--json", str(tmp_path / "saved.jsonl")]) == 1
    again = json.loads(capsys.readouterr().out)
    assert again["broken_off"] == document["broken_off"]
    assert "client_auth" not in again
    assert again["verdict"]["findings"] == document["verdict"]["findings"]


VIOLATIONS: dict[str, Script] = {
    "Certificate twice": tls12(HELLO, CERTIFICATE, CERTIFICATE),
    "a curve never offered": tls12(HELLO, CERTIFICATE, KEY_EXCHANGE[:5] + b"\x99" * 200),
    "Certificate twice in TLS 1.3": tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, CERTIFICATE13),
}


@pytest.mark.parametrize("name", list(VIOLATIONS))
def test_a_violation_keeps_the_chain(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is a failure, and the dates that were seen are named, as unproven."""
    with scripted(VIOLATIONS[name]) as port:
        arguments = ["check", "--server-name", NAME, f"127.0.0.1:{port}"]
        assert main([*arguments, "--json", "--with-der"]) == 3
        line = capsys.readouterr().out
        assert main([*arguments, "--nagios"]) == 3
        nagios = capsys.readouterr().out
        assert main(arguments) == 3
        page = capsys.readouterr().out
    document = json.loads(line)
    assert document["outcome"] == "failed"
    ends = f"{CREDENTIAL.chain[0].not_valid_after_utc:%Y-%m-%d}"
    assert document["chain"][0]["not_after"].startswith(ends)
    assert "before showing" not in document["failure"]["detail"]
    for text in nagios, page:
        assert ends in text
        assert "unproven" in text

    (failure,) = saved_readings([line], "saved", pytest.fail)
    assert isinstance(failure, ProbeFailure)
    assert [certificate.der for certificate in failure.chain] == [LEAF]
    told = failure_told(failure, Status.unknown)
    assert {metric.name: metric.value for metric in told.metrics} == {
        "can_connect": 1.0,
        "cert_read": 0.0,
        "status": 3.0,
    }
    validation = next(check for check in told.service_checks if check.name == "cert_validation")
    assert ends in validation.message
    assert "unproven" in validation.message

    saved = tmp_path / "saved.jsonl"
    saved.write_text(line)
    assert main(["judge", str(saved)]) == 3
    assert ends in capsys.readouterr().out
