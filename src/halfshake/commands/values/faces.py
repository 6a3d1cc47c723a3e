"""What `check` does with several faces of a target: which were asked for, and how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.commands.values.face_options import protocols
from halfshake.errors import TargetInvalid, UsageError
from halfshake.inputs.target_text import parse_target
from halfshake.observation import NO_SNI, UNKNOWN_SNI
from halfshake.reading.faces import Wanted, read_faces
from halfshake.reading.many import Courtesy
from halfshake.reading.options import PER_HOST
from halfshake.target import is_ip_address

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Sequence

    from halfshake.dial.route import Route
    from halfshake.observation import FacesRead
    from halfshake.reading.faces import Result
    from halfshake.target import Target


class FaceReader:
    """Reads every face of a target; raises UsageError if the options contradict each other."""

    def __init__(
        self, options: argparse.Namespace, take: Callable[[Result], Awaitable[None]]
    ) -> None:
        self._wanted = wanted_faces(options)
        self._timeout_seconds = options.timeout
        self._courtesy = Courtesy(options.per_host)
        self._take = take

    async def read(self, target: Target, route: Route) -> FacesRead:
        """Read every face, and pass on each result as it comes."""
        return await read_faces(
            target,
            self._wanted,
            self._take,
            timeout_seconds=self._timeout_seconds,
            courtesy=self._courtesy,
            route=route,
        )


def wanted_faces(options: argparse.Namespace) -> Wanted:
    """Which faces the options ask for; raises UsageError where they contradict each other."""
    if options.all_key_types and options.key_type:
        raise UsageError("--all-key-types asks for every key type: leave out --key-type")
    if options.all_addresses and options.connect:
        raise UsageError("--connect names one address: leave out --all-addresses")
    if options.explain_intolerance:
        raise UsageError("--explain-intolerance reads one face: leave out the options for several")
    if not 0 < options.per_host <= (PER_HOST.most or 0):
        raise UsageError(f"--per-host must be a number from 1 to {PER_HOST.most}")
    offered = protocols(options)
    several_protocols = len(offered) > 1
    return Wanted(
        all_addresses=options.all_addresses,
        all_key_types=options.all_key_types,
        all_versions=options.all_versions,
        sni=tuple(dict.fromkeys(_sni(name) for name in _split(options.sni))),
        alpn=offered if several_protocols else (),
        key_type=options.key_type,
        usual_alpn=() if several_protocols else offered,
        enforcement=options.enforcement,
        enforcement_path=options.enforcement_path,
        check_possession=not options.no_possession,
    )


def _split(texts: Sequence[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _sni(name: str) -> str:
    if name in {NO_SNI, UNKNOWN_SNI}:
        return name
    try:
        read = parse_target("localhost", server_name=name).server_name
    except TargetInvalid as error:
        raise UsageError(f"--sni {error}") from error
    if is_ip_address(read):
        raise UsageError(f"--sni {name!r}: SNI can only hold names, not addresses (RFC 6066 3)")
    return read
