"""Which CAs a server accepts for client certificates: what is known about them, and what is wrong.

A server sends only names. Our files give them certificates, and so dates.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import read_certificate
from halfshake.trust.findings import Finding, found
from halfshake.trust.rules import dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import ClientAuth
    from halfshake.trust.policy import Policy


class PartnerChain(NamedTuple):
    """A partner's public certificates, the end entity first, and the file's name for people."""

    name: str
    ders: tuple[bytes, ...]


class ClientSide(NamedTuple):
    """What we know about the clients' side.

    `known` are certificates of client CAs in DER, `public` the names of public web CAs (as
    `comparable` gives them), `partners` the chains to check: would the server let them in?
    """

    known: tuple[bytes, ...] = ()
    public: frozenset[str] = frozenset()
    partners: tuple[PartnerChain, ...] = ()


class AcceptableCa(NamedTuple):
    """One CA that the server names; `certificate` is the longest-lasting known one of this name."""

    name: str
    certificate: PresentedCertificate | None
    public: bool


@functools.lru_cache(maxsize=1024)
def acceptable_cas(client_auth: ClientAuth, side: ClientSide) -> tuple[AcceptableCa, ...]:
    """Match the server's list with what is known."""
    known = _by_name(side.known)
    return tuple(
        AcceptableCa(name, known.get(comparable(name)), comparable(name) in side.public)
        for name in client_auth.acceptable_cas
    )


def lint_client_cas(
    client_auth: ClientAuth, side: ClientSide, policy: Policy, now: datetime
) -> list[Finding]:
    """Check the list itself, and compare it with the files."""
    if not client_auth.requested:
        return []
    findings = [*_of_the_list(client_auth, side)]
    if side.known and client_auth.acceptable_cas:
        findings += _dates(acceptable_cas(client_auth, side), policy, now)
        findings += _differences(client_auth, side)
    return findings


@functools.lru_cache(maxsize=1024)
def _of_the_list(client_auth: ClientAuth, side: ClientSide) -> tuple[Finding, ...]:
    """What is wrong with it at any time: a scan meets the same list at many servers."""
    if not client_auth.acceptable_cas:
        message = "the server asks for a client certificate but names no CA"
        return (found("client-ca-list-empty", message),)
    public = [ca.name for ca in acceptable_cas(client_auth, side) if ca.public]
    return (
        *_long(client_auth),
        *_told(
            "client-ca-public",
            public,
            "a public CA is accepted for client certificates",
            f"{len(public)} public CAs are accepted for client certificates",
        ),
    )


def lint_client_ca_changes(client_auth: ClientAuth, earlier: ClientAuth) -> list[Finding]:
    """Compare with the list of an earlier reading; without a request there is no list."""
    if not client_auth.requested or not earlier.requested:
        return []
    dropped = _without(earlier.acceptable_cas, client_auth.acceptable_cas)
    added = _without(client_auth.acceptable_cas, earlier.acceptable_cas)
    return [
        *_told(
            "client-ca-dropped",
            dropped,
            "1 CA is no longer accepted",
            f"{len(dropped)} CAs are no longer accepted",
        ),
        *_told(
            "client-ca-added",
            added,
            "1 more CA is accepted",
            f"{len(added)} more CAs are accepted",
        ),
    ]


def comparable(name: str) -> str:
    """An RFC 4514 name for comparisons; case and spaces do not count (RFC 5280 7.1)."""
    return " ".join(name.casefold().split())


def _long(client_auth: ClientAuth) -> list[Finding]:
    size = client_auth.acceptable_cas_bytes
    if size is None:
        return []
    limit = next((limit for limit in LIMITS if limit * NEAR <= size <= limit), None)
    where = f"near the limit of {round(limit / 1024)} KiB" if limit else None
    if where is None and size > LIMITS[0]:
        passed = max(limit for limit in LIMITS if limit < size)
        where = f"above the limit of {round(passed / 1024)} KiB"
    if where is None:
        return []
    message = (
        f"the server names {len(client_auth.acceptable_cas)} acceptable CAs in {size} bytes, "
        f"{where} that some programs have"
    )
    return [found("client-ca-list-long", message, {"bytes": size})]


def _dates(listed: Iterable[AcceptableCa], policy: Policy, now: datetime) -> list[Finding]:
    expired, soon = [], []
    for ca in listed:
        certificate = ca.certificate
        if certificate is None or certificate.not_after is None:
            continue
        entry = f"{ca.name} ({certificate.not_after:%Y-%m-%d})"
        lifetime = dates.lifetime(certificate)
        if certificate.not_after <= now:
            expired.append(entry)
        elif lifetime and certificate.not_after - now < policy.for_path().warning_left(lifetime):
            soon.append(entry)
    return [
        *_told(
            "client-ca-expired",
            expired,
            "an acceptable CA has expired",
            "acceptable CAs have expired",
        ),
        *_told(
            "client-ca-expires-soon",
            soon,
            "an acceptable CA expires soon",
            "acceptable CAs expire soon",
        ),
    ]


def _differences(client_auth: ClientAuth, side: ClientSide) -> list[Finding]:
    names = [certificate.subject or "" for certificate in _by_name(side.known).values()]
    unknown = _without(client_auth.acceptable_cas, names)
    missing = _without(names, client_auth.acceptable_cas)
    return [
        *_told(
            "client-ca-unknown",
            unknown,
            "1 acceptable CA is in none of the files",
            f"{len(unknown)} acceptable CAs are in none of the files",
        ),
        *_told(
            "client-ca-not-listed",
            missing,
            "1 CA in the files is not accepted",
            f"{len(missing)} CAs in the files are not accepted",
        ),
    ]


def _told(code: str, names: Sequence[str], one: str, several: str) -> list[Finding]:
    """A finding that lists these names, worded for one or for several; none without names."""
    if not names:
        return []
    what = one if len(names) == 1 else several
    return [found(code, f"{what}: {_listed(names)}", {"count": len(names)})]


def _by_name(ders: Iterable[bytes]) -> dict[str, PresentedCertificate]:
    """The longest-lasting certificate of each name: a renewed CA keeps its name."""
    known: dict[str, PresentedCertificate] = {}
    for certificate in map(read_certificate, ders):
        if certificate.subject is None:
            continue
        name = comparable(certificate.subject)
        before = known.get(name)
        ends = certificate.not_after
        if before is None or before.not_after is None or (ends and ends > before.not_after):
            known[name] = certificate
    return known


def _without(names: Iterable[str], others: Iterable[str]) -> list[str]:
    taken = {comparable(name) for name in others}
    return [name for name in names if comparable(name) not in taken]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return "; ".join(names[:MAX_NAMED]) + more


# Schannel sends no more than 16 KiB of names; Java reads messages of 32 KiB
# (jdk.tls.maxHandshakeMessageSize); two bytes of length hold 64 KiB (RFC 9846 4.3.4).
LIMITS = (16_384, 32_768, 65_535)
NEAR = 0.875

# Enough for a sentence; the result document has them all.
MAX_NAMED = 3
