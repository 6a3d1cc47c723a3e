"""The verdict asks OpenSSL without its clock; the answer must be the same as with the clock.

OpenSSL prefers issuers that are valid now, searches the store first, and uses an expired issuer if
there is no other. So chains and stores are drawn from certificates of the same names, some of them
expired, some cross-signed, and some with another key.
"""

from __future__ import annotations

import random
import ssl
from datetime import UTC, datetime

import pytest

from corpus import NAME
from corpus.certificates import intermediate, leaf, root
from corpus.keyring import key
from corpus.ordinary import ISSUING, LEAF, OTHER_ROOT, ROOT
from halfshake.certificate import read_certificate
from halfshake.openssl.replay import replay
from halfshake.trust.openssl.asking import openssl_verdict
from halfshake.trust.store import TrustStore

DEAD, EARLY = (-900, -3), (3, 900)
REKEYED = key("Intermediate, new key")
UNIDENTIFIED = {"subjectKeyIdentifier": None}

END_ENTITIES = {
    "leaf": LEAF,
    "dead leaf": leaf(ISSUING, days=DEAD),
    "leaf without AKI": leaf(ISSUING, extensions={"authorityKeyIdentifier": None}),
}
AUTHORITIES = {
    "root": ROOT,
    "dead root": root(days=DEAD),
    "early root": root(days=EARLY),
    "renewed root": root(days=(-10, 4000)),
    "other root": OTHER_ROOT,
    "dead other root": root("Other Root", days=DEAD),
    "root by other root": intermediate(OTHER_ROOT, ROOT.subject),
    "dead root by other root": intermediate(OTHER_ROOT, ROOT.subject, days=DEAD),
    "issuing": ISSUING,
    "dead issuing": intermediate(ROOT, days=DEAD),
    "early issuing": intermediate(ROOT, days=EARLY),
    "renewed issuing": intermediate(ROOT, days=(-10, 900)),
    "issuing by other root": intermediate(OTHER_ROOT),
    "dead issuing by other root": intermediate(OTHER_ROOT, days=DEAD),
    "rekeyed issuing": intermediate(ROOT, key=REKEYED),
    "dead rekeyed issuing": intermediate(ROOT, key=REKEYED, days=DEAD),
    "issuing without SKI": intermediate(ROOT, extensions=UNIDENTIFIED),
    "dead issuing without SKI": intermediate(ROOT, days=DEAD, extensions=UNIDENTIFIED),
}


@pytest.mark.parametrize("seed", range(8))
def test_trusts_what_openssl_trusts_with_its_clock(seed: int) -> None:
    """In several hundred draws of chain and store, both ways trust the same ones."""
    draw = random.Random(seed)
    for _ in range(300):
        sent = [draw.choice(list(AUTHORITIES)) for _ in range(draw.choice((0, 1, 1, 2, 2, 3, 4)))]
        stored = draw.sample(list(AUTHORITIES), draw.choice((1, 1, 2, 2, 3, 4)))
        end_entity = draw.choices(list(END_ENTITIES), (8, 1, 1))[0]
        chain = (END_ENTITIES[end_entity].der, *(AUTHORITIES[name].der for name in sent))
        anchors = tuple(AUTHORITIES[name].der for name in stored)
        verdict = openssl_verdict(
            tuple(read_certificate(der) for der in chain),
            TrustStore(anchors, ("drawn",)),
            reference_identifier=NAME,
            now=datetime.now(UTC),
        )
        trusted = _with_the_clock(chain, anchors)
        assert verdict.trusted == trusted, f"sent: {end_entity}, {sent}; in the store: {stored}"


def _with_the_clock(chain: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=b"".join(anchors))
    return replay(context, chain, server_name=None, rsa=False).verify_code == 0
