"""`ClientVerdict`: whether one family of clients takes a certificate."""

from __future__ import annotations

from typing import NamedTuple


class ClientVerdict(NamedTuple):
    """One kind of client, for programs and for people, and whether it takes this certificate.

    `accepts` covers chain, name and dates; None where it cannot be told. `reason` says why not.
    """

    profile: str
    clients: str
    accepts: bool | None
    reason: str
