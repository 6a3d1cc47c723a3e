"""`send_tests()`: a test message to each service, for whoever sets notifications up."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from halfshake.watch.notifications.apprise_service import AppriseService
from halfshake.watch.notifications.courier import Patience, problem_of
from halfshake.watch.notifications.wording import test_message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def send_tests(urls: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Send to all services at once; the name of each, and what was wrong, or None."""
    services = [AppriseService(name, url) for name, url in urls.items()]
    outcomes: dict[str, str | None] = {}

    def send(service: AppriseService) -> None:
        outcomes[service.name] = problem_of(service, test_message(service.name))

    threads = [threading.Thread(target=send, args=(each,), daemon=True) for each in services]
    for thread in threads:
        thread.start()
    seconds = Patience().attempt
    until = time.monotonic() + seconds
    for service, thread in zip(services, threads, strict=True):
        thread.join(max(0.0, until - time.monotonic()))
        yield service.name, outcomes.get(service.name, f"no answer within {seconds:g} s")
