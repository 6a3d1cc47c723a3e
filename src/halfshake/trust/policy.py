"""What a verdict is based on: thresholds, fixed or relative to a lifetime, and expectations."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from halfshake.trust.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class LifetimeRatio(NamedTuple):
    """A part of the certificate's whole lifetime: 0.25 for its last quarter."""

    ratio: float


Threshold: TypeAlias = timedelta | LifetimeRatio


class ExpectedFile(NamedTuple):
    """The end entity in a file, and the file's name for people."""

    name: str
    der: bytes


class ExpectedClientAuth(StrEnum):
    """How a server should treat clients without a certificate.

    `requested` is seen in the half handshake; the others need the second visit.
    """

    tls_required = "tls-required"
    http_enforced = "http-enforced"
    requested = "requested"
    none = "none"

    @property
    def needs_second_visit(self) -> bool:
        """Is this an expectation that the half handshake alone cannot answer?"""
        return self is not ExpectedClientAuth.requested


# Never changed: `for_information` makes a new one.
_NONE_SET: Mapping[str, Severity | None] = {}


class Policy(NamedTuple):
    """What a verdict is based on.

    A threshold of None is the default: 14 days or a third of the lifetime for a warning, 7 days or
    a sixth for critical, whichever is less, so that certificates of 6 and of 47 days need no rules
    of their own. timedelta(0) means 0. `path_warning` and `path_critical` are for the CA
    certificates above the server's own; if None, the server's thresholds apply, except for a ratio:
    a tenth of a CA's twenty years left is no reason for an alarm.

    `severities` raises or lowers findings by code; None mutes one. `expected_spki_sha256` are
    lower-case hex, `expected_issuers` are parts of RFC 4514 names, one of which must be in the
    issuer's name; empty and None expect nothing. `expected_client_auth` is how clients without a
    certificate should be treated. `clients` are the families of clients whose refusal is critical;
    without any it is OpenSSL's.
    """

    warning: Threshold | None = None
    critical: Threshold | None = None
    path_warning: Threshold | None = None
    path_critical: Threshold | None = None
    severities: Mapping[str, Severity | None] = _NONE_SET
    expected_spki_sha256: tuple[str, ...] = ()
    expected_issuers: tuple[str, ...] = ()
    expected_file: ExpectedFile | None = None
    expected_client_auth: ExpectedClientAuth | None = None
    clients: tuple[str, ...] = ()

    def warning_left(self, lifetime: timedelta) -> timedelta:
        """Less time left than this is a warning, for a certificate of this lifetime."""
        return _left(self.warning, lifetime, DEFAULT_WARNING, 3)

    def critical_left(self, lifetime: timedelta) -> timedelta:
        """Less time left than this is critical, for a certificate of this lifetime."""
        return _left(self.critical, lifetime, DEFAULT_CRITICAL, 6)

    def for_path(self) -> Policy:
        """The policy for a CA certificate on the path."""
        return Policy(
            warning=_for_path(self.path_warning, self.warning),
            critical=_for_path(self.path_critical, self.critical),
        )

    def for_information(self, codes: Iterable[str]) -> Policy:
        """The policy for a face that no client should see: its findings are only info.

        Severities that the user has set stay as they are.
        """
        severities = dict.fromkeys(codes, Severity.info) | dict(self.severities)
        return self._replace(severities=severities)


def _for_path(own: Threshold | None, end_entity: Threshold | None) -> Threshold | None:
    if own is None and isinstance(end_entity, timedelta):
        return end_entity
    return own


def _left(
    threshold: Threshold | None, lifetime: timedelta, default: timedelta, parts: int
) -> timedelta:
    if threshold is None:
        # Most live longer than that: to compare takes a fifth of the time of dividing.
        return default if lifetime >= _LONG[parts] else min(default, lifetime / parts)
    if isinstance(threshold, LifetimeRatio):
        return lifetime * threshold.ratio
    return threshold


DEFAULT_WARNING = timedelta(days=14)
DEFAULT_CRITICAL = timedelta(days=7)

# Of a lifetime from here on, a third or a sixth is more than the default.
_LONG = {3: 3 * DEFAULT_WARNING, 6: 6 * DEFAULT_CRITICAL}
