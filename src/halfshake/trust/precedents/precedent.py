"""`Precedent`: a judgement that holds for every certificate of the same pattern.

What anybody could judge differently is either a part of the pattern (`certificate_pattern.py`), the
same chain above and the same store, or looked at again for each certificate:

- the signature, by the key of the one certificate that can have made it;
- the dates: the leaf is valid, and is the first of its path to expire, so that OpenSSL is not asked
  for a later path; nothing above it starts or ends meanwhile (`period`);
- the name that is asked for, by its relation to the names of the leaf (`relation.py`);
- the subject: it is nobody's issuer, so the leaf can stand nowhere else in a path;
- the lifetime, where a public CA has issued it.

There is none where anything else could depend on the values: name constraints compare names, two
issuers of one name are told apart by signatures, and a finding may quote the leaf.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import public_key_of, read_certificate
from halfshake.trust.chain_judgement import ChainJudgement
from halfshake.trust.cost import NAME_CONSTRAINTS
from halfshake.trust.lifetimes import Period, unchanged_period
from halfshake.trust.path import parsed, signature_holds
from halfshake.trust.precedents.relation import Relation, relation
from halfshake.trust.rules import identity
from halfshake.trust.rules.lint import is_of_a_public_ca, lifetime_too_long

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from halfshake.certificate import PresentedCertificate
    from halfshake.certificate_pattern import Cut
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.store import TrustStore


class Leaf(NamedTuple):
    """A server's certificate, and its values."""

    facts: PresentedCertificate
    values: Cut


class Signed(NamedTuple):
    """The issuer's key, and the algorithm that its signatures are checked with."""

    key: CertificatePublicKeyTypes
    parameters: object
    hash_algorithm: object


class Precedent(NamedTuple):
    """A clean judgement, of a name that matched, and what a certificate has to keep to.

    `names` are the subjects and issuers of all other certificates. `answers` has what the clients
    said for each relation of names that was judged so far.
    """

    judgement: ChainJudgement
    signed: Signed
    names: frozenset[str]
    period: Period
    path_not_after: datetime
    public: bool
    answers: Mapping[Relation, tuple[ClientVerdict, ...]]

    def covers(self, leaf: Leaf, now: datetime) -> bool:
        """Is it certain that the leaf would be judged the same, but for its names."""
        facts, values = leaf
        return (
            self.period.includes(now)
            and values.not_before <= now < values.not_after <= self.path_not_after
            and not facts.problems
            and is_comparable(facts.subject)
            and comparable(facts.subject or "") not in self.names
            and not (self.public and lifetime_too_long(facts))
            and self._is_signed(values)
        )

    def _is_signed(self, values: Cut) -> bool:
        key, parameters, hash_algorithm = self.signed
        return signature_holds(key, values.signature, values.signed, parameters, hash_algorithm)

    def applied(self, leaf: Leaf, reference_identifier: str) -> ChainJudgement | None:
        """The judgement on a leaf that it covers; None for a relation that was not judged yet."""
        related = relation(leaf.values, reference_identifier)
        clients = None if related is None else self.answers.get(related)
        if related is None or clients is None:
            return None
        judged = self.judgement
        path = (leaf.facts.der, *judged.path[1:])
        if related.matches:
            return ChainJudgement(
                trusted=judged.trusted,
                judged_by=judged.judged_by,
                name_matches=judged.name_matches,
                path=path,
                clients=clients,
                findings=judged.findings,
            )
        mismatch = identity.name_mismatch(leaf.facts, reference_identifier)
        return self.judgement._replace(
            name_matches=False,
            path=path,
            clients=tuple(
                client._replace(reason=client.reason.replace(ASKED_FOR, reference_identifier))
                for client in clients
            ),
            findings=(mismatch, *self.judgement.findings),
        )


def precedent_of(
    judgement: ChainJudgement,
    leaf: Leaf,
    above: tuple[bytes, ...],
    store: TrustStore,
    now: datetime,
) -> Precedent | None:
    """Make a precedent of a judgement whose name matched; None where it would not be safe.

    `above` is what the server sent besides the leaf.
    """
    path = judgement.path[1:]
    if not _is_clean(judgement) or not path or sum(map(len, above)) > MAX_BYTES_ABOVE:
        return None
    every = (*above, *path)
    if any(NAME_CONSTRAINTS in encoded for encoded in (*every, *leaf.values.pattern)):
        return None
    others = {der: read_certificate(der) for der in (*above, *store.anchors)}
    if not _is_the_only_path(leaf.facts, path, others):
        return None
    dates = [others[der].not_after for der in path]
    signed = _signed(leaf.facts.der, path[0])
    certificate = parsed(leaf.facts.der)
    if signed is None or certificate is None or None in dates:
        return None
    precedent = Precedent(
        judgement=judgement,
        signed=signed,
        names=frozenset(
            comparable(name)
            for facts in others.values()
            for name in (facts.subject, facts.issuer)
            if name is not None
        ),
        period=unchanged_period(every, store.date_boundaries, now),
        path_not_after=min(not_after for not_after in dates if not_after is not None),
        public=is_of_a_public_ca(certificate),
        answers={},
    )
    return precedent if precedent.covers(leaf, now) else None


def _is_clean(judgement: ChainJudgement) -> bool:
    return (
        judgement.trusted is True
        and judgement.judged_by == "openssl"
        and judgement.name_matches is True
        and all(client.accepts for client in judgement.clients)
        and {finding.code for finding in judgement.findings} <= INDEPENDENT_OF_THE_LEAF
    )


def _is_the_only_path(
    leaf: PresentedCertificate,
    path: tuple[bytes, ...],
    others: Mapping[bytes, PresentedCertificate],
) -> bool:
    """Do the names allow no other path, neither as OpenSSL compares them nor as others do."""
    reached: set[bytes] = set()
    below = [leaf]
    while below:
        issuer = below.pop().issuer
        if issuer is None:
            return False
        wanted = comparable(issuer)
        for der, facts in others.items():
            if facts.subject is None:
                return False
            if der not in reached and comparable(facts.subject) == wanted:
                reached.add(der)
                below.append(facts)
    return reached == set(path)


def _signed(leaf: bytes, issuer: bytes) -> Signed | None:
    certificate, key = parsed(leaf), public_key_of(issuer)
    if certificate is None or key is None:
        return None
    return Signed(
        key, certificate.signature_algorithm_parameters, certificate.signature_hash_algorithm
    )


def is_comparable(subject: str | None) -> bool:
    """Is a leaf's subject one that `comparable` makes the same of for everybody."""
    # With a plus, the order of what it joins does not count.
    return subject is not None and subject.isascii() and "+" not in subject


def comparable(name: str) -> str:
    """A name such that those which any client takes for the same are the same here.

    Clients differ on case, spaces, kinds of string and forms of Unicode: none of them counts.
    """
    return "".join(unicodedata.normalize("NFKD", name).casefold().split())


def as_asked_for_anything(
    clients: Iterable[ClientVerdict], reference_identifier: str
) -> tuple[ClientVerdict, ...]:
    """What clients said, with a sign in place of the name that was asked for."""
    return tuple(
        client._replace(reason=client.reason.replace(reference_identifier, ASKED_FOR))
        for client in clients
    )


# Findings about what is sent besides the leaf, and about an extension that is not there.
INDEPENDENT_OF_THE_LEAF = frozenset(
    {"extra-certificates", "root-sent", "wrong-order", "server-auth-missing"}
)

# OpenSSL refuses chains of more than 100 KiB.
MAX_BYTES_ABOVE = 65_536

# No name and no reason has it.
ASKED_FOR = "\0"
