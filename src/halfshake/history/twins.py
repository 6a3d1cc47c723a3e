"""Do all addresses of a target show the same, and which addresses are there? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.event import EventKind
from halfshake.history.changes import Change
from halfshake.history.sentences import (
    agree_sentence,
    appeared_sentence,
    diverged_sentence,
    vanished_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from halfshake.history.changes import Certificate


class Shown(NamedTuple):
    """What the addresses show in one visit, asked in the same way; `failed` could not be read."""

    by_address: Mapping[str, Certificate]
    failed: frozenset[str] = frozenset()


def diverged(shown: Shown) -> bool | None:
    """Do they differ? None where too few could be read to say that they agree."""
    if len({certificate.sha256 for certificate in shown.by_address.values()}) > 1:
        return True
    return None if shown.failed or len(shown.by_address) < 2 else False


def parted(shown: Shown) -> Change:
    """Tell that they differ, and who has the older certificate."""
    ordered = sorted(shown.by_address.values(), key=_age)
    older, newer = ordered[0], ordered[-1]
    where = sorted(
        address for address, each in shown.by_address.items() if each.sha256 == older.sha256
    )
    sentence = diverged_sentence(older.not_after, newer.not_after, ", ".join(where))
    return Change(EventKind.twins_diverged, sentence, older.sha256, newer.sha256)


def by_turns(before: Certificate | None, now: Certificate) -> Change:
    """Tell that one address shows two certificates."""
    older, newer = sorted((before or now, now), key=_age)
    sentence = diverged_sentence(older.not_after, newer.not_after, "")
    return Change(EventKind.twins_diverged, sentence, older.sha256, newer.sha256)


def agreed(certificate: Certificate) -> Change:
    """Tell that they are the same again."""
    sentence = agree_sentence(certificate.not_after)
    return Change(EventKind.twins_agree, sentence, None, certificate.sha256)


def moved(appeared: Sequence[str], vanished: Sequence[str]) -> Iterator[tuple[str, Change]]:
    """Tell which addresses came and went."""
    for address in appeared:
        sentence = appeared_sentence(address)
        yield address, Change(EventKind.address_appeared, sentence, None, address)
    for address in vanished:
        sentence = vanished_sentence(address)
        yield address, Change(EventKind.address_vanished, sentence, address, None)


def _age(certificate: Certificate) -> tuple[float, float]:
    return (
        certificate.not_before.timestamp() if certificate.not_before else 0.0,
        certificate.not_after.timestamp() if certificate.not_after else 0.0,
    )
