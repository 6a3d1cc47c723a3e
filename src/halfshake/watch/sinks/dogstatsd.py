"""Results to DogStatsD: the metrics and service checks of docs/datadog.md, with the user's tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from halfshake.observation import Observation
from halfshake.report.dogstatsd import Client, DogStatsdReport

if TYPE_CHECKING:
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
