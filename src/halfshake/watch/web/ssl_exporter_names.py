"""What ssl_exporter's rules and boards look for, under its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import Gauge

from halfshake.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prometheus_client import CollectorRegistry

    from halfshake.certificate import PresentedCertificate
    from halfshake.watch.web.probed import Probed


def tell(probed: Probed, registry: CollectorRegistry) -> None:
    """Register a gauge for everything that is known; what is not known is not there."""
    success = Gauge("ssl_probe_success", "Whether the probe was a success.", registry=registry)
    success.set(float(probed.success))
    prober = Gauge("ssl_prober", "The kind of probe.", ["prober"], registry=registry)
    prober.labels("tcp").set(1)
    observation, verdict = probed.observation, probed.judged.verdict
    if observation is None or verdict is None:
        return
    if observation.tls_version is not None:
        version = Gauge(
            "ssl_tls_version_info", "The TLS version agreed on.", ["version"], registry=registry
        )
        version.labels(observation.tls_version.replace("TLSv", "TLS ")).set(1)
    _dates(registry, "ssl_cert", "a served certificate", (), observation.chain)
    if verdict.trusted:
        # Of several trusted chains the one that expires last is 0; only that one is looked for.
        _dates(registry, "ssl_verified_cert", "a chain's certificate", ("0",), verdict.path)
    stapled = Gauge(
        "ssl_ocsp_response_stapled", "Whether an OCSP response was stapled.", registry=registry
    )
    stapled.set(float(observation.ocsp_response is not None))
    status = None if verdict.ocsp_staple is None else _OCSP.get(str(verdict.ocsp_staple.value))
    if status is not None:
        gauge = Gauge(
            "ssl_ocsp_response_status",
            "What the stapled response says: 0 good, 1 revoked, 2 unknown.",
            registry=registry,
        )
        gauge.set(status)


def _dates(
    registry: CollectorRegistry,
    name: str,
    what: str,
    chain_number: tuple[str, ...],
    certificates: Sequence[PresentedCertificate],
) -> None:
    labels = [*(("chain_no",) if chain_number else ()), *_LABELS]
    after = Gauge(f"{name}_not_after", f"When {what} expires.", labels, registry=registry)
    before = Gauge(
        f"{name}_not_before", f"When {what} began to be valid.", labels, registry=registry
    )
    for certificate in certificates:
        values = (*chain_number, *_label_values(certificate))
        if certificate.not_after is not None:
            after.labels(*values).set(int(certificate.not_after.timestamp()))
        if certificate.not_before is not None:
            before.labels(*values).set(int(certificate.not_before.timestamp()))


def _label_values(certificate: PresentedCertificate) -> tuple[str, ...]:
    parsed = parse_certificate(certificate.der)
    subject, issuer = (parsed.subject, parsed.issuer) if parsed else ((), ())
    emails: Iterable[str] = ()
    return (
        str(int(certificate.serial, 16)) if certificate.serial else "",
        next(iter(_attributes(issuer, _COMMON_NAME)), ""),
        next(iter(_attributes(subject, _COMMON_NAME)), ""),
        _between_commas(certificate.dns_names),
        _between_commas(certificate.ip_addresses),
        _between_commas(emails),
        _between_commas(_attributes(subject, _ORGANIZATIONAL_UNIT)),
    )


def _attributes(name: Iterable[Any], oid: str) -> list[str]:
    return [str(each.value) for each in name if each.oid.dotted_string == oid]


def _between_commas(values: Iterable[str]) -> str:
    joined = ",".join(values)
    return f",{joined}," if joined else ""


_LABELS = ("serial_no", "issuer_cn", "cn", "dnsnames", "ips", "emails", "ou")
_COMMON_NAME = "2.5.4.3"
_ORGANIZATIONAL_UNIT = "2.5.4.11"
_OCSP = {"good": 0, "revoked": 1, "unknown": 2}
