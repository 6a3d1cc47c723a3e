"""The API, held to its OpenAPI document; the calendar and the feed, read by other programs."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import bcrypt
import feedparser
import icalendar
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from yarl import URL

from halfshake.history.history import History
from halfshake.report.page.views import Wanted
from halfshake.watch.web.pages.past import PastSource
from page.estate import NOW, SERVICES, certificate, read, visit, visits
from page.serving import serving, source_of
from page.showcase import HOSTILE_NAME, MARKUP, NAME, hostile, showcase
from watch.serving import NAME as SERVER
from watch.serving import mtls_server, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

QUERIES = {
    "/api/v1/endpoints": [
        "", "?search=pay&limit=3&offset=1", "?status=critical&order=status", "?label=team%3Drisk",
        "?order=target&issuer=CN%3DMesh%20CA%2CO%3DExample%20Corp", "?reason=expires-soon",
    ],
    "/api/v1/endpoints/{target}": [f"/{NAME}", f"/{HOSTILE_NAME}", "/search.fra.corp.example"],
    "/api/v1/events": ["", f"?target={NAME}&kind=renewed&kind=went-dark", "?after=1&limit=2",
                       "?since=2026-10-01T00:00:00Z"],
    "/api/v1/weeks": ["", "?weeks=104"],
    "/api/v1/facets": [""],
}  # fmt: skip


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Forty targets, one with a past, and a hostile one."""
    with source_of([*visits(40), *showcase(), hostile()]) as source:
        async with serving(source) as address:
            yield address


async def got(url: str, **headers: str) -> tuple[int, str, Any]:
    """Status, text and headers."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers


async def test_every_answer_is_what_the_document_says(url: str) -> None:
    """The document is valid, and so are the answers to every path in it, good and bad."""
    document = json.loads((await got(f"{url}/api/v1/openapi.json"))[1])
    validate(document)
    assert set(document["paths"]) == set(QUERIES)
    for path, queries in QUERIES.items():
        responses = document["paths"][path]["get"]["responses"]
        asked = [(200, query) for query in queries]
        asked += [(400, "?nonsense=1")] if "400" in responses and "{" not in path else []
        asked += [(404, "/no.such.example")] if "404" in responses else []
        for expected, query in asked:
            status, text, headers = await got(url + path.replace("/{target}", "") + query)
            assert (status, headers["Content-Type"].split(";")[0]) == (expected, "application/json")
            answer = json.loads(text)
            checked(document, responses[str(status)], answer)
    # What can be asked for is in the document too.
    names = {each["name"] for each in document["paths"]["/api/v1/endpoints"]["get"]["parameters"]}
    assert names == {"search", "status", "issuer", "reason", "label", "order", "offset", "limit"}


def checked(document: Any, response: Any, answer: Any) -> None:
    """Hold an answer to its schema, in which no key may be missing from it."""
    schema = dict(response["content"]["application/json"]["schema"])
    closed = json.loads(json.dumps(document["components"]))
    for each in closed["schemas"].values():
        if each.get("type") == "object":
            each["additionalProperties"] = False
    Draft202012Validator(schema | {"components": closed}).validate(answer)


async def test_filters_and_mistakes(url: str) -> None:
    """What is asked for comes, and everything wrong is named at once."""
    _, text, _ = await got(f"{url}/api/v1/endpoints?status=critical&limit=1000")
    answer = json.loads(text)
    assert {each["status"] for each in answer["endpoints"]} == {"critical"}
    assert answer["total"] == len(answer["endpoints"]) > 1
    _, text, _ = await got(f"{url}/api/v1/endpoints?search={SERVICES[0]}.fra")
    (only,) = json.loads(text)["endpoints"]
    assert only["labels"] == {"team": "checkout"}
    status, text, _ = await got(
        f"{url}/api/v1/endpoints?status=bad&limit=0&label=x&order=up&page=2"
    )
    assert status == 400
    message = json.loads(text)["message"]
    for part in ("status is one of", "limit is between 1 and 1000", "label is written", "order is",
                 "there is no 'page' here"):  # fmt: skip
        assert part in message
    status, text, headers = await got(f"{url}/?status=%3Cscript%3E")
    assert (status, headers["Content-Type"]) == (400, "text/plain; charset=utf-8")


async def test_a_target_that_looks_like_a_path() -> None:
    """Slashes and dots in a target are part of its name."""
    name = "https://api.example/v1?x=1#y"
    leaf = certificate("CN=a", "CN=b", NOW - timedelta(1), NOW + timedelta(30))
    with source_of([visit(name, read(name, (leaf,), NOW))]) as source:
        async with serving(source) as address:
            _, overview, _ = await got(address)
            href = overview.split('class="name" href="')[1].split('"')[0]
            async with (
                aiohttp.ClientSession() as session,
                session.get(URL(f"{address}/{href}", encoded=True)) as answer,
            ):
                assert answer.status == 200
                assert "https://api.example/v1?x=1#y</bdi></h1>" in await answer.text()


async def test_headers_and_what_has_not_changed(url: str) -> None:
    """No script and no frame, whatever is asked for; the same answer is not sent twice."""
    for path in ("/", f"/endpoints/{NAME}", "/endpoints/none", "/page.css", "/api/v1/facets"):
        _, _, headers = await got(f"{url}{path}")
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "script" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    _, _, headers = await got(f"{url}/page.css")
    status, text, _ = await got(f"{url}/page.css", **{"If-None-Match": headers["ETag"]})
    assert (status, text) == (304, "")


def calendar_events(text: str) -> list[Any]:
    """The events, as icalendar reads them."""
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


async def test_the_calendar(url: str) -> None:
    """Icalendar reads it; one event for each certificate, and the same UID tomorrow."""
    status, text, headers = await got(f"{url}/calendar.ics")
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    raw = text.encode()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    events = calendar_events(text)
    identities = [str(event["UID"]) for event in events]
    assert len(set(identities)) == len(identities) > 35
    again = calendar_events((await got(f"{url}/calendar.ics"))[1])
    assert [str(event["UID"]) for event in again] == identities
    for event in events:
        assert not event.errors
        assert event["DTSTART"].dt.utcoffset() == timedelta(0)
    hostile_event = next(event for event in events if HOSTILE_NAME in str(event["SUMMARY"]))
    described = str(hostile_event["DESCRIPTION"])
    assert MARKUP in described
    assert "pay\\u202egnp.exe" in described
    assert "\\x0d\\x0aSet-Cookie" in described
    assert hostile_event["DTSTART"].dt == (NOW + timedelta(3)).replace(microsecond=0)


async def test_one_event_for_a_certificate_of_many() -> None:
    """Twenty-five targets with one certificate are one event that names them."""
    leaf = certificate("CN=*.corp.example", "CN=b", NOW - timedelta(1), NOW + timedelta(30))
    names = [f"{number}.corp.example" for number in range(25)]
    with source_of(visit(name, read(name, (leaf,), NOW)) for name in names) as source:
        async with serving(source) as address:
            (event,) = calendar_events((await got(f"{address}/calendar.ics"))[1])
    assert str(event["SUMMARY"]) == "Certificate expires: 0.corp.example and 24 more"
    assert "and 5 more" in str(event["DESCRIPTION"])


async def test_the_feed(url: str) -> None:
    """Feedparser reads it; newest first, ids that stay, links that lead somewhere."""
    _, text, headers = await got(f"{url}/events.atom")
    assert headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(text)
    assert not feed.bozo
    assert feed.version == "atom10"
    titles = [entry.title for entry in feed.entries]
    assert titles[:2] == [f"{NAME}: came back", f"{NAME}: went dark"]
    updated = [entry.updated for entry in feed.entries]
    assert updated == sorted(updated, reverse=True)
    identities = [entry.id for entry in feed.entries]
    assert len(set(identities)) == len(identities)
    assert all(identity.startswith("urn:uuid:") for identity in identities)
    again = feedparser.parse((await got(f"{url}/events.atom"))[1])
    assert [entry.id for entry in again.entries] == identities
    status, page, _ = await got(feed.entries[0].link)
    assert status == 200
    assert NAME in page
    assert datetime.fromisoformat(feed.feed.updated) == datetime.fromisoformat(updated[0])


async def test_without_a_history() -> None:
    """The front page says where else to look; the others say why there is nothing."""
    async with serving(PastSource(lambda: None, lambda *_: None)) as url:
        status, text, _ = await got(f"{url}/")
        assert status == 200
        assert "set history.enabled to true" in text
        assert "/metrics" in text
        document = json.loads((await got(f"{url}/api/v1/openapi.json"))[1])
        for path in ("/api/v1/endpoints", "/api/v1/events", "/api/v1/weeks", "/api/v1/facets"):
            status, text, _ = await got(f"{url}{path}")
            assert status == 503
            checked(document, document["paths"][path]["get"]["responses"]["503"], json.loads(text))
        for path in ("/calendar.ics", "/events.atom", "/endpoints/a"):
            status, text, headers = await got(f"{url}{path}")
            assert (status, headers["Content-Type"]) == (503, "text/plain; charset=utf-8")


async def test_a_real_server_on_the_page(tmp_path: Path) -> None:
    """Read by the monitor, shown with the thresholds in force, behind its door."""
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (tmp_path / "web.yaml").write_text(f"basic_auth_users: {{eve: '{hashed}'}}\n")
    async with mtls_server(tmp_path, days=(-10, 50)) as port:
        target = f"127.0.0.1:{port}"
        text = (
            f"web: {{config_file: web.yaml}}\ntrust: {{ca_files: [ca.pem]}}\n"
            f"defaults: {{interval: 1s, server_name: {SERVER}, warning: 40d, critical: 30d}}\n"
            f"targets: ['{target}']\n"
        )
        async with watching(tmp_path, text, scheduled=True) as served:
            history = History(None, served.monitor.health.history, keep_seconds=1e6)
            served.monitor.history = history
            history.start()
            door = {"Authorization": "Basic " + base64.b64encode(b"eve:secret").decode()}
            try:
                async with asyncio.timeout(40):
                    page = ""
                    while target not in page:
                        await asyncio.sleep(0.2)
                        _, page, _ = await got(f"{served.url}/", **door)
                assert (await got(f"{served.url}/api/v1/endpoints"))[0] == 401
                status, one, _ = await got(f"{served.url}/endpoints/{target}", **door)
                assert status == 200
                assert "The server asks for a client certificate" in one
                assert "In your trust store" in one
                source = PastSource(lambda: history.address, served.server._thresholds)
                (row,) = source.rows(Wanted()).rows
                assert row.not_after is not None
                assert row.warning_at == row.not_after - timedelta(40)
                assert row.critical_at == row.not_after - timedelta(30)
            finally:
                history.close(5)
