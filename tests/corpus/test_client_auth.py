"""The verdict on a TLS 1.2 server is the same whether it requires a client certificate or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from corpus.all_cases import ALL_CASES
from corpus.judges import halfshake_sees
from halfshake import judge
from halfshake.trust.policy import Policy
from halfshake.trust.store import trust_store_from_pem

if TYPE_CHECKING:
    from corpus import Case

_NO_SIGNATURE = (
    "in TLS 1.2 OpenSSL keeps to the keyUsage of its own certificate, and without digitalSignature "
    "has no cipher suite for an EC key"
)
NOT_SERVED = {
    "leaf with keyUsage keyEncipherment": _NO_SIGNATURE,
    "leaf with keyUsage keyAgreement": _NO_SIGNATURE,
    "leaf with keyUsage nonRepudiation": _NO_SIGNATURE,
    "leaf with keyUsage keyCertSign": _NO_SIGNATURE,
    "RSA leaf with keyUsage keyEncipherment": (
        "in TLS 1.2 it allows static RSA alone, which proves no possession of the key"
    ),
}


@pytest.mark.parametrize(
    "case",
    [case for case in ALL_CASES if case.name not in NOT_SERVED],
    ids=lambda case: case.name,
)
def test_the_same_verdict_of_a_server_that_refuses_us(case: Case) -> None:
    """Chain, proof of the key and every finding are the same; only the request is added."""
    welcoming, refusing = halfshake_sees(case), halfshake_sees(case, client_auth=True)
    assert not welcoming.client_auth.requested
    assert refusing.client_auth.requested
    assert refusing.tls_version == "TLSv1.2"
    assert refusing.chain == welcoming.chain
    assert tuple(certificate.der for certificate in refusing.chain) == case.presented
    assert refusing.key_possession == welcoming.key_possession
    store, now = trust_store_from_pem(case.ca_file, "ca.pem"), datetime.now(UTC)
    # Its request names no CA, which is a finding, and none of the chain's.
    policy = Policy(severities={"client-ca-list-empty": None})
    of_refusing = judge(refusing, store, policy=policy, now=now)
    assert of_refusing == judge(welcoming, store, policy=policy, now=now)
