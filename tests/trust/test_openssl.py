"""What is asked of the local OpenSSL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.certificate import read_certificate
from halfshake.trust.openssl.asking import openssl_verdict
from halfshake.trust.store import TrustStore
from pki import Authority

ROOT = Authority.root()


@pytest.mark.parametrize("refused_first", [True, False], ids=["first", "last"])
def test_an_anchor_that_openssl_refuses_keeps_no_other_from_being_one(
    refused_first: bool,
) -> None:
    """A CA file may hold what only the X.509 library reads; found by fuzzing."""
    root = ROOT.certificate.public_bytes(Encoding.DER)
    refused = b"\x30\x03 no"
    store = TrustStore((refused, root) if refused_first else (root, refused), ("test",))
    chain = (read_certificate(ROOT.issue("a.test").leaf_der),)
    answer = openssl_verdict(chain, store, reference_identifier="a.test", now=datetime.now(UTC))
    assert (answer.trusted, answer.name_matches) == (True, True)


def test_no_anchor_but_one_that_openssl_refuses() -> None:
    """Then nothing is trusted, and OpenSSL says why."""
    chain = (read_certificate(ROOT.issue("a.test").leaf_der),)
    store = TrustStore((b"\x30\x03 no",), ("test",))
    answer = openssl_verdict(chain, store, reference_identifier="a.test", now=datetime.now(UTC))
    assert answer.trusted is False
