"""From a server's flight to an `Observation`: the facts of a reading, under their names."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.distinguished_name import name_from_der
from halfshake.errors import FailureReason, Phase, our_mistake
from halfshake.observation import (
    ClientAuth,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    ProbeFailure,
)
from halfshake.tls.registries.cipher_suites import cipher_suite_label
from halfshake.tls.registries.codepoints import NamedGroup, SignatureScheme, code_name
from halfshake.tls.server_flight import PartialFlight, ServerFlight
from halfshake.trust.rules.key_fitness import key_exchange_oddities, key_oddities
from halfshake.trust.rules.possession import key_possession

if TYPE_CHECKING:
    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import BrokenOff, FirstHello
    from halfshake.reading.progress import Progress
    from halfshake.reading.second_visit import EnforcementSeen
    from halfshake.target import Target
    from halfshake.tls.key_type import KeyType
    from halfshake.tls.oddities import Oddity
    from halfshake.tls.server_flight import CertificateRequest


def observed(
    target: Target,
    progress: Progress,
    flight: ServerFlight | PartialFlight,
    key_type: KeyType | None,
    seen: EnforcementSeen | None = None,
    *,
    broken_off: BrokenOff | None = None,
    first_hello: FirstHello | None = None,
    check_possession: bool = True,
) -> Observation:
    """Name what one flight showed; `seen` is what a second visit found.

    Of a flight that was `broken_off` only what came is known. Without
    `check_possession` its signature is not checked.
    """
    end_entity = flight.certificate_list[0]
    client_auth = _client_auth_of(flight)
    if seen is not None:
        client_auth = client_auth._replace(
            enforcement=seen.enforcement, enforcement_reason=seen.reason, refusal=seen.refusal
        )
    group, protocol = flight.named_group, flight.alpn_protocol
    return Observation(
        target=target,
        observed_at=progress.observed_at,
        address=progress.address or "",
        tls_version=flight.version.label,
        cipher_suite=cipher_suite_label(flight.cipher_suite),
        named_group=None if group is None else code_name(NamedGroup, group),
        client_auth=client_auth,
        key_possession=_possession(flight) if check_possession else _NOT_ASKED_FOR,
        chain=chain_of(flight),
        timings=progress.timings(),
        key_type=key_type,
        ocsp_response=end_entity.ocsp_response,
        sct_list=end_entity.sct_list,
        alpn_protocol=None if protocol is None else protocol.decode("latin-1"),
        oddities=(*flight.oddities, *_oddities_of_key(flight)),
        broken_off=broken_off,
        first_hello=first_hello,
    )


def chain_of(flight: ServerFlight | PartialFlight) -> tuple[PresentedCertificate, ...]:
    """Read the certificates as presented."""
    return tuple(read_certificate(entry.der) for entry in flight.certificate_list)


_NOT_ASKED_FOR = KeyPossessionEvidence(
    KeyPossession.unproven, "the check of its signature was not asked for (--no-possession)"
)


def _possession(flight: ServerFlight | PartialFlight) -> KeyPossessionEvidence:
    if isinstance(flight, PartialFlight):
        return KeyPossessionEvidence(
            KeyPossession.unproven, f"the flight ended after its {flight.last_message}"
        )
    return key_possession(flight.certificate_list[0].der, flight.key_proof, flight.version)


def _oddities_of_key(flight: ServerFlight | PartialFlight) -> tuple[Oddity, ...]:
    proof = flight.key_proof if isinstance(flight, ServerFlight) else None
    scheme = None if proof is None else proof.scheme
    end_entity = flight.certificate_list[0].der
    found = key_oddities(end_entity, flight.version, flight.cipher_suite, scheme)
    if isinstance(flight, PartialFlight) or flight.public_value is None:
        return found
    return (*found, *key_exchange_oddities(flight.named_group, flight.public_value))


def _client_auth_of(flight: ServerFlight | PartialFlight) -> ClientAuth:
    if isinstance(flight, PartialFlight) and not flight.client_auth_known:
        return ClientAuth(requested=None)
    return _client_auth(flight.certificate_request)


@functools.lru_cache(maxsize=1024)
def _client_auth(request: CertificateRequest | None) -> ClientAuth:
    if request is None:
        return ClientAuth(requested=False)
    return ClientAuth(
        requested=True,
        acceptable_cas=tuple(name_from_der(name) for name in request.certificate_authorities),
        signature_schemes=tuple(
            code_name(SignatureScheme, scheme) for scheme in request.signature_schemes
        ),
        # Each name has two bytes of length before it (RFC 9846 4.3.4, RFC 5246 7.4.4).
        acceptable_cas_bytes=sum(2 + len(name) for name in request.certificate_authorities),
    )


def our_bug(observation: Observation, error: Exception) -> ProbeFailure:
    """The result for a reading that could not be judged or reported: our own bug, as in `probe`."""
    return ProbeFailure(
        target=observation.target,
        observed_at=observation.observed_at,
        phase=Phase.handshake,
        reason=FailureReason.internal_error,
        detail=our_mistake(error),
        timings=observation.timings,
        address=observation.address,
        key_type=observation.key_type,
    )
