"""The second hello: to whom, and which. One in all, under the same deadline.

    what met the first hello, before any ServerHello         the second one
    handshake_failure, insufficient_security                 names the ML-KEM hybrids as well: the
                                                             server may have nothing else
    any other alert, a FIN, an RST; the two above too,       is the plainest: some servers do not
    if we cannot do ML-KEM or do not offer TLS 1.3           tolerate an extension, or many suites
    silence until the deadline, another protocol, a          none: there is no time, or no reason
    violation, anything after ServerHello

A server that answers only the plain one rejects real clients, so we keep what the first one met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import AlertReceived, ConnectionEnded, FailureReason
from halfshake.observation import Ending, FirstHello, ProbeFailure
from halfshake.tls.client_hello import ALL_VERSIONS
from halfshake.tls.keys.key_exchange import post_quantum_groups
from halfshake.tls.offers import HelloKind, offer_of
from halfshake.tls.registries.codepoints import AlertDescription, ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.errors import ReadingFailed
    from halfshake.observation import Alert, Observation
    from halfshake.tls.client_hello import Offer
    from halfshake.tls.key_type import KeyType


def second_hello(
    refusal: ReadingFailed, versions: tuple[ProtocolVersion, ...], *, answered: bool
) -> HelloKind | None:
    """Which hello to try next; `answered` says whether a ServerHello had come."""
    if answered or not isinstance(refusal, AlertReceived | ConnectionEnded):
        return None
    return _kind(refusal.alert if isinstance(refusal, AlertReceived) else None, versions)


def first_hello(end: Ending, alert: Alert | None, usual: Offer, plain: Offer) -> FirstHello:
    """What to tell of a server that tolerates only the plain one of two offers."""
    return FirstHello(end, alert, differences(usual, plain))


class Spoken(NamedTuple):
    """Which hello a server answers, and what the usual one met if it is another."""

    hello: HelloKind = HelloKind.usual
    first_hello: FirstHello | None = None


def spoken_after(
    results: Sequence[Observation | ProbeFailure],
    *,
    key_type: KeyType | None,
    alpn: tuple[str, ...],
) -> Spoken | None:
    """Which hello to try next if every face rejected the usual one; None if one was read."""
    failures = [result for result in results if isinstance(result, ProbeFailure)]
    kinds = {_second_hello_after(failure) for failure in failures}
    if len(failures) < len(results) or not failures or None in kinds:
        return None
    if kinds == {HelloKind.post_quantum}:
        return Spoken(HelloKind.post_quantum)
    usual, plain = (
        offer_of(kind, key_type=key_type, alpn=alpn) for kind in (HelloKind.usual, HelloKind.plain)
    )
    met = failures[0]
    return Spoken(HelloKind.plain, first_hello(_ENDINGS[met.reason], met.alert, usual, plain))


def _second_hello_after(failure: ProbeFailure) -> HelloKind | None:
    if failure.answered or failure.reason not in _ENDINGS:
        return None
    return _kind(None if failure.alert is None else failure.alert.number, ALL_VERSIONS)


def differences(usual: Offer, plain: Offer) -> tuple[str, ...]:
    """Name the fields in which two offers differ, as the RFCs name them."""
    return tuple(
        FIELD_NAMES[field]
        for field in FIELD_NAMES
        if getattr(usual, field) != getattr(plain, field)
    )


def _kind(alert: int | None, versions: tuple[ProtocolVersion, ...]) -> HelloKind:
    wants_hybrids = alert in NO_COMMON_GROUND
    if wants_hybrids and max(versions) is ProtocolVersion.TLSv1_3 and post_quantum_groups():
        return HelloKind.post_quantum
    return HelloKind.plain


NO_COMMON_GROUND = frozenset(
    {AlertDescription.handshake_failure, AlertDescription.insufficient_security}
)

_ENDINGS = {
    FailureReason.alert_received: Ending.alert,
    FailureReason.connection_closed: Ending.closed,
    FailureReason.connection_reset: Ending.reset,
}

# The fields of an Offer in which the plain one is less, most suspicious first.
FIELD_NAMES = {
    "status_request": "status_request",
    "scts": "signed_certificate_timestamp",
    "session_id": "legacy_session_id",
    "groups": "supported_groups",
    "signature_schemes": "signature_algorithms",
    "certificate_schemes": "signature_algorithms_cert",
    "cipher_suites": "cipher_suites",
    "versions": "supported_versions",
}
