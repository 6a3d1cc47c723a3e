"""What the page of an endpoint shows, worked out of its readings: words, places, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.page import wording
from halfshake.report.page.drawing.chain import chains
from halfshake.report.page.drawing.timeline import timeline
from halfshake.report.page.result_document import AcceptableCa
from halfshake.trust.status import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from halfshake.report.page.drawing.chain import Chain
    from halfshake.report.page.drawing.timeline import Timeline
    from halfshake.report.page.result_document import ClientFamily, Finding, ResultDocument
    from halfshake.report.page.views import Endpoint


class Place(NamedTuple):
    """One address or face, beside the others; `is_odd` where it shows another certificate."""

    name: str
    document: ResultDocument
    is_odd: bool


class EndpointParts(NamedTuple):
    """One target in full. `main` is the usual reading; the worst finding is the first."""

    endpoint: Endpoint
    status: str
    main: ResultDocument
    sentence: str
    findings: tuple[Finding, ...]
    places: tuple[Place, ...]
    chains: tuple[Chain, ...]
    families: tuple[ClientFamily, ...]
    acceptable_cas: tuple[AcceptableCa, ...]
    cas_left_out: int
    timeline: Timeline | None


def endpoint_parts(endpoint: Endpoint, now: datetime) -> EndpointParts | None:
    """Work out what to show; None for a target of which nothing was read yet."""
    readings = [reading for reading in endpoint.readings if reading.outcome != "summary"]
    summaries = [reading for reading in endpoint.readings if reading.outcome == "summary"]
    if not readings:
        return None
    main, readings = _with_second_visit(readings)
    places = _places(readings, main)
    client_auth = main.client_auth
    cas = main.verdict.acceptable_cas or tuple(
        _named(name) for name in (client_auth.acceptable_cas if client_auth else ())
    )
    return EndpointParts(
        endpoint,
        worst([reading.verdict.status for reading in endpoint.readings]),
        main,
        wording.sentence(main, now),
        _findings([*summaries[-1:], main]),
        places,
        chains([(place.name, place.document) for place in places], now),
        main.verdict.clients,
        cas[:MOST_CAS],
        max(0, len(cas) - MOST_CAS),
        timeline(endpoint.spans, endpoint.events, now),
    )


def _findings(readings: Sequence[ResultDocument]) -> tuple[Finding, ...]:
    found = [finding for reading in readings for finding in reading.verdict.findings]
    found.sort(key=lambda finding: ("critical", "warning", "info").index(finding.severity))
    return tuple(found[:MOST_FINDINGS])


def _with_second_visit(
    readings: list[ResultDocument],
) -> tuple[ResultDocument, list[ResultDocument]]:
    """Let the usual reading say what the second visit found, if that was kept apart from it."""
    usual = [reading for reading in readings if reading.face is None]
    if not usual:
        return readings[0], readings
    main, *others = usual
    second = next((each for each in others if _is_second_visit(each)), None)
    if second is None or _is_second_visit(main):
        return main, readings
    known = {(finding.code, finding.message) for finding in main.verdict.findings}
    more = [each for each in second.verdict.findings if (each.code, each.message) not in known]
    verdict = main.verdict.model_copy(update={"findings": (*main.verdict.findings, *more)})
    both = main.model_copy(update={"client_auth": second.client_auth, "verdict": verdict})
    rest = [reading for reading in readings if reading is not main and reading is not second]
    return both, [both, *rest]


def _is_second_visit(reading: ResultDocument) -> bool:
    return reading.client_auth is not None and reading.client_auth.enforcement is not None


def worst(statuses: Sequence[str]) -> str:
    """The worst status, as the exit codes of `check` order them."""
    return next(status for status in WORST_FIRST if status in statuses)


def place_name(document: ResultDocument) -> str:
    """The address, and what was asked for differently there."""
    face = document.face
    address = (face.address if face else None) or document.address or ""
    return " · ".join(part for part in (address, wording.face_label(face)) if part) or "no address"


def _places(readings: Sequence[ResultDocument], main: ResultDocument) -> tuple[Place, ...]:
    shown = main.chain[0].sha256 if main.chain else None
    return tuple(
        Place(
            place_name(reading),
            reading,
            bool(reading.chain) and shown is not None and reading.chain[0].sha256 != shown,
        )
        for reading in readings[:MOST_PLACES]
    )


def _named(name: str) -> AcceptableCa:
    return AcceptableCa(name=name)


# A server may name a thousand client CAs, and a target may have a hundred faces.
MOST_CAS = 50
MOST_PLACES = 64
MOST_FINDINGS = 50
