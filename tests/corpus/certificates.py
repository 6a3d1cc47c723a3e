"""Certificates written by hand: by default, `root`, `intermediate` and `leaf` are correct.

Everything that a case may want to get wrong is an argument; `extensions` replaces an extension by
its RFC 5280 name, and leaves it out if it is None.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from corpus import NAME
from corpus import extensions as ext
from corpus.der import (
    BMP_STRING,
    GENERALIZED_TIME,
    PRINTABLE_STRING,
    UTC_TIME,
    UTF8_STRING,
    bit_string,
    explicit,
    integer,
    oid,
    sequence,
    set_of,
    tlv,
)
from corpus.keyring import Key, algorithm_identifier, key, pem, signature

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NotRequired, TypeAlias, Unpack

    Extensions: TypeAlias = Mapping[str, bytes | None]


@dataclass(frozen=True)
class DistinguishedName:
    """A name in DER, and as RFC 4514 prints it."""

    der: bytes
    text: str


@dataclass(frozen=True)
class Certified:
    """A certificate and its subject's private key."""

    der: bytes
    key: Key
    subject: DistinguishedName
    issuer: DistinguishedName
    serial: int

    @property
    def pem(self) -> bytes:
        """The certificate in a file."""
        return pem("CERTIFICATE", self.der)

    @property
    def text(self) -> str:
        """The subject, as RFC 4514 prints it."""
        return self.subject.text


class Wishes(TypedDict):
    """The settings of any certificate; `days` are from now, or the dates in DER."""

    key: NotRequired[Key]
    days: NotRequired[tuple[float, float]]
    validity: NotRequired[bytes]
    extensions: NotRequired[Extensions]
    version: NotRequired[int]
    serial: NotRequired[int]
    digest: NotRequired[str]
    pss: NotRequired[bool]
    issuer_name: NotRequired[DistinguishedName]
    signer: NotRequired[Key]
    break_signature: NotRequired[bool]
    outer_algorithm: NotRequired[bytes]


def dn(*attributes: tuple[str, str], string: int = UTF8_STRING) -> DistinguishedName:
    """Write a name, its least specific part first; `string` is the type of its strings."""
    encoding = "utf-16-be" if string == BMP_STRING else "utf-8"
    rdns = (
        set_of(sequence(oid(_ATTRIBUTES[kind]), tlv(string, value.encode(encoding))))
        for kind, value in attributes
    )
    text = ",".join(f"{kind}={value}" for kind, value in reversed(attributes))
    return DistinguishedName(sequence(*rdns), text)


def cn(common_name: str, *, string: int = UTF8_STRING) -> DistinguishedName:
    """Write a name of a common name alone."""
    return dn(("CN", common_name), string=string)


def root(name: str | DistinguishedName = "Root", **wishes: Unpack[Wishes]) -> Certified:
    """Make a root of ten years; its key is found by its name."""
    subject = cn(name) if isinstance(name, str) else name
    wishes.setdefault("key", key(subject.text))
    wishes.setdefault("days", (-400, 3650))
    own: dict[str, bytes | None] = _ca_extensions(wishes["key"])
    return _certificate(subject, None, own, wishes)


def intermediate(
    issuer: Certified, name: str | DistinguishedName = "Intermediate", **wishes: Unpack[Wishes]
) -> Certified:
    """Make a CA below another."""
    subject = cn(name) if isinstance(name, str) else name
    wishes.setdefault("key", key(subject.text))
    wishes.setdefault("days", (-300, 1800))
    own: dict[str, bytes | None] = _ca_extensions(wishes["key"])
    own["authorityKeyIdentifier"] = ext.authority_key_identifier(issuer.key.identifier)
    return _certificate(subject, issuer, own, wishes)


def leaf(
    issuer: Certified | None,
    name: str | DistinguishedName = NAME,
    *names: bytes,
    **wishes: Unpack[Wishes],
) -> Certified:
    """Make an end entity's certificate, self-signed without an issuer.

    It is for `names`, made by `extensions.dns` and similar functions; for its common name if none
    is given.
    """
    subject = cn(name) if isinstance(name, str) else name
    wishes.setdefault("key", key("leaf"))
    wishes.setdefault("days", (-30, 60))
    identifier = (issuer.key if issuer else wishes["key"]).identifier
    alternatives = names or (ext.dns(NAME if isinstance(name, DistinguishedName) else name),)
    own: dict[str, bytes | None] = {
        "keyUsage": ext.key_usage("digitalSignature"),
        "extKeyUsage": ext.extended_key_usage(ext.SERVER_AUTH),
        "subjectAltName": ext.subject_alternative_name(*alternatives),
        "subjectKeyIdentifier": ext.subject_key_identifier(wishes["key"].identifier),
        "authorityKeyIdentifier": ext.authority_key_identifier(identifier),
    }
    return _certificate(subject, issuer, own, wishes)


def utc_time(text: str) -> bytes:
    """Write a UTCTime with this text."""
    return tlv(UTC_TIME, text.encode())


def generalized_time(text: str) -> bytes:
    """Write a GeneralizedTime with this text."""
    return tlv(GENERALIZED_TIME, text.encode())


def days_from_now(days: float) -> bytes:
    """Write a date as RFC 5280 4.1.2.5 requires: UTCTime until 2049."""
    moment = datetime.now(UTC) + timedelta(days=days)
    if moment.year < 2050:
        return utc_time(f"{moment:%y%m%d%H%M%SZ}")
    return generalized_time(f"{moment:%Y%m%d%H%M%SZ}")


def _ca_extensions(its_key: Key) -> dict[str, bytes | None]:
    return {
        "basicConstraints": ext.basic_constraints(ca=True),
        "keyUsage": ext.key_usage("keyCertSign", "cRLSign"),
        "subjectKeyIdentifier": ext.subject_key_identifier(its_key.identifier),
    }


def _certificate(
    subject: DistinguishedName,
    issuer: Certified | None,
    own: dict[str, bytes | None],
    wishes: Wishes,
) -> Certified:
    its_key = wishes["key"]
    signer = wishes.get("signer", issuer.key if issuer else its_key)
    digest, pss = wishes.get("digest", "sha256"), wishes.get("pss", False)
    issuer_name = wishes.get("issuer_name", issuer.subject if issuer else subject)
    serial = wishes.get("serial", next(_SERIALS))
    version = wishes.get("version", 3)
    written = [value for value in {**own, **wishes.get("extensions", {})}.values() if value]
    tbs = sequence(
        explicit(0, integer(version - 1)) if version > 1 else b"",
        integer(serial),
        algorithm_identifier(signer, digest, pss=pss),
        issuer_name.der,
        wishes.get("validity") or sequence(*(days_from_now(days) for days in wishes["days"])),
        subject.der,
        its_key.spki,
        explicit(3, sequence(*written)) if written and version == 3 else b"",
    )
    algorithm, signed = signature(signer, tbs, digest, pss=pss)
    if wishes.get("break_signature"):
        # The last byte but a few: an ECDSA signature keeps its shape, and is another's.
        signed = signed[:-3] + bytes((signed[-3] ^ 1,)) + signed[-2:]
    algorithm = wishes.get("outer_algorithm", algorithm)
    der = sequence(tbs, algorithm, bit_string(signed))
    return Certified(der, its_key, subject, issuer_name, serial)


_SERIALS = itertools.count(0x1000)
_ATTRIBUTES = {
    "C": "2.5.4.6",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "CN": "2.5.4.3",
    "DC": "0.9.2342.19200300.100.1.25",
}
PRINTABLE = PRINTABLE_STRING
