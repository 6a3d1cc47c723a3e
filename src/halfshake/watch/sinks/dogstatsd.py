"""Results and events to DogStatsD: what docs/datadog.md lists, with the user's tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from halfshake.observation import Observation
from halfshake.report.dogstatsd import Client, DogStatsdReport

if TYPE_CHECKING:
    from halfshake.event import Event
    from halfshake.observation import FacesRead
    from halfshake.trust.comparison import Summary
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.watched import Watched


class ClosableClient(Client, Protocol):
    """A client that is closed when the configuration has no use for it any more."""

    def close_socket(self) -> None:
        """Close the socket."""


class DogStatsdReceiver:
    """Sends each result; a packet that the Agent has no room for is lost, as UDP is."""

    name = "dogstatsd"

    def __init__(self, client: ClosableClient) -> None:
        self._client = client

    def take(self, watched: Watched, judged: Judged) -> None:
        """Send one result."""
        report = self._report(watched)
        if isinstance(judged.result, Observation):
            assert judged.verdict is not None
            report.reading(judged.result, judged.verdict)
        else:
            report.failure(judged.result, judged.status)

    def tell(self, event: Event) -> None:
        """Send one event, as it stands in Datadog's stream of events."""
        tags = [f"{name}:{value}" for name, value in event.labels]
        tags += [f"target:{event.target}", f"kind:{event.kind.value}", f"status:{event.status}"]
        if event.address is not None:
            tags.append(f"address:{event.address}")
        self._client.event(
            f"{event.target}: {event.kind.value.replace('-', ' ')}",
            event.message[:MAX_MESSAGE],
            alert_type=_ALERT_TYPES.get(event.status, "warning"),
            aggregation_key=event.target[:100].replace("|", "/"),
            date_happened=int(event.at.timestamp()),
            source_type_name="halfshake",
            tags=tags,
        )

    def forget(self, watched: Watched) -> None:
        """Nothing is kept of a target."""

    def take_faces(self, watched: Watched, faces: FacesRead, summary: Summary) -> None:
        """Send what `check --dogstatsd` sends: each face has its own metrics to compare."""
        self._report(watched).summary(faces, summary)

    def _report(self, watched: Watched) -> DogStatsdReport:
        tags = tuple(f"{name}:{value}" for name, value in watched.tags)
        return DogStatsdReport(self._client, more_tags=tags)

    def idle(self) -> None:
        """Send what the client has buffered."""
        self._client.flush()

    def close(self) -> None:
        """Send the rest."""
        self._client.flush()
        self._client.close_socket()


_ALERT_TYPES = {"ok": "success", "warning": "warning", "critical": "error", "unknown": "warning"}

MAX_MESSAGE = 3000
"""In characters: the library refuses an event of more than 8 KiB."""
