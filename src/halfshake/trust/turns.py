"""`next_turn()`: until when a verdict stands, if the server shows the same. Pure.

A verdict turns where a certificate begins or ends, where a threshold is crossed, and where what
says that nothing is revoked goes out of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.trust.lifetimes import unchanged_period
from halfshake.trust.rules.dates import lifetime
from halfshake.trust.rules.revocation.staple_facts import read_staple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.trust.policy import Policy
    from halfshake.trust.rules.client_cas import ClientSide
    from halfshake.trust.rules.revocation.revocation_list import RevocationList
    from halfshake.trust.store import TrustStore
    from halfshake.trust.verdict import Verdict


def next_turn(
    observation: Observation,
    verdict: Verdict,
    store: TrustStore,
    policy: Policy,
    now: datetime,
    *,
    crls: Iterable[RevocationList] = (),
    client_side: ClientSide | None = None,
) -> datetime | None:
    """The first moment after `now` at which the verdict may be another; None if there is none."""
    cas = [
        *verdict.path[1:],
        *(ca.certificate for ca in verdict.acceptable_cas if ca.certificate is not None),
    ]
    partners = client_side.partners if client_side is not None else ()
    theirs = [read_certificate(der) for partner in partners for der in partner.ders]
    chain = observation.chain
    # In a file every certificate has the server's own thresholds; and partners have them.
    own = chain if observation.tls_version is None else chain[:1]
    ders = dict.fromkeys(each.der for each in (*chain, *cas, *theirs))
    turns = [
        unchanged_period(ders, store.date_boundaries, now).end,
        *_thresholds((*own, *theirs), policy),
        *_thresholds(cas, policy.for_path()),
        *_revocation(observation, crls),
    ]
    return min((turn for turn in turns if turn is not None and turn > now), default=None)


def _thresholds(
    certificates: Iterable[PresentedCertificate], policy: Policy
) -> Iterator[datetime | None]:
    for certificate in certificates:
        whole = lifetime(certificate)
        if whole is not None and certificate.not_after is not None:
            yield _before(certificate.not_after, policy.warning_left(whole))
            yield _before(certificate.not_after, policy.critical_left(whole))


def _revocation(
    observation: Observation, crls: Iterable[RevocationList]
) -> Iterator[datetime | None]:
    staple = read_staple(observation.ocsp_response, observation.end_entity.serial)
    if staple is not None:
        yield staple.this_update
        yield staple.next_update
    for crl in crls:
        yield crl.this_update
        yield crl.crl.next_update_utc


def _before(moment: datetime, left: timedelta) -> datetime | None:
    try:
        return moment - left
    except OverflowError:  # before the year 1: long past
        return None
