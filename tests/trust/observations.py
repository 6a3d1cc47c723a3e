"""Observations made of credentials, as a reading of a server with them would be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.certificate import read_certificate
from halfshake.observation import (
    ClientAuth,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    Timings,
)
from halfshake.target import Target
from halfshake.trust.policy import Policy
from halfshake.trust.store import TrustStore
from halfshake.trust.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509

    from pki import Authority

NOW = datetime.now(UTC)
NAME = "api.halfshake.test"
CLIENT_AUTH = ClientAuth(requested=True, acceptable_cas=("CN=Client CA",))
PROVEN = KeyPossessionEvidence(KeyPossession.proven)


def observed(*certificates: x509.Certificate, name: str = NAME, **changes: Any) -> Observation:
    """A reading of a TLS 1.3 server that presents these certificates."""
    ders = [certificate.public_bytes(Encoding.DER) for certificate in certificates]
    return observed_ders(name, ders)._replace(**changes)


def observed_ders(name: str, ders: Iterable[bytes]) -> Observation:
    """A reading of a TLS 1.3 server that presents these bytes; every fact of them is read."""
    return Observation(
        target=Target(f"{name}:443", name, 443, name),
        observed_at=NOW,
        address="192.0.2.7:443",
        tls_version="TLSv1.3",
        cipher_suite="TLS_AES_128_GCM_SHA256",
        named_group="x25519",
        client_auth=CLIENT_AUTH,
        key_possession=PROVEN,
        chain=tuple(map(read_certificate, ders)),
        timings=Timings(total=1.0),
    )


def store_of(*authorities: Authority) -> TrustStore:
    """A trust store of these CAs' own certificates."""
    anchors = (authority.certificate.public_bytes(Encoding.DER) for authority in authorities)
    return TrustStore(tuple(anchors), ("ca.pem",))


def judged(
    observation: Observation,
    *authorities: Authority,
    policy: Policy | None = None,
    now: datetime = NOW,
    **more: Any,
) -> Verdict:
    """Judge with a store of these authorities."""
    return judge(observation, store_of(*authorities), policy or Policy(), now, **more)


def codes(verdict: Verdict) -> list[str]:
    """The findings' codes, the worst first."""
    return [finding.code for finding in verdict.findings]
