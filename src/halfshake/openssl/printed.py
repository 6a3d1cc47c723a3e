"""What OpenSSL prints of a certificate, as facts with the names that `certificate.py` uses.

It reads certificates that the X.509 library refuses.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any, NamedTuple

from halfshake.openssl.replay import certificate_as_openssl_reads_it


class PrintedFacts(NamedTuple):
    """Facts by name, empty if OpenSSL reads nothing; `problem` says why it cannot print it."""

    facts: dict[str, Any]
    problem: str | None


def facts_as_openssl_prints_them(der: bytes) -> PrintedFacts:
    """Read subject, issuer, serial number, dates and alternative names."""
    fields, problem = certificate_as_openssl_reads_it(der)
    if not fields:
        return PrintedFacts({}, problem)
    alternatives = fields.get("subjectAltName", ())
    facts = {
        "subject": _name(fields.get("subject", ())),
        "issuer": _name(fields.get("issuer", ())),
        "serial": fields["serialNumber"].lower() if "serialNumber" in fields else None,
        "not_before": _time(fields.get("notBefore")),
        "not_after": _time(fields.get("notAfter")),
        "dns_names": tuple(value for kind, value in alternatives if kind == "DNS"),
        "ip_addresses": tuple(value for kind, value in alternatives if kind == "IP Address"),
    }
    return PrintedFacts(facts, problem)


def _name(name: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    return ",".join(
        "+".join(f"{_ATTRIBUTES.get(key, key)}={value}" for key, value in rdn)
        for rdn in reversed(name)
    )


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if text else None
    except ValueError:
        return None


# RFC 4514 3: the short names of what OpenSSL prints in full.
_ATTRIBUTES = {
    "commonName": "CN",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "streetAddress": "STREET",
    "domainComponent": "DC",
    "userId": "UID",
}
