"""From views to HTML: the overview, an endpoint's page, and both in one file."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from halfshake.report.page import wording
from halfshake.report.page.drawing.axis import axis_of_expiries
from halfshake.report.page.drawing.bars import bar
from halfshake.report.page.drawing.strip import strip
from halfshake.report.page.endpoint_parts import endpoint_parts
from halfshake.report.page.links import FileLinks, ServedLinks, anchor
from halfshake.report.page.templating import environment_of, style_of, style_values
from halfshake.report.page.views import ORDERS, STATUSES, place
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jinja2 import Environment

    from halfshake.report.page.links import Links
    from halfshake.report.page.views import Endpoint, Overview


def overview_page(overview: Overview) -> str:
    """The overview as a page of the monitor's."""
    return _render(
        "overview.html",
        links=ServedLinks(),
        now=overview.now,
        paging=_paging(overview),
        issuers=_most(overview.facets.issuers, overview.wanted.issuer),
        reasons=_most(overview.facets.reasons, overview.wanted.reason),
        labels=_most(overview.facets.labels, overview.wanted.label),
        **_overview_parts(overview),
    )


def endpoint_page(endpoint: Endpoint, now: datetime) -> str | None:
    """One target's page; None for a target of which nothing was read yet."""
    parts = endpoint_parts(endpoint, now)
    if parts is None:
        return None
    return _render("endpoint.html", links=ServedLinks(1), now=now, parts=parts)


def missing_page(target: str, now: datetime) -> str:
    """What is said where there is nothing to show of a target."""
    return _render("missing.html", links=ServedLinks(1), now=now, target=target)


def one_file(
    title: str, overview: Overview, endpoints: Sequence[Endpoint], left_out: Sequence[str]
) -> str:
    """Everything in one file that needs nothing else; `left_out` says what it does not tell."""
    parts = [endpoint_parts(endpoint, overview.now) for endpoint in endpoints]
    told = [each for each in parts if each is not None]
    return _render(
        "report.html",
        links=FileLinks(each.endpoint.target for each in told),
        now=overview.now,
        title=title,
        endpoints=told,
        left_out=left_out,
        anchor=anchor,
        **style_values(style()),
        **_overview_parts(overview),
    )


def _overview_parts(overview: Overview) -> dict[str, Any]:
    ends = [row.not_after for row in overview.rows]
    axis = axis_of_expiries(ends, overview.now, MOST_AHEAD, share=0.85)
    counts = {status: overview.facets.statuses.get(status, 0) for status in STATUSES}
    return {
        "overview": overview,
        "counts": counts,
        "all_count": sum(counts.values()),
        "axis": axis,
        "rows": [
            (row, bar(axis, row.not_before, row.not_after, row.warning_at, row.critical_at))
            for row in overview.rows
        ],
        "columns": strip(overview.weeks),
        "orders": ORDERS,
    }


def _paging(overview: Overview) -> dict[str, Any]:
    wanted, total = overview.wanted, overview.total
    before = max(0, wanted.offset - wanted.limit)
    after = wanted.offset + wanted.limit
    return {
        "first": min(wanted.offset + 1, total),
        "last": min(after, total),
        "before": wanted._replace(offset=before) if wanted.offset else None,
        "after": wanted._replace(offset=after) if after < total else None,
    }


def _most(counted: Any, chosen: str) -> list[tuple[str, int]]:
    """The most frequent values for a list to choose from, and the chosen one in any case."""
    values = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    most = values[:MOST_CHOICES]
    if chosen and chosen not in dict(most):
        most.append((chosen, counted.get(chosen, 0)))
    return most


def _render(template: str, *, links: Links, now: datetime, **values: Any) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            links=links,
            now=now,
            version=__version__,
            relative=functools.partial(wording.relative, now=now),
            expires=functools.partial(wording.expires, now=now),
            **values,
        )
    )


@functools.cache
def _environment() -> Environment:
    environment = environment_of(PACKAGE)
    environment.filters["day"] = wording.day
    environment.filters["minute"] = wording.minute
    environment.filters["spelled"] = wording.spelled
    environment.globals["wording"] = wording
    environment.globals["place"] = place
    return environment


def style() -> str:
    """The style sheet, for the screen and for paper."""
    return style_of(PACKAGE, "page.css")


# More than public certificates last; longer ones go over the edge.
MOST_AHEAD = timedelta(days=420)
MOST_CHOICES = 100

PACKAGE = "halfshake.report.page"
