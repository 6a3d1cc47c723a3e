"""A certificate that OpenSSL cannot decode: its clients end the handshake, so they reject."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from halfshake.certificate import read_certificate
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.kept_judgements import ChainJudgements
from halfshake.trust.store import trust_store_from_pem
from pki import Authority

ROOT = Authority.root()
NAME = "api.example.com"
NO_CERTIFICATE = bytes.fromhex("3003020101")


@pytest.mark.parametrize("depth", [0, 1])
def test_it_is_a_refusal(depth: int) -> None:
    """In words, of each family on OpenSSL, wherever in the chain it stands."""
    leaf = ROOT.issue(NAME).leaf_der
    ders = (leaf, NO_CERTIFICATE) if depth else (NO_CERTIFICATE,)
    chain = tuple(read_certificate(der) for der in ders)
    store = trust_store_from_pem(ROOT.pem, "ca.pem")
    judgement = ChainJudgements(maxsize=1).judge(chain, store, NAME, datetime.now(UTC))
    assert (judgement.trusted, judgement.judged_by) == (False, "openssl")
    # Of a leaf that nobody can read nobody knows the names.
    assert judgement.name_matches is (True if depth else None)
    (finding,) = (each for each in judgement.findings if each.code == "untrusted")
    assert finding.message == (
        "OpenSSL clients reject the chain: a certificate cannot be decoded (code 1); the "
        f"certificate (depth {depth}) does not parse here"
    )
    assert not {"name-mismatch", "judged-without-openssl"} & {
        each.code for each in judgement.findings
    }
    assert [client.profile for client in judgement.clients] == list(FAMILIES)
    assert {client.accepts for client in judgement.clients if "openssl" in client.profile} == {
        False
    }
