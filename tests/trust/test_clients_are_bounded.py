"""A hostile chain ends in an answer at once (the suite's timeout says so), and none is made up."""

from __future__ import annotations

from corpus import NAME
from corpus import extensions as ext
from corpus.certificates import cn, intermediate, leaf, root
from corpus.keyring import key
from corpus.ordinary import ROOT
from halfshake.certificate import read_certificate
from halfshake.trust.kept_judgements import ChainJudgements
from halfshake.trust.store import TrustStore
from trust.observations import NOW


def _accepts(chain: tuple[bytes, ...], anchor: bytes) -> dict[str, bool | None]:
    judgement = ChainJudgements(maxsize=1).judge(
        tuple(read_certificate(der) for der in chain), TrustStore((anchor,), ("x",)), NAME, NOW
    )
    return {client.profile: client.accepts for client in judgement.clients}


def test_many_cas_of_one_name() -> None:
    """Each could have issued each: no family walks every way through them."""
    maze = root("Maze", key=key("Maze"))
    cas = tuple(intermediate(maze, maze.subject, key=key(f"Maze {number}")) for number in range(9))
    lost = leaf(maze, signer=key("somebody else"))
    accepts = _accepts((lost.der, *(ca.der for ca in cas)), ROOT.der)
    assert not any(accepts.values())


def test_many_names_under_many_constraints() -> None:
    """Where there is too much to compare, nothing is said."""
    trees = tuple(ext.dns(f"a{number}.example") for number in range(1000))
    narrow = intermediate(
        ROOT, extensions={"nameConstraints": ext.name_constraints(excluded=trees)}
    )
    names = (ext.dns(NAME), *(ext.dns(f"b{number}.test") for number in range(1000)))
    crowded = leaf(narrow, cn("Server"), *names)
    accepts = _accepts((crowded.der, narrow.der), ROOT.der)
    assert [accepts[profile] for profile in ("go", "rustls", "java", "gnutls")] == [None] * 4
