"""Which of the CAs that a server accepts are public web CAs: the CAs of the system's trust store.

This runs for every server that names CAs, so it is fast: a certificate is parsed only if it
contains the words of a name, unless the server names very many.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.errors import TrustStoreInvalid
from halfshake.inputs.trust_stores import file_content, files_in
from halfshake.trust.rules.client_cas import comparable
from halfshake.trust.store import certificates_in

if TYPE_CHECKING:
    from collections.abc import Iterable


def public_ca_names(
    names: Iterable[str], own: Iterable[bytes], *, environment: bool
) -> frozenset[str]:
    """Which of the names, as `comparable` returns them, belong to a public CA.

    CAs that administrators added to the system's store do not count, nor do `own` ones. With
    `environment`, SSL_CERT_FILE and SSL_CERT_DIR replace the system's store, as for every OpenSSL
    client. Without a store, no CA is public.
    """
    return _public(tuple(map(comparable, names)), tuple(own), environment)


@functools.lru_cache(maxsize=256)
def _public(names: tuple[str, ...], own: tuple[bytes, ...], environment: bool) -> frozenset[str]:
    if len(names) > MANY_NAMES:
        subjects = _subjects(environment)
        return frozenset(name for name in names if subjects.get(name, frozenset()) - set(own))
    public = [(der, text) for der, text in _store(environment) if der not in own]
    found = set()
    for name in set(names):
        words = _words(name)
        for der, text in public:
            if all(word in text for word in words):
                subject = read_certificate(der).subject
                if subject is not None and comparable(subject) == name:
                    found.add(name)
                    break
    return frozenset(found)


@functools.lru_cache(maxsize=2)
def _subjects(environment: bool) -> dict[str, frozenset[bytes]]:
    """Every public CA's name, and its certificates."""
    named: dict[str, set[bytes]] = {}
    for der, _ in _store(environment):
        subject = read_certificate(der).subject
        if subject is not None:
            named.setdefault(comparable(subject), set()).add(der)
    return {name: frozenset(ders) for name, ders in named.items()}


def _words(name: str) -> list[bytes]:
    values = (part.partition("=")[2] for part in re.split(r"(?<!\\)[,+]", name))
    return [word.encode() for value in values for word in re.findall(r"[a-z]{2,}", value)]


@functools.lru_cache(maxsize=2)
def _store(environment: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Each certificate, and a lower-case copy of it to search for words."""
    named = [os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")]
    if environment and any(named):
        ders = _ders(named[0]) if named[0] else _ders_below(named[1])
    else:
        ders = next((found for bundle in BUNDLES if (found := _ders(bundle))), [])
    added = {der for directory in LOCALLY_ADDED for der in _ders_below(directory)}
    return tuple((der, der.lower()) for der in ders if der not in added)


def _ders(path: str) -> list[bytes]:
    try:
        return certificates_in(file_content(path))
    except TrustStoreInvalid:
        return []


def _ders_below(directories: str) -> list[bytes]:
    paths: list[str] = []
    for directory in directories.split(os.pathsep):
        with contextlib.suppress(OSError):
            paths += [file.path for file in files_in(directory)]
    return [der for path in paths for der in _ders(path)]


# Beyond that it takes less time to parse the whole store, once, than to search it for each name. A
# server can name 5,000 CAs, without a word to search for.
MANY_NAMES = 50

# Debian and Arch, Red Hat, SUSE, Alpine and BSD.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

# Where administrators of Debian, Red Hat, Arch and SUSE put their own CAs.
LOCALLY_ADDED = (
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/ca-certificates/trust-source/anchors",
    "/etc/pki/trust/anchors",
)
