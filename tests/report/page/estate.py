"""An estate of made-up endpoints: result documents as the monitor would have them."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)

SERVICES = (
    "payments", "orders", "billing", "ledger", "stock", "shipping", "accounts", "search", "mail",
    "reports", "identity", "tokens", "archive", "quotes", "fraud", "cards", "notify", "gateway",
)  # fmt: skip
PLACES = ("fra", "ams", "iad", "sin")
ISSUERS = (
    ("CN=Corp Issuing CA 3,O=Example Corp,C=DE", "CN=Corp Root CA,O=Example Corp,C=DE", 90),
    ("CN=Partner Services CA,O=Partner AG,C=CH", "CN=Partner Root,O=Partner AG,C=CH", 397),
    ("CN=Mesh CA,O=Example Corp", "CN=Corp Root CA,O=Example Corp,C=DE", 6),
    ("CN=R12,O=Let's Encrypt,C=US", "CN=ISRG Root X1,O=Internet Security Research Group,C=US", 47),
)
PROFILES = (
    "openssl",
    "openssl-no-partial-chain",
    "openssl-strict",
    "go",
    "rustls",
    "java",
    "gnutls",
    "web-pki",
)


def documents(count: int, now: datetime = NOW) -> list[dict[str, Any]]:
    """So many last readings, always the same ones."""
    dice = random.Random(42)
    return [document(number, dice, now) for number in range(count)]


def lines(count: int, now: datetime = NOW) -> list[str]:
    """The same as lines of JSON."""
    return [json.dumps(each) for each in documents(count, now)]


def document(number: int, dice: random.Random, now: datetime) -> dict[str, Any]:
    """One reading; a few of a hundred fail, and a few are about to expire."""
    service, place = SERVICES[number % len(SERVICES)], PLACES[number // len(SERVICES) % len(PLACES)]
    series = number // (len(SERVICES) * len(PLACES))
    name = f"{service}{series or ''}.{place}.corp.example"
    issuer, root, days = ISSUERS[dice.choices(range(4), (10, 4, 3, 3))[0]]
    lifetime = timedelta(days=days)
    # Renewed with a third left, but a few are late.
    late = dice.random() < 0.05
    age = lifetime * (dice.uniform(0.67, 1.02) if late else dice.uniform(0.0, 0.66))
    not_before = now - age
    return reading(name, not_before, not_before + lifetime, issuer, root, now, dice)


def reading(
    name: str,
    not_before: datetime,
    not_after: datetime,
    issuer: str,
    root: str,
    now: datetime,
    dice: random.Random,
) -> dict[str, Any]:
    """One document, judged as the default policy would."""
    left, lifetime = not_after - now, not_after - not_before
    head = {
        "schema": "halfshake/1",
        "target": name,
        "host": name,
        "port": 443,
        "server_name": name,
        "sni": name,
        "address": f"10.{dice.randrange(40)}.{dice.randrange(256)}.{dice.randrange(1, 255)}:443",
        "observed_at": stamp(now - timedelta(seconds=dice.randrange(60))),
    }
    if dice.random() < 0.008:
        return head | {
            "outcome": "failed",
            "failure": {
                "phase": "connect",
                "reason": "connection-timeout",
                "detail": f"{head['address']} did not answer",
                "advice": "Look at the network and at the firewall between here and the server.",
            },
            "verdict": {"status": "unknown", "findings": []},
            "timings_ms": {"total": 10_000.0},
        }
    warning, critical = min(timedelta(14), lifetime / 3), min(timedelta(7), lifetime / 6)
    status, findings = "ok", []
    if left < critical:
        status = "critical"
        code = "expired" if left < timedelta(0) else "expires-soon"
        words = (
            "has expired" if left < timedelta(0) else f"expires in {left / timedelta(1):.1f} days"
        )
        findings.append(finding(code, "critical", f"the certificate {words}",
            "Renew it and make the server load the new one."))  # fmt: skip
    elif left < warning:
        status = "warning"
        message = f"the certificate expires in {left / timedelta(1):.1f} days"
        advice = "Renew it and make the server load the new one."
        findings.append(finding("expires-soon", "warning", message, advice))
    requested = dice.random() < 0.85
    chain = [
        certificate(f"CN={name}", issuer, not_before, not_after, [name]),
        certificate(issuer, root, now - timedelta(400), now + timedelta(1400), []),
    ]
    return head | {
        "outcome": "read",
        "tls": {
            "version": "TLSv1.3",
            "cipher_suite": "TLS_AES_256_GCM_SHA384",
            "named_group": "x25519",
        },
        "client_auth": {
            "requested": requested,
            "acceptable_cas": ["CN=Client CA,O=Example Corp"] if requested else [],
            "signature_schemes": ["ecdsa_secp256r1_sha256"],
        },
        "key_possession": "proven",
        "chain": chain,
        "verdict": {
            "status": status,
            "trusted": True,
            "name_matches": True,
            "not_after": stamp(not_after),
            "seconds_left": int(left.total_seconds()),
            "path_not_after": stamp(not_after),
            "path_dies_first": f"CN={name}",
            "warning_seconds": int(warning.total_seconds()),
            "critical_seconds": int(critical.total_seconds()),
            "clients": [{"profile": each, "clients": each, "accepts": True} for each in PROFILES],
            "findings": findings,
        },
        "timings_ms": {"total": round(dice.uniform(3, 60), 3)},
    }


def finding(code: str, severity: str, message: str, advice: str) -> dict[str, str]:
    """One finding."""
    return {"code": code, "severity": severity, "message": message, "advice": advice}


def certificate(
    subject: str, issuer: str, not_before: datetime, not_after: datetime, names: list[str]
) -> dict[str, Any]:
    """One certificate of a chain."""
    identity = hashlib.sha256(f"{subject}{issuer}{not_after}".encode()).hexdigest()
    return {
        "subject": subject,
        "issuer": issuer,
        "serial": identity[:32],
        "sha256": identity,
        "spki_sha256": hashlib.sha256(subject.encode()).hexdigest(),
        "not_before": stamp(not_before),
        "not_after": stamp(not_after),
        "dns_names": names,
        "ip_addresses": [],
        "key": {"type": "ECDSA secp256r1", "bits": 256},
        "signature_algorithm": "ecdsa-with-SHA256",
    }


def stamp(moment: datetime) -> str:
    """A time as the documents have it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
