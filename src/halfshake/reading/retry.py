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

from typing import TYPE_CHECKING

from halfshake.errors import AlertReceived, ConnectionEnded, FailureReason
from halfshake.observation import Ending, FirstHello
from halfshake.tls.codepoints import AlertDescription, ProtocolVersion
from halfshake.tls.keys.key_exchange import POST_QUANTUM_GROUPS
from halfshake.tls.offers import HelloKind

if TYPE_CHECKING:
    from halfshake.errors import ReadingFailed
    from halfshake.observation import Alert, ProbeFailure
    from halfshake.tls.client_hello import Offer


def second_hello(
    refusal: ReadingFailed, versions: tuple[ProtocolVersion, ...], *, answered: bool
) -> HelloKind | None:
    """Which hello to try next; `answered` says whether a ServerHello had come."""
    if answered or not isinstance(refusal, AlertReceived | ConnectionEnded):
        return None
    return _kind(refusal.alert if isinstance(refusal, AlertReceived) else None, versions)


def second_hello_after(
    failure: ProbeFailure, versions: tuple[ProtocolVersion, ...]
) -> HelloKind | None:
    """The same for a reading that has become a failure."""
    if failure.answered or failure.reason not in _ENDINGS:
        return None
    return _kind(None if failure.alert is None else failure.alert.number, versions)


def first_hello(end: Ending, alert: Alert | None, usual: Offer, plain: Offer) -> FirstHello:
    """What to tell of a server that tolerates only the plain one of two offers."""
    return FirstHello(end, alert, differences(usual, plain))


def first_hello_of(failure: ProbeFailure, usual: Offer, plain: Offer) -> FirstHello:
    """The same, if the first reading has become a failure."""
    return first_hello(_ENDINGS[failure.reason], failure.alert, usual, plain)


def differences(usual: Offer, plain: Offer) -> tuple[str, ...]:
    """Name the fields in which two offers differ, as the RFCs name them."""
    return tuple(
        FIELD_NAMES[field]
        for field in FIELD_NAMES
        if getattr(usual, field) != getattr(plain, field)
    )


def _kind(alert: int | None, versions: tuple[ProtocolVersion, ...]) -> HelloKind:
    wants_hybrids = alert in NO_COMMON_GROUND
    can_do_hybrids = POST_QUANTUM_GROUPS and max(versions) is ProtocolVersion.TLSv1_3
    return HelloKind.post_quantum if wants_hybrids and can_do_hybrids else HelloKind.plain


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
