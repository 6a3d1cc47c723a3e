"""The process around the monitor: signals, changed files, systemd, a stop within one timeout."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from typing import TYPE_CHECKING

from halfshake.history.history import History
from halfshake.reading.window import raised_window
from halfshake.watch.changes import stamp
from halfshake.watch.metrics.exposition import Exposition
from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.monitor import Monitor
from halfshake.watch.notifications.opened import open_notifier, watched_keys
from halfshake.watch.service_manager import ServiceManager
from halfshake.watch.settings.plan import load_plan
from halfshake.watch.sinks.opened import open_sinks
from halfshake.watch.web.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from halfshake.watch.reader import Opening
    from halfshake.watch.settings.document import History as HistorySettings
    from halfshake.watch.settings.plan import Plan
    from halfshake.watch.sinks.opened import OpenDogStatsd

log = logging.getLogger("halfshake.watch")


def run(
    path: Path,
    opening: Opening,
    environment: Mapping[str, str],
    *,
    listen: str | None,
    web_config: str | None,
    open_dogstatsd: OpenDogStatsd,
) -> int:
    """Run until SIGTERM or SIGINT; 0. Raises UsageError where it cannot begin."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=LOG_FORMAT)

    def load() -> Plan:
        plan = load_plan(path, opening(), environment)
        if listen is not None:
            plan.document.listen = listen
        if web_config is not None:
            plan.document.web.config_file = web_config
        return plan

    plan = load()
    return asyncio.run(_run(plan, load, environment, open_dogstatsd))


async def _run(
    plan: Plan,
    load: Callable[[], Plan],
    environment: Mapping[str, str],
    open_dogstatsd: OpenDogStatsd,
) -> int:
    loop = asyncio.get_running_loop()
    health, manager = OwnHealth(), ServiceManager(environment)
    raised_window(plan.document.concurrency + plan.document.probe.concurrency)
    monitor = Monitor(plan, load, health, Exposition(), clock=loop.time, now=time.time)
    monitor.sinks = open_sinks(plan.document.sinks, health, environment, open_dogstatsd)
    history = monitor.history = open_history(plan.document.history, health, environment)
    if history is not None:
        history.only(watched.labels for watched in plan.watched)
        history.on_event += [health.event, *(sink.offer_event for sink in monitor.sinks)]
    notifier = open_notifier(
        plan.document.notify,
        history,
        plan.document.history.outbox(environment),
        health.notifications,
        plan.watched,
    )
    if notifier is not None:
        told = notifier
        monitor.after_reload.append(lambda new: told.keep_only(watched_keys(new.watched)))
    if history is not None:
        history.start()
    server = Server(monitor)
    stop, reload = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    await server.start()
    tasks = [
        asyncio.create_task(monitor.run()),
        asyncio.create_task(_reload_when_told(monitor, reload, manager)),
        asyncio.create_task(_reload_when_changed(monitor, reload)),
        asyncio.create_task(manager.keep_alive()),
    ]
    stopped: asyncio.Task[object] = asyncio.create_task(stop.wait())
    manager.ready()
    log.info("watching %d targets, listening on %s", len(plan.watched), server.address)
    _say_where(plan.document.history, environment)
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    manager.stopping()
    log.info("stopping; %d readings still run", monitor.running)
    within = loop.time() + monitor.plan.document.stop_timeout
    for task in tasks:
        task.cancel()
    await monitor.finish(within - loop.time())
    await server.stop()
    # First the history: its last events are for the others.
    if history is not None:
        await asyncio.to_thread(history.close, max(0.5, within - loop.time()))
    for sink in monitor.sinks:
        await asyncio.to_thread(sink.close, max(0.5, within - loop.time()))
    if notifier is not None:
        await asyncio.to_thread(notifier.close, max(0.5, within - loop.time()))
    for ended in done:
        ended.result()  # none of them ends by itself: what broke it is our bug
    return 0


def open_history(
    settings: HistorySettings, health: OwnHealth, environment: Mapping[str, str]
) -> History | None:
    """Open the history; None where it is off. Raises UsageError where the file is of no use."""
    if not settings.enabled:
        return None
    path = settings.file(environment)
    return History(path, health.history, keep_seconds=settings.keep)


def _say_where(settings: HistorySettings, environment: Mapping[str, str]) -> None:
    if settings.enabled and settings.file(environment) is None:
        log.info("the history is kept in memory: history.path names a file for it")


async def _reload_when_told(monitor: Monitor, told: asyncio.Event, manager: ServiceManager) -> None:
    while True:
        await told.wait()
        told.clear()
        with manager.reloading():
            await monitor.reload()


async def _reload_when_changed(monitor: Monitor, told: asyncio.Event) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        if await asyncio.to_thread(stamp, monitor.plan) != monitor.stamp:
            told.set()


LOOK_EVERY_SECONDS = 5
LOG_FORMAT = "%(levelname)s %(message)s"
