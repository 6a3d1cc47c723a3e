"""Chains drawn at random, to compare Halfshake with live clients beyond the corpus.

`make corpus-draw` draws some hundred chains from what the corpus varies, asks every live client,
and prints each case on which Halfshake says otherwise. Not a test: what it finds becomes a case.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from corpus import NAME, Case
from corpus import extensions as ext
from corpus.certificates import PRINTABLE, cn, dn, intermediate, leaf, root
from corpus.der import implicit, integer, oid, sequence
from corpus.judges import reference
from corpus.keyring import key
from corpus.live import ACCEPTED, LIVE_CLIENTS, Question
from corpus.opinions import judgement_of
from corpus.serving import port_of

if TYPE_CHECKING:
    from corpus.certificates import Certified, DistinguishedName, Extensions


class Draw(random.Random):
    """Draws certificates, most of them right, each with a few faults."""

    def case(self, number: int) -> Case:
        """A chain, a store, and a name to ask for."""
        roots = [self._root() for _ in range(self.choice((1, 1, 2)))]
        cas: list[Certified] = []
        for _ in range(self.choice((0, 1, 1, 1, 2, 2, 3))):
            cas.append(self._intermediate(self.choice(cas or roots)))
        end_entity = self._leaf(self.choice(cas or roots))
        sent = [ca for ca in cas if self.random() < 0.9]
        if self.random() < 0.7:
            sent.reverse()
        sent += [top for top in roots if self.random() < 0.2]
        store = [top for top in roots if self.random() < 0.9] or roots
        store += [ca for ca in cas if self.random() < 0.1]
        store += [end_entity] * (self.random() < 0.04)
        self.shuffle(store)
        asked = self.choice((*[NAME] * 8, "192.0.2.7", "a_b.corp.example"))
        return Case(f"draw {number}", (end_entity, *sent), tuple(store), server_name=asked)

    def _root(self) -> Certified:
        return root(
            self._name(f"Root {self.choice('AB')}"),
            key=key(f"Root {self.choice('12')}", self.choice(_KINDS)),
            days=self._days(),
            version=self.choice((*[3] * 12, 1)),
            extensions=self._authority(),
        )

    def _intermediate(self, issuer: Certified) -> Certified:
        return intermediate(
            issuer,
            self._name(f"CA {self.choice('ABC')}"),
            key=key(f"CA {self.choice('123')}", self.choice(_KINDS)),
            days=self._days(),
            digest=self.choice((*["sha256"] * 8, "sha384", "sha1")),
            version=self.choice((*[3] * 20, 1)),
            break_signature=self.random() < 0.04,
            extensions=self._authority(),
        )

    def _leaf(self, issuer: Certified) -> Certified:
        names = [*self.sample(_NAMES, self.choice((0, 1, 2, 3))), ext.dns(NAME)]
        self.shuffle(names)
        return leaf(
            issuer,
            self.choice((cn(NAME), cn("Server"), dn(("O", "Corp"), ("CN", "Server")))),
            *names,
            key=key("leaf", self.choice((*["P-256"] * 6, "RSA-2048", "Ed25519", "RSA-1024"))),
            days=self._days(),
            digest=self.choice((*["sha256"] * 8, "sha384", "sha1")),
            extensions=self._some(_OF_LEAVES, 0.1),
        )

    def _authority(self) -> Extensions:
        drawn = self._some(_OF_AUTHORITIES, 0.1)
        if self.random() < 0.2:
            drawn["nameConstraints"] = ext.name_constraints(
                critical=self.random() < 0.7,
                permitted=tuple(self.sample(_TREES, self.choice((1, 1, 2)))),
                excluded=tuple(self.sample(_TREES, self.choice((0, 0, 1)))),
            )
        return drawn

    def _some(
        self, kinds: dict[str, tuple[bytes | None, ...]], share: float
    ) -> dict[str, bytes | None]:
        return {
            name: self.choice(values) for name, values in kinds.items() if self.random() < share
        }

    def _name(self, text: str) -> DistinguishedName:
        return self.choice(
            (*[cn(text)] * 4, cn(text, string=PRINTABLE), dn(("O", "Corp"), ("CN", text)))
        )

    def _days(self) -> tuple[float, float]:
        return self.choice((*[(-300.0, 300.0)] * 12, (-300.0, -2.0), (3.0, 300.0)))


_KINDS = (*["P-256"] * 8, "P-384", "P-521", "RSA-2048", "Ed25519", "P-224", "RSA-1024")
_POLICY = ext.extension("2.5.29.32", sequence(sequence(oid("2.999.3"))))
_OF_AUTHORITIES: dict[str, tuple[bytes | None, ...]] = {
    "basicConstraints": (
        None,
        ext.basic_constraints(True, critical=False),
        ext.basic_constraints(False),
        ext.basic_constraints(True, 0),
    ),
    "keyUsage": (None, ext.key_usage("digitalSignature")),
    "extKeyUsage": (
        ext.extended_key_usage(ext.SERVER_AUTH),
        ext.extended_key_usage(ext.CLIENT_AUTH),
        ext.extended_key_usage(ext.ANY_EXTENDED_KEY_USAGE),
    ),
    "subjectKeyIdentifier": (None, ext.subject_key_identifier(bytes(20))),
    "authorityKeyIdentifier": (None, ext.authority_key_identifier(bytes(20))),
    "certificatePolicies": (_POLICY,),
    "policyConstraints": (
        None,
        None,
        ext.extension("2.5.29.36", sequence(implicit(0, integer(0)[2:])), critical=True),
    ),
    "unknown": (None, ext.unknown(critical=True), ext.unknown(critical=False)),
}
_OF_LEAVES: dict[str, tuple[bytes | None, ...]] = {
    "extKeyUsage": (
        None,
        ext.extended_key_usage(ext.CLIENT_AUTH),
        ext.extended_key_usage(ext.ANY_EXTENDED_KEY_USAGE),
    ),
    "keyUsage": (None, ext.key_usage("keyEncipherment"), ext.key_usage("keyCertSign")),
    "basicConstraints": (ext.basic_constraints(True), ext.basic_constraints(False)),
    "authorityKeyIdentifier": (None, ext.authority_key_identifier(bytes(20))),
    "subjectAltName": (None,),
    "certificatePolicies": (_POLICY,),
}
_TREES = (
    ext.dns("corp.example"),
    ext.dns(".corp.example"),
    ext.dns("other.example"),
    ext.ip("192.0.2.0/24"),
    ext.ip("2001:db8::/32"),
    ext.email("corp.example"),
    ext.uri("corp.example"),
    ext.directory(dn(("O", "Corp"))),
    ext.registered_id("2.999"),
)
_NAMES = [
    ext.dns("*.corp.example"),
    ext.dns("api.other.example"),
    ext.dns("a_b.corp.example"),
    ext.ip("192.0.2.7"),
    ext.ip("2001:db8::7"),
    ext.email("ops@corp.example"),
    ext.uri("spiffe://corp.example/api"),
    ext.directory(dn(("O", "Corp"))),
]


def compare(seed: int, count: int) -> None:
    """Draw, ask, and print what differs."""
    draw, now = Draw(seed), datetime.now(UTC)
    cases = [draw.case(number) for number in range(count)]
    told = [judgement_of(case, now).clients for case in cases]
    questions = [Question(port_of(case), reference(case), case.ca_file) for case in cases]
    for family, client in LIVE_CLIENTS.items():
        release = client.prepare()
        agree = unknown = 0
        for case, clients, said in zip(cases, told, client.ask(questions), strict=True):
            ours = next(one for one in clients if one.profile == family)
            if ours.accepts is None:
                unknown += 1
            elif ours.accepts == (said == ACCEPTED):
                agree += 1
            else:
                print(f"{family}: {case.name}: {ours.accepts} {ours.reason} | {said}")  # noqa: T201
        print(f"{family}: {release}: {count} draws, {agree} agree, {unknown} unknown")  # noqa: T201


if __name__ == "__main__":
    compare(*map(int, sys.argv[1:3] or (random.randrange(10**6), 300)))
