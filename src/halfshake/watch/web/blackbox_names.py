"""What blackbox_exporter's rules and boards look for, under its names."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from prometheus_client import Gauge

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from halfshake.observation import Observation
    from halfshake.watch.web.probed import Probed


def tell(probed: Probed, registry: CollectorRegistry) -> None:
    """Register a gauge for everything that is known; what is not known is not there."""

    def gauge(name: str, help_text: str, value: float) -> None:
        Gauge(name, help_text, registry=registry).set(value)

    gauge("probe_success", "Whether the probe was a success.", float(probed.success))
    gauge("probe_duration_seconds", "How long the probe took.", probed.seconds)
    if probed.lookup_seconds is not None:
        gauge(
            "probe_dns_lookup_time_seconds",
            "How long it took to look the name up.",
            probed.lookup_seconds,
        )
    address = _address(probed)
    if address is not None:
        gauge("probe_ip_protocol", "The IP version: 4 or 6.", address.version)
        gauge(
            "probe_ip_addr_hash",
            "A hash of the address; it changes when the address does.",
            _fnv32a(address.packed),
        )
    gauge("probe_failed_due_to_regex", "Nothing is matched here: always 0.", 0)
    observation, verdict = probed.observation, probed.judged.verdict
    if observation is None or verdict is None:
        return
    ends = [each.not_after for each in observation.chain if each.not_after is not None]
    if ends:
        gauge(
            "probe_ssl_earliest_cert_expiry",
            "When the first of the served certificates expires.",
            int(min(ends).timestamp()),
        )
    if verdict.trusted and verdict.path_not_after is not None:
        gauge(
            "probe_ssl_last_chain_expiry_timestamp_seconds",
            "When the trusted chain that lasts longest expires.",
            int(verdict.path_not_after.timestamp()),
        )
    _info(
        registry,
        "probe_ssl_last_chain_info",
        "Which certificate the server shows.",
        _certificate(observation),
    )
    if observation.tls_version is not None:
        version = {"version": observation.tls_version.replace("TLSv", "TLS ")}
        if version["version"] == "TLS 1":
            version["version"] = "TLS 1.0"
        _info(registry, "probe_tls_version_info", "The TLS version that was agreed on.", version)
    if observation.cipher_suite is not None:
        cipher = {"cipher": observation.cipher_suite}
        _info(registry, "probe_tls_cipher_info", "The cipher suite that was agreed on.", cipher)
    # Halfshake's own, for those who read mTLS servers through /probe.
    gauge(
        "probe_tls_client_auth_requested",
        "Whether the server asks for a client certificate.",
        float(bool(observation.client_auth.requested)),
    )


def _info(registry: CollectorRegistry, name: str, help_text: str, labels: dict[str, str]) -> None:
    gauge = Gauge(name, help_text, list(labels), registry=registry)
    gauge.labels(*labels.values()).set(1)


def _certificate(observation: Observation) -> dict[str, str]:
    end_entity = observation.end_entity
    return {
        "fingerprint_sha256": end_entity.sha256,
        "subject": end_entity.subject or "",
        "issuer": end_entity.issuer or "",
        "subjectalternative": ",".join(end_entity.dns_names),
        "serialnumber": end_entity.serial or "",
    }


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
