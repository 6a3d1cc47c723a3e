"""How `check` reads one target, whatever it is: a server, every face of one, or a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from halfshake.commands.values.face_options import protocols, several_faces
from halfshake.errors import FailureReason, Phase, TargetInvalid
from halfshake.inputs.target_text import parse_target
from halfshake.observation import FacesRead, Observation, ProbeFailure, Timings
from halfshake.reading.probe import probe
from halfshake.target import Target

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Awaitable, Callable

    from halfshake.commands.judging import Judging
    from halfshake.commands.values.faces import FaceReader
    from halfshake.dial.route import Route
    from halfshake.trust.rules.pointers import Fetched

    Reading: TypeAlias = tuple[Observation | ProbeFailure | FacesRead, Fetched | None]


def target_reader(
    options: argparse.Namespace,
    judging: Judging,
    route_for: Callable[[Target], Route],
    take: Callable[[Reading], None],
) -> Callable[[str], Awaitable[Reading]]:
    """How to read one target; faces are passed to `take` as they come.

    Raises UsageError if the options contradict each other.
    """
    fetch = _fetcher(options, judging)

    async def complete(result: Observation | ProbeFailure) -> Fetched | None:
        """Do what takes long before the result is taken: it is judged at once then."""
        fetched = None if fetch is None else await fetch(result)
        if isinstance(result, Observation):
            # What judges is imported for who was read, not where nobody listens.
            from halfshake.reading.aside import judge_chain_aside

            now = judging.at or datetime.now(UTC)
            await judge_chain_aside(result, judging.store, now)
            if fetched is not None and fetched.certificates:
                from halfshake.certificate import read_certificate

                more = tuple(map(read_certificate, fetched.certificates))
                await judge_chain_aside(result, judging.store, now, more)
        return fetched

    faces = None
    if several_faces(options):
        from halfshake.commands.values.faces import FaceReader

        async def take_face(result: Observation | ProbeFailure) -> None:
            take((result, await complete(result)))

        faces = FaceReader(options, take_face)

    async def read(text: str) -> Reading:
        result = await _read(text, options, route_for, faces)
        return result, None if isinstance(result, FacesRead) else await complete(result)

    return read


def _fetcher(
    options: argparse.Namespace, judging: Judging
) -> Callable[[Observation | ProbeFailure], Awaitable[Fetched | None]] | None:
    if not options.fetch:
        return None
    from halfshake.commands.values.fetching import fetch_for, fetch_limits

    limits = fetch_limits(options)

    async def fetch(result: Observation | ProbeFailure) -> Fetched | None:
        if isinstance(result, ProbeFailure):
            return None
        return await fetch_for(result, judging.store, limits)

    return fetch


async def _read(
    text: str,
    options: argparse.Namespace,
    route_for: Callable[[Target], Route],
    faces: FaceReader | None,
) -> Observation | ProbeFailure | FacesRead:
    if text.startswith(STORED):
        return _read_stored(text, options)
    try:
        target = parse_target(text, server_name=options.server_name, starttls=options.starttls)
    except TargetInvalid as error:
        return ProbeFailure(
            target=Target(text, text, 0, text),
            observed_at=datetime.now(UTC),
            phase=Phase.resolve,
            reason=FailureReason.target_invalid,
            detail=str(error),
            timings=Timings(),
        )
    if faces is not None:
        return await faces.read(target, route_for(target))
    return await probe(
        target,
        timeout_seconds=options.timeout,
        key_type=options.key_type,
        alpn=protocols(options),
        route=route_for(target),
        explain_intolerance=options.explain_intolerance,
        enforcement=options.enforcement,
        enforcement_path=options.enforcement_path,
        check_possession=not options.no_possession,
    )


def _read_stored(text: str, options: argparse.Namespace) -> Observation | ProbeFailure:
    from halfshake.stored.reader import read_stored

    now = datetime.now(UTC)
    return read_stored(text, server_name=options.server_name, password=options.password, now=now)


async def each_target(targets: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield targets; for a directory, a glob or a kubeconfig, one for each certificate in it."""
    async for text in targets:
        if not text.startswith(STORED):
            yield text
            continue
        from halfshake.stored.reader import expand

        for stored in expand(text):
            yield stored


STORED = ("file:", "kubeconfig:")
