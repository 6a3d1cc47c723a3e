"""The sentences of events: what changed, for people. Names from certificates are made harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def renewed_sentence(
    before: datetime | None,
    after: datetime | None,
    not_before: datetime | None,
    at: datetime,
    awaited_for: timedelta | None,
) -> str:
    """Say how long the new certificate lasts, and how long after its beginning it was first seen.

    `awaited_for` is how long the file of `expect_file` had held it before.
    """
    parts = [
        f"the certificate was renewed: it expires {_day(after)}, the one before {_day(before)}"
    ]
    if not_before is not None:
        parts.append(
            f"it is valid from {_day(not_before)} and was first seen {span(at - not_before)} later"
        )
    if awaited_for is not None:
        parts.append(f"its file held it for {span(awaited_for)} before it was served")
    return "; ".join(parts)


def rolled_back_sentence(before: datetime | None, after: datetime | None) -> str:
    """Say which certificate is back."""
    return (
        f"an older certificate is back: it expires {_day(after)}, the one before it {_day(before)}"
    )


def issuer_sentence(before: str, after: str) -> str:
    """Name both CAs."""
    return (
        f"the certificate was issued by {printable(after)}, the one before by {printable(before)}"
    )


def key_sentence() -> str:
    """Say what is the same."""
    return "the new certificate has the same key as the one before"


def trust_sentence(*, trusted: bool) -> str:
    """Say which way it went."""
    return "the chain is trusted again" if trusted else "the chain is no longer trusted"


def auth_word(requested: bool | None) -> str | None:
    """Say in a word whether a client certificate is asked for."""
    return None if requested is None else "requested" if requested else "not-requested"


def auth_sentence(before: str, after: str) -> str:
    """Say how clients without a certificate are treated now."""
    match after:
        case "requested":
            return "the server asks for a client certificate now, and did not before"
        case "not-requested":
            return "the server no longer asks for a client certificate"
        case _:
            return f"clients without a certificate are treated as {after} now, as {before} before"


def cas_sentence(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Say which CAs came and which went."""
    came = [name for name in after if name not in before]
    went = [name for name in before if name not in after]
    parts = []
    if came:
        parts.append(f"names {_some(came)}")
    if went:
        parts.append(f"no longer names {_some(went)}")
    what = "a CA" if len(came + went) == 1 else "CAs"
    return f"the server {' and '.join(parts)} as {what} of clients"


def status_sentence(before: str, after: str) -> str:
    """Say which way the verdict went."""
    return f"the verdict is {after} now, and was {before} before"


def dark_sentence(reason: str, failures: int) -> str:
    """Say how often it failed, and why the last time."""
    return f"it can no longer be read: {failures} failed readings in a row, the last one {reason}"


def back_sentence(took: timedelta) -> str:
    """Say how long it was away."""
    return f"it can be read again, after {span(took)}"


def appeared_sentence(address: str) -> str:
    """Name the address."""
    return f"the name leads to {printable(address)} now, which it did not before"


def vanished_sentence(address: str) -> str:
    """Name the address."""
    return f"the name no longer leads to {printable(address)}"


def diverged_sentence(older: datetime | None, newer: datetime | None, where: str) -> str:
    """Say who lags; `where` names the addresses with the older one, "" if it is by turns."""
    if not where:
        return (
            f"two certificates are shown by turns, which expire {_day(older)} and {_day(newer)}: "
            "several servers stand behind this address, and not all have the same one"
        )
    return (
        f"{where} {'show' if ', ' in where else 'shows'} another certificate: it expires "
        f"{_day(older)}, and {_day(newer)} elsewhere"
    )


def agree_sentence(not_after: datetime | None) -> str:
    """Say that nobody lags."""
    return f"the same certificate is shown everywhere again: it expires {_day(not_after)}"


def span(took: timedelta) -> str:
    """Write a duration in its largest units: "3 d 4 h", "12 min", "40 s"."""
    seconds = max(0, int(took.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"


def printable(text: str) -> str:
    """Escape what could control a terminal or hide text: a name may hold anything."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "backslashreplace").decode()
        for each in text
    )


def _some(names: list[str]) -> str:
    shown = [printable(name) for name in names[:MOST_NAMES]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _day(moment: datetime | None) -> str:
    return "on an unknown day" if moment is None else f"{moment:%Y-%m-%d}"


MOST_NAMES = 3
