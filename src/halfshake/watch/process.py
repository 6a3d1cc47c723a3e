"""The process around the monitor: signals, changed files, systemd, a stop within one timeout."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from typing import TYPE_CHECKING

from halfshake import event_loop
from halfshake.reading.window import raised_window
from halfshake.watch.changes import stamp
from halfshake.watch.garbage import PassedOver, look_rarely, pass_over_what_is_there
from halfshake.watch.metrics.exposition import Exposition
from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.monitor import Monitor
from halfshake.watch.parts import open_all
from halfshake.watch.remembering import IN_MEMORY, Remembering
from halfshake.watch.service_manager import ServiceManager
from halfshake.watch.settings.plan import load_plan
from halfshake.watch.sinks.opened import RunningSinks
from halfshake.watch.web.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from halfshake.watch.reader import Opening
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
        raised_window(plan.document.concurrency + plan.document.probe.concurrency)
        return plan

    look_rarely()
    plan = load()
    return event_loop.run(_run(plan, load, environment, open_dogstatsd))


async def _run(
    plan: Plan,
    load: Callable[[], Plan],
    environment: Mapping[str, str],
    open_dogstatsd: OpenDogStatsd,
) -> int:
    loop = asyncio.get_running_loop()
    health, manager = OwnHealth(), ServiceManager(environment)
    monitor = Monitor(plan, load, health, Exposition(), clock=loop.time, now=time.time)
    sinks, server = RunningSinks(health, environment, open_dogstatsd), Server(monitor)
    monitor.sinks, monitor.parts = sinks, (sinks, server)
    stop, reload = asyncio.Event(), asyncio.Event()
    event_loop.on_signals((signal.SIGTERM, signal.SIGINT), stop.set)
    if hasattr(signal, "SIGHUP"):
        event_loop.on_signals((signal.SIGHUP,), reload.set)
    else:
        log.info("this system has no SIGHUP: a changed configuration is read when it is seen")
    for part in await open_all(monitor.parts, plan):
        await part.take_over()
    remembering = Remembering(health, environment, sinks, monitor.remember_in)
    await (await remembering.open(plan)).take_over()
    monitor.parts = (*monitor.parts, remembering, PassedOver())
    tasks = [
        asyncio.create_task(monitor.run()),
        asyncio.create_task(_reload_when_told(monitor, reload, manager)),
        asyncio.create_task(_reload_when_changed(monitor, reload)),
        asyncio.create_task(manager.keep_alive()),
    ]
    stopped: asyncio.Task[object] = asyncio.create_task(stop.wait())
    pass_over_what_is_there()
    manager.ready()
    log.info("watching %s, listening on %s", plan.how_many, server.address)
    if remembering.is_in_memory:
        log.info("the history is kept in %s", IN_MEMORY)
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    manager.stopping()
    log.info("stopping; %d readings still run", monitor.running)
    within = loop.time() + monitor.plan.document.stop_timeout
    for task in tasks:
        task.cancel()
    await monitor.finish(within - loop.time())
    await server.stop()
    # First the history: its last events are for the sinks.
    await remembering.close_history(lambda: within - loop.time())
    await sinks.close(lambda: within - loop.time())
    await remembering.close_notifications(lambda: within - loop.time())
    for ended in done:
        ended.result()  # none of them ends by itself: what broke it is our bug
    return 0


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
