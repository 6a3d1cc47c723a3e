"""From a server's flight to an `Observation`: the facts of a reading, under their names."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from halfshake.certificate import name_from_der, read_certificate
from halfshake.errors import FailureReason, Phase, our_mistake
from halfshake.observation import ClientAuth, Observation, ProbeFailure
from halfshake.tls.cipher_suites import cipher_suite_label
from halfshake.tls.codepoints import NamedGroup, SignatureScheme, code_name
from halfshake.trust.rules.possession import key_possession

if TYPE_CHECKING:
    from halfshake.reading.progress import Progress
    from halfshake.reading.second_visit import EnforcementSeen
    from halfshake.target import Target
    from halfshake.tls.client_hello import KeyType
    from halfshake.tls.server_flight import CertificateRequest, ServerFlight


def observed(
    target: Target,
    progress: Progress,
    flight: ServerFlight,
    key_type: KeyType | None,
    seen: EnforcementSeen | None = None,
) -> Observation:
    """Build the facts that one flight showed; `seen` is what a second visit found."""
    end_entity = flight.certificate_list[0]
    client_auth = _client_auth(flight.certificate_request)
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
        key_possession=key_possession(end_entity.der, flight.key_proof),
        chain=tuple(read_certificate(entry.der) for entry in flight.certificate_list),
        timings=progress.timings(),
        key_type=key_type,
        ocsp_response=end_entity.ocsp_response,
        sct_list=end_entity.sct_list,
        alpn_protocol=None if protocol is None else protocol.decode("latin-1"),
    )


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
