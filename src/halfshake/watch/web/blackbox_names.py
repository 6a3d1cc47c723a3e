"""What blackbox_exporter's rules and boards look for, under its names."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from halfshake.watch.web.probe_names import ProbeName, Told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfshake.observation import Observation
    from halfshake.trust.verdict import Verdict
    from halfshake.watch.web.probed import Probed

READ = "where the certificate was read"
CONNECTED = "where a connection was made"

NAMES = (
    ProbeName("probe_success", "Whether the probe was a success."),
    ProbeName("probe_duration_seconds", "How long the probe took."),
    ProbeName(
        "probe_dns_lookup_time_seconds",
        "How long it took to look the name up.",
        known="unless a proxy or `connect` is asked instead",
    ),
    ProbeName("probe_ip_protocol", "The IP version: 4 or 6.", known=CONNECTED),
    ProbeName(
        "probe_ip_addr_hash",
        "A hash of the address; it changes when the address does.",
        known=CONNECTED,
    ),
    ProbeName("probe_failed_due_to_regex", "Nothing is matched here: always 0."),
    ProbeName(
        "probe_ssl_earliest_cert_expiry",
        "When the first of the served certificates expires.",
        known=READ,
    ),
    ProbeName(
        "probe_ssl_last_chain_expiry_timestamp_seconds",
        "When the trusted chain that lasts longest expires.",
        known="where the chain is trusted",
    ),
    ProbeName(
        "probe_ssl_last_chain_info",
        "Which certificate the server shows.",
        ("fingerprint_sha256", "subject", "issuer", "subjectalternative", "serialnumber"),
        known=READ,
    ),
    ProbeName(
        "probe_tls_version_info",
        "The TLS version that was agreed on.",
        ("version",),
        known=READ,
    ),
    ProbeName(
        "probe_tls_cipher_info",
        "The cipher suite that was agreed on, by IANA's name.",
        ("cipher",),
        known=READ,
    ),
    # Halfshake's own, for those who read mTLS servers through /probe.
    ProbeName(
        "probe_tls_client_auth_requested",
        "Whether the server asks for a client certificate. No name of blackbox_exporter.",
        known=READ,
    ),
)


def tell(probed: Probed) -> Iterator[Told]:
    """Everything that is known; what is not known is not there."""
    yield Told("probe_success", float(probed.success))
    yield Told("probe_duration_seconds", probed.seconds)
    if probed.lookup_seconds is not None:
        yield Told("probe_dns_lookup_time_seconds", probed.lookup_seconds)
    address = _address(probed)
    if address is not None:
        yield Told("probe_ip_protocol", address.version)
        yield Told("probe_ip_addr_hash", _fnv32a(address.packed))
    yield Told("probe_failed_due_to_regex", 0)
    if probed.observation is not None and probed.judged.verdict is not None:
        yield from _of_certificates(probed.observation, probed.judged.verdict)
        yield from _of_handshake(probed.observation)


def version_text(tls_version: str) -> str:
    """TLSv1.3 as Go's libraries write it."""
    text = tls_version.replace("TLSv", "TLS ")
    return "TLS 1.0" if text == "TLS 1" else text


def _of_certificates(observation: Observation, verdict: Verdict) -> Iterator[Told]:
    ends = [each.not_after for each in observation.chain if each.not_after is not None]
    if ends:
        yield Told("probe_ssl_earliest_cert_expiry", int(min(ends).timestamp()))
    if verdict.trusted and verdict.path_not_after is not None:
        yield Told(
            "probe_ssl_last_chain_expiry_timestamp_seconds",
            int(verdict.path_not_after.timestamp()),
        )
    end_entity = observation.end_entity
    named = (
        end_entity.sha256,
        end_entity.subject or "",
        end_entity.issuer or "",
        ",".join(end_entity.dns_names),
        end_entity.serial or "",
    )
    yield Told("probe_ssl_last_chain_info", 1, named)


def _of_handshake(observation: Observation) -> Iterator[Told]:
    if observation.tls_version is not None:
        yield Told("probe_tls_version_info", 1, (version_text(observation.tls_version),))
    if observation.cipher_suite is not None:
        yield Told("probe_tls_cipher_info", 1, (observation.cipher_suite,))
    requested = observation.client_auth.requested
    if requested is not None:
        yield Told("probe_tls_client_auth_requested", float(requested))


def _address(probed: Probed) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    text = probed.judged.result.address
    if text is None or text.startswith("unix:"):
        return None
    host = text.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _fnv32a(data: bytes) -> int:
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
