"""`--fetch`: get the issuers and CRLs that a chain points to, before it is judged."""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING

from halfshake.dial.fetch import FetchFailed, FetchLimits, fetch
from halfshake.errors import UsageError
from halfshake.muted import muted
from halfshake.reading.aside import aside
from halfshake.trust.rules.pointers import Fetched, certificates_from, crl_urls, issuer_urls
from halfshake.trust.rules.revocation.revocation_list import RevocationList, parse_crl

if TYPE_CHECKING:
    import argparse

    from halfshake.observation import Observation
    from halfshake.trust.store import TrustStore


def fetch_limits(options: argparse.Namespace) -> FetchLimits:
    """Read --fetch-from; raises UsageError."""
    networks = []
    for text in options.fetch_from:
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError as error:
            raise UsageError(
                f"--fetch-from must be a network such as 10.0.0.0/8: {error}"
            ) from error
    return FetchLimits(options.timeout, tuple(networks))


async def fetch_for(observation: Observation, store: TrustStore, limits: FetchLimits) -> Fetched:
    """Fetch the issuers that a chain lacks, then the CRLs of all its certificates."""
    chain = tuple(certificate.der for certificate in observation.chain)
    certificates: list[bytes] = []
    crls: list[RevocationList] = []
    complaints: list[str] = []
    for _ in range(MAX_ISSUERS):
        urls = issuer_urls((*chain, *certificates), store.anchors)[:MAX_URLS]
        more = await _issuers(urls, limits, complaints)
        new = [der for der in more if der not in certificates and der not in chain]
        if not new:
            break
        certificates += new
    for url in crl_urls((*chain, *certificates))[:MAX_CRLS]:
        try:
            data = await fetch(url, limits)
            crls.append(await aside(functools.partial(_revocation_list, url, data)))
        except (FetchFailed, ValueError) as error:
            complaints.append(_sentence(error, f"{url} does not hold a CRL"))
    return Fetched(tuple(certificates), tuple(crls), tuple(complaints))


def _revocation_list(url: str, data: bytes) -> RevocationList:
    """Read a CRL to its end: a megabyte of entries takes a tenth of a second."""
    with muted():
        crl = RevocationList(url, parse_crl(data))
        _ = crl.problem
    return crl


async def _issuers(
    urls: tuple[str, ...], limits: FetchLimits, complaints: list[str]
) -> tuple[bytes, ...]:
    for url in urls:
        try:
            return certificates_from(await fetch(url, limits))[:MAX_BUNDLE]
        except (FetchFailed, ValueError) as error:
            complaints.append(_sentence(error, f"{url} does not hold a certificate"))
    return ()


def _sentence(error: Exception, otherwise: str) -> str:
    return str(error) if isinstance(error, FetchFailed) else otherwise


# Chains have a few intermediates; an endless chain of URLs is not followed.
MAX_ISSUERS = 4
MAX_URLS = 2
MAX_CRLS = 6
MAX_BUNDLE = 10
