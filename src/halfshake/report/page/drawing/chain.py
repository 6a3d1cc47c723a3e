"""`Chain`: the certificates from the leaf up to the trust store, and which of them dies first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.page.drawing.axis import axis_of_expiries
from halfshake.report.page.drawing.bars import bar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from halfshake.report.page.drawing.axis import Axis
    from halfshake.report.page.drawing.bars import Bar
    from halfshake.report.page.result_document import Certificate, ResultDocument


class Link(NamedTuple):
    """One certificate of the path."""

    role: str
    certificate: Certificate
    bar: Bar | None
    dies_first: bool


class Anchor(NamedTuple):
    """Where the path ends outside of what the server sent: `name` is what the last one needs.

    `not_after` is known only where the anchor is what dies first.
    """

    name: str
    trusted: bool | None
    not_after: datetime | None
    dies_first: bool


class Chain(NamedTuple):
    """One chain, and who showed it."""

    places: tuple[str, ...]
    axis: Axis
    links: tuple[Link, ...]
    left_out: int
    anchor: Anchor | None


def chains(readings: Sequence[tuple[str, ResultDocument]], now: datetime) -> tuple[Chain, ...]:
    """Draw every chain that was shown once, with all the places, as they are called, that did."""
    shown: dict[tuple[str, ...], tuple[ResultDocument, list[str]]] = {}
    for place, document in readings:
        if document.chain:
            key = tuple(certificate.sha256 for certificate in document.chain)
            shown.setdefault(key, (document, []))[1].append(place)
    return tuple(_chain(document, tuple(places), now) for document, places in shown.values())


def _chain(document: ResultDocument, places: tuple[str, ...], now: datetime) -> Chain:
    verdict, certificates = document.verdict, document.chain
    first = _first_to_die(certificates, verdict.path_not_after)
    axis = axis_of_expiries(
        (certificate.not_after for certificate in certificates), now, MOST_AHEAD
    )
    links = []
    for depth, certificate in enumerate(certificates[:MOST_LINKS]):
        warning_at, critical_at = thresholds(document) if depth == 0 else (None, None)
        drawn = bar(axis, certificate.not_before, certificate.not_after, warning_at, critical_at)
        links.append(Link(_role(depth, certificate), certificate, drawn, depth == first))
    return Chain(
        places,
        axis,
        tuple(links),
        len(certificates) - len(links),
        _anchor(document, dies_first=first is None),
    )


def thresholds(document: ResultDocument) -> tuple[datetime | None, datetime | None]:
    """When the leaf's thresholds are reached: warning, critical; None where that is not known."""
    verdict = document.verdict
    if verdict.not_after is None:
        return None, None
    return (
        _before(verdict.not_after, verdict.warning_seconds),
        _before(verdict.not_after, verdict.critical_seconds),
    )


def _before(moment: datetime, seconds: int | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return moment - timedelta(seconds=seconds)
    except OverflowError:  # before the year 1: always
        return None


def _first_to_die(
    certificates: Iterable[Certificate], path_not_after: datetime | None
) -> int | None:
    """The depth of the certificate that dies first; None where that is an anchor, or not known."""
    ends = [
        (certificate.not_after, depth)
        for depth, certificate in enumerate(certificates)
        if certificate.not_after is not None
    ]
    if not ends:
        return None
    earliest, depth = min(ends)
    if path_not_after is not None and path_not_after < earliest:
        return None
    on_path = [depth for not_after, depth in ends if not_after == path_not_after]
    # What is sent, but is not on the path, may die unnoticed.
    return on_path[0] if on_path else depth


def _anchor(document: ResultDocument, *, dies_first: bool) -> Anchor | None:
    last, verdict = document.chain[-1], document.verdict
    if last.issuer is None or last.issuer == last.subject:
        return None
    dying = dies_first and verdict.path_not_after is not None
    name = verdict.path_dies_first if dying and verdict.path_dies_first else last.issuer
    return Anchor(name, verdict.trusted, verdict.path_not_after if dying else None, dying)


def _role(depth: int, certificate: Certificate) -> str:
    if depth == 0:
        return "Server"
    if certificate.subject is not None and certificate.subject == certificate.issuer:
        return "Root, sent by the server"
    return "Intermediate"


# A long-lived root would leave no room for the rest.
MOST_AHEAD = timedelta(days=800)
# A chain has two or three; a server may send hundreds.
MOST_LINKS = 12
