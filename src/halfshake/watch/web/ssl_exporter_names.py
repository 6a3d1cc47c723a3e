"""What ssl_exporter's rules and boards look for, under its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfshake.certificate_fields import email_addresses, parse_certificate
from halfshake.stored.reader import FILE, KUBECONFIG
from halfshake.trust.rules.revocation.staple_facts import StapleFacts, read_staple
from halfshake.watch.web.blackbox_names import READ, version_text
from halfshake.watch.web.probe_names import ProbeName, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.watch.web.probed import Probed

CERTIFICATE_LABELS = ("serial_no", "issuer_cn", "cn", "dnsnames", "ips", "emails", "ou")
OCSP_DATES = {
    "produced_at": "producedAt",
    "this_update": "thisUpdate",
    "next_update": "nextUpdate",
    "revoked_at": "revocationTime",
}


def _pair(name: str, what: str, labels: tuple[str, ...], known: str) -> tuple[ProbeName, ...]:
    labels = (*labels, *CERTIFICATE_LABELS)
    return (
        ProbeName(f"{name}_not_after", f"When {what} expires.", labels, known),
        ProbeName(f"{name}_not_before", f"When {what} began to be valid.", labels, known),
    )


NAMES = (
    ProbeName("ssl_probe_success", "Whether the probe was a success."),
    ProbeName("ssl_prober", "The kind of probe: tcp, file or kubeconfig.", ("prober",)),
    ProbeName("ssl_tls_version_info", "The TLS version agreed on.", ("version",), READ),
    *_pair("ssl_cert", "a served certificate", (), READ),
    *_pair(
        "ssl_verified_cert",
        "a certificate of the verified chain",
        ("chain_no",),
        "where the chain is trusted; `chain_no` is always 0, the chain that lasts longest",
    ),
    *_pair("ssl_file_cert", "a certificate of a file", ("file",), "for `file:` targets"),
    *_pair(
        "ssl_kubeconfig_cert",
        "a certificate of a kubeconfig",
        ("kubeconfig", "name", "type"),
        "for `kubeconfig:` targets",
    ),
    ProbeName("ssl_ocsp_response_stapled", "Whether an OCSP response was stapled.", known=READ),
    ProbeName(
        "ssl_ocsp_response_status",
        "What the stapled response says: 0 good, 1 revoked, 2 unknown.",
        known="where one is stapled",
    ),
    *(
        ProbeName(
            f"ssl_ocsp_response_{name}",
            f"{field} of the stapled response.",
            known="where it has one",
        )
        for name, field in OCSP_DATES.items()
    ),
)


def tell(probed: Probed) -> Iterator[Told]:
    """Everything that is known; what is not known is not there."""
    yield Told("ssl_probe_success", float(probed.success))
    yield Told("ssl_prober", 1, (_prober(probed.judged.result.target.text),))
    observation, verdict = probed.observation, probed.judged.verdict
    if observation is None or verdict is None:
        return
    name, labels = _whose(observation)
    yield from _dates(name, labels, observation.chain)
    if observation.tls_version is None:
        return
    yield Told("ssl_tls_version_info", 1, (version_text(observation.tls_version),))
    if verdict.trusted:
        yield from _dates("ssl_verified_cert", ("0",), verdict.path)
    yield Told("ssl_ocsp_response_stapled", float(observation.ocsp_response is not None))
    staple = read_staple(observation.ocsp_response, observation.end_entity.serial)
    if staple is not None:
        yield from _staple(staple)


def _staple(staple: StapleFacts) -> Iterator[Told]:
    yield Told("ssl_ocsp_response_status", _OCSP[staple.status])
    for name in OCSP_DATES:
        moment: datetime | None = getattr(staple, name)
        if moment is not None:
            yield Told(f"ssl_ocsp_response_{name}", int(moment.timestamp()))


def _prober(text: str) -> str:
    return next((each.rstrip(":") for each in (FILE, KUBECONFIG) if text.startswith(each)), "tcp")


def _whose(observation: Observation) -> tuple[str, tuple[str, ...]]:
    """Which family the certificates belong to, and what is said of their place."""
    text = observation.target.text
    if text.startswith(FILE):
        return "ssl_file_cert", (text.removeprefix(FILE),)
    if text.startswith(KUBECONFIG):
        path, _, entry = text.removeprefix(KUBECONFIG).partition("#")
        kind, _, name = entry.partition("/")
        return "ssl_kubeconfig_cert", (path, name, kind)
    return "ssl_cert", ()


def _dates(
    name: str, place: tuple[str, ...], certificates: Sequence[PresentedCertificate]
) -> Iterator[Told]:
    # A chain may hold a certificate twice.
    for certificate in dict.fromkeys(certificates):
        labels = (*place, *_label_values(certificate))
        for end, moment in (
            ("not_after", certificate.not_after),
            ("not_before", certificate.not_before),
        ):
            if moment is not None:
                yield Told(f"{name}_{end}", int(moment.timestamp()), labels)


def _label_values(certificate: PresentedCertificate) -> tuple[str, ...]:
    parsed = parse_certificate(certificate.der)
    subject, issuer = (parsed.subject, parsed.issuer) if parsed else ((), ())
    return (
        str(int(certificate.serial, 16)) if certificate.serial else "",
        next(iter(_attributes(issuer, _COMMON_NAME)), ""),
        next(iter(_attributes(subject, _COMMON_NAME)), ""),
        _between_commas(certificate.dns_names),
        _between_commas(certificate.ip_addresses),
        _between_commas(email_addresses(parsed) if parsed else ()),
        _between_commas(_attributes(subject, _ORGANIZATIONAL_UNIT)),
    )


def _attributes(name: Iterable[Any], oid: str) -> list[str]:
    return [str(each.value) for each in name if each.oid.dotted_string == oid]


def _between_commas(values: Iterable[str]) -> str:
    joined = ",".join(values)
    return f",{joined}," if joined else ""


_COMMON_NAME = "2.5.4.3"
_ORGANIZATIONAL_UNIT = "2.5.4.11"
_OCSP = {"good": 0, "revoked": 1, "unknown": 2}
