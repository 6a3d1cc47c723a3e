"""What fires and what is resolved, by readings of real servers; nothing is sent here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from halfshake.watch.sinks.alerts import LONGEST_PAUSE_SECONDS, Alerts
from watch.test_sinks import read

if TYPE_CHECKING:
    from pathlib import Path


def test_one_failed_reading_is_no_alert(tmp_path: Path) -> None:
    """The second in a row is; it keeps its beginning, and ends with the first that succeeds."""
    (_, good), (watched, failed) = asyncio.run(read(tmp_path))
    alerts = Alerts()
    assert not alerts.take(watched, failed, 100)
    assert not alerts.take(watched, good, 101)
    assert not alerts.take(watched, failed, 102)
    assert alerts.take(watched, failed, 103)
    assert not alerts.take(watched, failed, 104)
    (fires,) = alerts.firing()
    assert dict(fires.labels) == {
        "alertname": "HalfshakeNotRead",
        "severity": "warning",
        "target": "127.0.0.1:1",
    }
    assert (fires.starts, fires.ends) == (103, None)
    assert "(connection-refused)" in fires.summary
    assert alerts.take(watched, good, 105)
    assert list(alerts.firing()) == []
    (over,) = alerts.resolved.values()
    assert (over.starts, over.ends) == (103, 105)
    # It comes back before anybody was told of the end.
    alerts.take(watched, failed, 106)
    alerts.take(watched, failed, 107)
    assert alerts.resolved == {}


def test_what_is_not_read_any_more_ends(tmp_path: Path) -> None:
    """A target that left the configuration at once, an address that left the DNS after a while."""
    _, (watched, failed) = asyncio.run(read(tmp_path))
    for end in ("forget", "expire"):
        alerts = Alerts()
        alerts.take(watched, failed, 100)
        alerts.take(watched, failed, 160)
        if end == "forget":
            assert alerts.forget(watched, 200)
        else:
            interval = watched.settings.intervals[failed.kind]
            last = 160 + 3 * interval + LONGEST_PAUSE_SECONDS
            assert not alerts.expire(last)
            assert alerts.expire(last + 1)
        assert list(alerts.firing()) == []
        assert len(alerts.resolved) == 1
        assert not alerts.forget(watched, 300)
