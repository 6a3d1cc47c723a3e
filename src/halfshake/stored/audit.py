"""`audit()`: the CAs of a trust store that have expired or are about to, as an observation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.observation import (
    ClientAuth,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    Purpose,
    Timings,
)
from halfshake.target import Target

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.policy import Policy
    from halfshake.trust.store import TrustStore


def audit(store: TrustStore, policy: Policy, now: datetime) -> Observation:
    """Observe a store's dates; its chain is the CAs at fault, or else the first CA to expire."""

    def ending(certificate: PresentedCertificate) -> datetime:
        return certificate.not_after or now

    anchors = sorted((read_certificate(anchor) for anchor in store.anchors), key=ending)
    amiss = [anchor for anchor in anchors if _needs_attention(anchor, policy, now)]
    return Observation(
        target=Target(f"trust store ({store.name})", "", 0, ""),
        observed_at=now,
        address=store.name,
        tls_version=None,
        cipher_suite=None,
        named_group=None,
        client_auth=ClientAuth(requested=None),
        key_possession=KeyPossessionEvidence(KeyPossession.unproven, "it is a trust store"),
        chain=tuple(amiss or anchors[:1]),
        timings=Timings(),
        purpose=Purpose.anchors,
    )


def _needs_attention(anchor: PresentedCertificate, policy: Policy, now: datetime) -> bool:
    if anchor.not_before is None or anchor.not_after is None:
        return True
    left = anchor.not_after - now
    return left < policy.warning_left(anchor.not_after - anchor.not_before)
