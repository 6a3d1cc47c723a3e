"""Turns option text into the values that judging needs: thresholds, times, severities, pins."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.findings import Severity
from halfshake.trust.policy import LifetimeRatio

if TYPE_CHECKING:
    from halfshake.trust.policy import Threshold


def parse_threshold(text: str) -> Threshold:
    """Read "14" or "14d" (days), "36h", "3600s" or "33%" (of the lifetime)."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([dhs%]?)", text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a valid threshold: write 14d, 36h, 3600s or 33%")
    number = float(match[1])
    match match[2]:
        case "%":
            return LifetimeRatio(number / 100)
        case "h":
            return timedelta(hours=number)
        case "s":
            return timedelta(seconds=number)
        case _:
            return timedelta(days=number)


def parse_moment(text: str) -> datetime:
    """Read a day or a moment, by default in UTC: 2027-01-01, 2027-01-01T12:00+01:00.

    Raises UsageError.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a valid time: write 2027-01-01 or 2027-01-01T12:00:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_severity(text: str) -> tuple[str, Severity | None]:
    """Read "cn-only=critical"; ignore mutes. Raises UsageError."""
    from halfshake.trust.guides.every_finding import FINDING_GUIDES  # noqa: PLC0415 - few set one

    code, equals, level = text.partition("=")
    if not equals or code not in FINDING_GUIDES:
        raise UsageError(
            f"{text!r} does not name a finding: write CODE=LEVEL, with a code from docs/findings.md"
        )
    if level == "ignore":
        return code, None
    if level not in Severity.__members__:
        raise UsageError(f"{text!r}: the level must be info, warning, critical or ignore")
    return code, Severity[level]


def parse_clients(text: str) -> tuple[str, ...]:
    """Read "go,java": families of clients. Raises UsageError."""
    named = tuple(word.strip().lower() for word in text.split(",") if word.strip())
    wrong = [word for word in named if word not in FAMILIES]
    if wrong or not named:
        raise UsageError(
            f"{wrong[0] if wrong else text!r} is no family of clients: choose from "
            + ", ".join(FAMILIES)
        )
    return named


def parse_spki_pin(text: str) -> str:
    """Read the SHA-256 of a public key: hex, or base64 as for curl's --pinnedpubkey.

    Returns lower-case hex; raises UsageError.
    """
    bare = text.strip().removeprefix("sha256//").removeprefix("sha256/")
    colonless = bare.replace(":", "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", colonless):
        return colonless
    try:
        digest = base64.b64decode(bare, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 32:
        raise UsageError(f"{text!r} is not a SHA-256: write 64 hex digits, or sha256//BASE64")
    return digest.hex()
