"""The names of both exporters: each sample is declared, and has the labels of its declaration."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.x509 import ocsp
from prometheus_client import CollectorRegistry

from halfshake.observation import Observation
from halfshake.stored.reader import read_stored
from halfshake.trust.rules.revocation.staple_facts import read_staple
from halfshake.trust.status import Status
from halfshake.watch.reader import Judged
from halfshake.watch.web import blackbox_names, ssl_exporter_names
from halfshake.watch.web.probe_names import fill
from halfshake.watch.web.probed import Probed
from pki import Authority
from trust.observations import NAME, NOW, judged, observed
from trust.test_revocation import LEAF, staple
from trust.test_revocation import ROOT as CA

if TYPE_CHECKING:
    from pathlib import Path

ROOT = Authority.root()
CERTIFICATE_LABELS = {"serial_no", "issuer_cn", "cn", "dnsnames", "ips", "emails", "ou"}


def told(seen: Observation, authority: Authority, names: Any) -> dict[str, Any]:
    """The samples of one reading, each by its name."""
    verdict = judged(seen, authority)
    probed = Probed(Judged(seen, verdict, None, Status.ok), 0.1, 0.01, verify=True)
    registry = CollectorRegistry()
    fill(registry, names.NAMES, names.tell(probed))
    return {sample.name: sample for family in registry.collect() for sample in family.samples}


def test_ssl_exporter() -> None:
    """Emails between commas, the verified chain, and nothing of OCSP without a response."""
    leaf = ROOT.issue(NAME, "ops@corp.example", "192.0.2.7")
    found = told(observed(*leaf.chain, name=NAME), ROOT, ssl_exporter_names)
    labels = found["ssl_cert_not_after"].labels
    assert set(labels) == CERTIFICATE_LABELS
    assert labels["emails"] == ",ops@corp.example,"
    assert labels["ips"] == ",192.0.2.7,"
    assert labels["dnsnames"] == f",{NAME},"
    assert labels["serial_no"] == str(leaf.chain[0].serial_number)
    assert set(found["ssl_verified_cert_not_after"].labels) == {"chain_no", *CERTIFICATE_LABELS}
    assert found["ssl_ocsp_response_stapled"].value == 0
    assert [name for name in found if name.startswith("ssl_ocsp_response_")] == [
        "ssl_ocsp_response_stapled"
    ]
    assert found["ssl_prober"].labels == {"prober": "tcp"}
    assert found["ssl_tls_version_info"].labels == {"version": "TLS 1.3"}


@pytest.mark.parametrize(
    ("status", "number"),
    [
        (ocsp.OCSPCertStatus.GOOD, 0),
        (ocsp.OCSPCertStatus.REVOKED, 1),
        (ocsp.OCSPCertStatus.UNKNOWN, 2),
    ],
)
def test_a_staple(status: ocsp.OCSPCertStatus, number: int) -> None:
    """Its status and its dates as it has them; no revocation date where nothing is revoked."""
    seen = observed(*LEAF.chain, name=NAME, ocsp_response=staple(status))
    found = told(seen, CA, ssl_exporter_names)
    assert found["ssl_ocsp_response_stapled"].value == 1
    assert found["ssl_ocsp_response_status"].value == number
    until = int((NOW + timedelta(hours=24)).timestamp())
    assert found["ssl_ocsp_response_next_update"].value == until
    assert found["ssl_ocsp_response_this_update"].value == until - 25 * 3600
    assert "ssl_ocsp_response_produced_at" in found
    assert ("ssl_ocsp_response_revoked_at" in found) is (number == 1)


def test_a_staple_that_says_nothing() -> None:
    """Bytes that are none, and an answer about another certificate."""
    assert read_staple(b"no", "01") is None
    assert read_staple(staple(), "01") is None


def test_a_file(tmp_path: Path) -> None:
    """Under the names of ssl_exporter's file prober, and nothing of a handshake."""
    path = tmp_path / "api.pem"
    path.write_bytes(ROOT.issue(NAME).chain_pem)
    seen = read_stored(f"file:{path}", server_name=None, password=None, now=NOW)
    assert isinstance(seen, Observation)
    found = told(seen, ROOT, ssl_exporter_names)
    assert found["ssl_file_cert_not_after"].labels["file"] == str(path)
    assert found["ssl_prober"].labels == {"prober": "file"}
    assert {name.partition("_not_")[0] for name in found} == {
        "ssl_file_cert", "ssl_prober", "ssl_probe_success",
    }  # fmt: skip
    assert not {name for name in told(seen, ROOT, blackbox_names) if "tls" in name}


def test_a_kubeconfig_entry() -> None:
    """Its path, kind and name are labels of their own."""
    seen = observed(*ROOT.issue(NAME).chain, name=NAME)
    target = seen.target._replace(text="kubeconfig:/etc/admin.conf#user/admin")
    found = told(seen._replace(target=target, tls_version=None), ROOT, ssl_exporter_names)
    labels = found["ssl_kubeconfig_cert_not_after"].labels
    assert (labels["kubeconfig"], labels["type"], labels["name"]) == (
        "/etc/admin.conf",
        "user",
        "admin",
    )
