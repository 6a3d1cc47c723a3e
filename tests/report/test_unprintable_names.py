"""Names chosen by a server in our reports: they neither break a line nor control the terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from cryptography import x509

from halfshake.certificate import read_certificate
from halfshake.observation import (
    ClientAuth,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    Timings,
)
from halfshake.report.jsonlines import reading_line
from halfshake.report.nagios import Nagios
from halfshake.report.people.console import Page, console_for
from halfshake.report.scan_summary.facts import Leaf, ScanSummary
from halfshake.report.scan_summary.page import summary_page
from halfshake.target import Target
from halfshake.trust.policy import Policy
from halfshake.trust.store import TrustStore
from halfshake.trust.verdict import judge
from pki import Authority
from servers.flights import DONE, HELLO, KEY_EXCHANGE, tls12
from servers.scripted import scripted
from tls_peer import certificate_tls12

# CSI without an escape, NEL, LINE SEPARATOR, RIGHT-TO-LEFT OVERRIDE, a language tag, DELETE
UNPRINTABLE = "a\x9b31m\x85b\u2028c\u202ed\U000e0001e\x7f"
NOW = datetime.now(UTC)


def reading(subject: x509.Name, authority: str) -> Observation:
    """A reading of a certificate with this subject, by a server that asks for this CA."""
    certificate = Authority.root().issue("a.test", subject=subject).leaf_der
    return Observation(
        target=Target("a.test", "a.test", 443, "a.test"),
        observed_at=NOW,
        address="192.0.2.7:443",
        tls_version="TLSv1.3",
        cipher_suite="TLS_AES_128_GCM_SHA256",
        named_group="x25519",
        client_auth=ClientAuth(requested=True, acceptable_cas=(authority,)),
        key_possession=KeyPossessionEvidence(KeyPossession.proven),
        chain=(read_certificate(certificate),),
        timings=Timings(total=1.0),
    )


def reports(observation: Observation) -> tuple[str, str, str]:
    """The JSON line, the page and Nagios's line."""
    verdict = judge(observation, TrustStore((), ()), Policy(), NOW)
    page, nagios = io.StringIO(), io.StringIO()
    Page(console_for(page)).reading(observation, verdict)
    report = Nagios(nagios)
    report.reading(observation, verdict)
    report.finish(interrupted=False)
    return reading_line(observation, verdict), page.getvalue(), nagios.getvalue()


def test_unprintable_names_stay_on_their_line() -> None:
    """JSON escapes them, so nothing is lost; the other reports print a replacement."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, UNPRINTABLE)])
    line, page, nagios = reports(reading(name, f"CN={UNPRINTABLE}\ud800é"))
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    document = json.loads(line)
    assert document["chain"][0]["subject"] == f"CN={UNPRINTABLE}"
    assert document["client_auth"]["acceptable_cas"] == [f"CN={UNPRINTABLE}\ud800é"]
    assert "é" in line
    for text in (page, nagios):
        assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("output", ["--json", "--nagios", None])
def test_a_standard_output_that_knows_no_such_letter(output: str | None, encoding: str) -> None:
    """Unwritable characters are escaped: a name must not end the run of all other targets."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "é中😀")])
    certificate = Authority.root().issue("a.test", subject=subject).leaf_der
    with scripted(tls12(HELLO, certificate_tls12(certificate), KEY_EXCHANGE, DONE)) as port:
        options = [*([output] if output else []), f"127.0.0.1:{port}"]
        done = subprocess.run(
            [sys.executable, "-m", "halfshake", "check", *options],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
    assert done.stderr == b""
    assert done.returncode == 2
    if output == "--json":
        assert json.loads(done.stdout.decode(encoding))["chain"][0]["subject"] == "CN=é中😀"
    elif encoding == "utf-8":
        assert "CN=é中😀" in done.stdout.decode()


def test_an_empty_subject() -> None:
    """RFC 5280 4.1.2.6 allows it: it is not called unreadable."""
    line, page, nagios = reports(reading(x509.Name([]), "CN=A CA"))
    assert json.loads(line)["chain"][0]["subject"] == ""
    assert "certificate no name" in page
    assert "a.test expires in" in nagios
    assert "unreadable" not in page + nagios


def test_the_page_of_a_scan() -> None:
    """No name hides or turns what stands beside it; a lone surrogate is spelled out."""
    name = f"CN={UNPRINTABLE}\ud800é"
    page = summary_page(
        ScanSummary(
            where="out.jsonl",
            at=NOW,
            seconds=1.0,
            targets=1,
            lines=1,
            repeated=0,
            withheld=0,
            outcomes=(("read", 1),),
            statuses=(("ok", 1),),
            reasons=(),
            findings=(),
            versions=(("TLSv1.3", 1),),
            issuers=((name, 1),),
            client_auth=(("yes", 1),),
            weeks=(),
            expired=0,
            later=1,
            soonest=(Leaf(NOW, "a.test:443", name),),
            asking=("a.test:443",),
            stopped=(),
        )
    )
    assert all(char.isprintable() or char == "\n" for char in page)
    spelled = r"CN=a\x9b31m\x85b\u2028c\u202ed\U000e0001e\x7f\ud800é"
    assert page.count(spelled) == 2
