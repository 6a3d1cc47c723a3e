"""Names as Java compares them: distinguished names, host names, and wildcards anywhere."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, TypeAlias

from halfshake.trust.clients.chain.labels import LETTERS_DIGITS_HYPHEN, are_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509

    from halfshake.trust.clients.chain.facts import Facts
    from halfshake.trust.clients.chain.question import Anchors

Canonical: TypeAlias = "tuple[frozenset[tuple[str, str]], ...]"


def is_issuer(certificate: Facts, issuer: Facts) -> bool:
    """Is the one's issuer the other's subject."""
    return certificate.issuer == issuer.subject or (
        canonical_issuer(certificate) == canonical_subject(issuer)
    )


def is_self_issued(certificate: Facts) -> bool:
    """Are subject and issuer the same name."""
    return is_issuer(certificate, certificate)


@functools.lru_cache(maxsize=32)
def anchors_by_name(anchors: Anchors) -> Mapping[Canonical, tuple[Facts, ...]]:
    """Sort a trust store by the names that Java sees."""
    by_name: dict[Canonical, tuple[Facts, ...]] = {}
    for found in anchors.by_subject.values():
        name = canonical_subject(found[0])
        by_name[name] = (*by_name.get(name, ()), *found)
    return by_name


def canonical_subject(certificate: Facts) -> Canonical:
    """The subject as X500Principal compares it."""
    return _canonical(_Encoded(certificate.subject, certificate.certificate.subject))


def canonical_issuer(certificate: Facts) -> Canonical:
    """The issuer as X500Principal compares it."""
    return _canonical(_Encoded(certificate.issuer, certificate.certificate.issuer))


class _Encoded:
    """A name that is found again by its DER: a CA has issued many, its name is read once."""

    def __init__(self, der: bytes, name: x509.Name) -> None:
        self.der, self.name = der, name

    def __hash__(self) -> int:
        return hash(self.der)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Encoded) and self.der == other.der


@functools.lru_cache(maxsize=4096)
def _canonical(encoded: _Encoded) -> Canonical:
    return canonical(encoded.name)


def canonical(name: x509.Name) -> Canonical:
    """Case and spaces do not count, in printable strings and those of UTF-8.

    Strings of other kinds have to be the same bytes.
    """
    return tuple(
        frozenset((attribute.oid.dotted_string, _canonical_value(attribute)) for attribute in rdn)
        for rdn in name.rdns
    )


def _canonical_value(attribute: x509.NameAttribute[str | bytes]) -> str:
    # The library keeps the kind of string to itself; where it tells none, it is as of UTF-8.
    kind = getattr(attribute, "_type", None)
    name = getattr(kind, "name", "UTF8String")
    if name not in {"UTF8String", "PrintableString"}:
        return f"#{name}:{attribute.value!r}"
    text = " ".join(str(attribute.value).split()).upper().lower()
    return unicodedata.normalize("NFKD", text)


def dns_name_matches(pattern: str, name: str) -> bool:
    """HostnameChecker.isMatched: a wildcard may be anywhere in any label but the last."""
    pattern, name = pattern.lower(), name.lower().removesuffix(".")
    if pattern in {"*", "*."} or "*" in pattern.rpartition(".")[2]:
        return False
    # An A-label with a wildcard in it is none, and does not decode.
    if not is_host_name(pattern.replace("*", "z")) or "*" in "".join(
        filter(_is_a_label, pattern.split("."))
    ):
        return False
    labels, patterns = name.split("."), pattern.split(".")
    return len(labels) == len(patterns) and all(map(_label_matches, patterns, labels))


def _is_a_label(label: str) -> bool:
    return label.startswith("xn--")


def _label_matches(pattern: str, label: str) -> bool:
    if "*" not in pattern:
        return pattern == label
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), label) is not None


def is_host_name(text: str) -> bool:
    """SNIHostName: letters, digits and hyphens, and no dot at the end."""
    return len(text) <= 255 and are_labels(text, LETTERS_DIGITS_HYPHEN)
