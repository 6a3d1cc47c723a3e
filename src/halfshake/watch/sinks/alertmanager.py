"""Alerts to Alertmanager's v2 API: when they begin, again while they last, when they end."""

from __future__ import annotations

import http.client
import json
import logging
import ssl
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.version import __version__
from halfshake.watch.sinks.alerts import Alerts

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.event import Event
    from halfshake.observation import FacesRead
    from halfshake.trust.comparison import Summary
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.keys.sinks import Alertmanager
    from halfshake.watch.settings.watched import Watched
    from halfshake.watch.sinks.alerts import Alert

log = logging.getLogger("halfshake.watch")


class AlertmanagerReceiver:
    """Keeps what fires, and posts it. Raises UsageError where its files cannot be used.

    While Alertmanager cannot be reached, everything is kept and tried again: it is a state, so
    nothing is lost but time. After our own end Alertmanager takes all for resolved by itself.
    """

    name = "alertmanager"

    def __init__(self, settings: Alertmanager, *, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        try:
            self._tls = ssl.create_default_context(cafile=settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"sinks.alertmanager.ca_file: {error}") from error
        self._alerts = Alerts()
        self._changed = False
        self._sent_at = now()
        self._failures = 0
        self._tried_at = 0.0

    def take(self, watched: Watched, judged: Judged) -> None:
        """Take one result; what changed is sent when nothing more comes, or after a second."""
        self._changed |= self._alerts.take(watched, judged, self._now())
        if self._now() - self._sent_at >= MOST_LAG_SECONDS:
            self.idle()

    def take_faces(self, watched: Watched, faces: FacesRead, summary: Summary) -> None:
        """Each face was taken before; how they differ is no alert of its own."""

    def tell(self, event: Event) -> None:
        """An event is no state: Alertmanager hears of what lasts."""

    def forget(self, watched: Watched) -> None:
        """Resolve what fires of this target."""
        self._changed |= self._alerts.forget(watched, self._now())

    def idle(self) -> None:
        """Send what changed, and everything when it is time."""
        now = self._now()
        since = now - self._sent_at
        # A clock that was set back: nobody waits for it.
        in_time = 0 <= since < self._settings.resend
        if not (self._changed or not in_time):
            return
        if not in_time:
            self._alerts.expire(now)
        pause = min(self._settings.resend, 2.0 ** min(self._failures, 10)) if self._failures else 0
        if 0 <= now - self._tried_at < pause:
            return
        self._tried_at = now
        self._send(now)

    def close(self) -> None:
        """Send what changed last."""
        if self._changed:
            self._send(self._now())

    def _send(self, now: float) -> None:
        resolved = dict(self._alerts.resolved)
        alerts = [*self._alerts.firing(), *resolved.values()]
        try:
            for begin in range(0, len(alerts), MOST_AT_ONCE):
                part = alerts[begin : begin + MOST_AT_ONCE]
                self._post([self._written(alert, now) for alert in part])
        except (OSError, http.client.HTTPException) as error:
            self._failures += 1
            if self._failures == 1:
                log.warning("alertmanager takes no alerts: %s", _problem(error))
            return
        if self._failures:
            log.info("alertmanager takes alerts again")
        self._failures, self._changed, self._sent_at = 0, False, now
        for labels in resolved:
            del self._alerts.resolved[labels]

    def _written(self, alert: Alert, now: float) -> dict[str, Any]:
        ends = now + self._settings.resolve_after if alert.ends is None else alert.ends
        return {
            "labels": dict(alert.labels),
            "annotations": {"summary": alert.summary, "description": alert.description},
            "startsAt": _time(min(alert.starts, ends)),
            "endsAt": _time(ends),
        }

    def _post(self, alerts: list[dict[str, Any]]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the configuration's own http(s) URL
            f"{self._settings.url}/api/v2/alerts",
            data=json.dumps(alerts).encode(),
            headers={
                "Content-Type": "application/json",
                "User-Agent": f"halfshake/{__version__}",
                **self._headers,
            },
        )
        urllib.request.urlopen(  # noqa: S310 - as above
            request, timeout=TIMEOUT_SECONDS, context=self._tls
        ).close()


def _problem(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}: {error.read(200).decode('utf-8', 'replace').strip()!r}"
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


MOST_AT_ONCE = 1000
"""How many alerts one request has: a rack that dies takes thousands of endpoints with it."""

MOST_LAG_SECONDS = 1.0
TIMEOUT_SECONDS = 10.0
