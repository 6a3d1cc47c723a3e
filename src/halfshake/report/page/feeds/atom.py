"""`atom()`: what changed, newest first, as an Atom feed (RFC 4287).

An entry's id is made of what happened, where and when: it stays the same for as long as the event
is kept, wherever the feed is read from.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from halfshake.report.page import wording
from halfshake.report.page.visible import visible
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from halfshake.event import Event


def atom(
    events: Sequence[Event],
    *,
    home: str,
    feed: str,
    link: Callable[[str], str],
    now: datetime,
) -> str:
    """The feed; `home` and `feed` are addresses of the page and of this, `link` of a target."""
    root = ET.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _add(root, "id", str(uuid.uuid5(uuid.NAMESPACE_URL, feed).urn))
    _add(root, "title", "What changed at your certificates")
    newest = max((event.at for event in events), default=now)
    _add(root, "updated", newest.isoformat())
    ET.SubElement(_add(root, "author", None), "name").text = "Halfshake"
    ET.SubElement(root, "generator", version=__version__).text = "Halfshake"
    ET.SubElement(root, "link", rel="self", href=feed, type="application/atom+xml")
    ET.SubElement(root, "link", rel="alternate", href=home, type="text/html")
    for event in sorted(events, key=lambda each: (each.at, each.number), reverse=True):
        entry = ET.SubElement(root, "entry")
        _add(entry, "id", identity(event))
        target = visible(event.target, 200)
        _add(entry, "title", f"{target}: {wording.EVENT_WORDS[event.kind].lower()}")
        _add(entry, "updated", event.at.isoformat())
        _add(entry, "published", event.at.isoformat())
        ET.SubElement(entry, "link", rel="alternate", href=link(event.target), type="text/html")
        ET.SubElement(entry, "category", term=event.kind.value)
        ET.SubElement(entry, "category", term=f"status:{event.status}")
        for name, value in event.labels:
            ET.SubElement(entry, "category", term=visible(f"{name}={value}", 200))
        where = f" ({visible(event.address, 100)})" if event.address else ""
        _add(entry, "summary", f"{target}{where}: {visible(event.message, 1000)}")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def identity(event: Event) -> str:
    """An id that no other event has: "urn:uuid:..."."""
    told = (
        event.at.isoformat(), event.kind.value, event.target, event.address or "",
        event.before or "", event.after or "",
    )  # fmt: skip
    name = "\n".join(told).encode("utf-8", "backslashreplace").decode()
    return uuid.uuid5(EVENTS, name).urn


def _add(parent: ET.Element, tag: str, text: str | None) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = text
    return element


# Of this project's own: ids of events are names in it.
EVENTS = uuid.UUID("7d3c0a52-61f0-4b0f-9f6a-6f2a7c1f4f0e")
