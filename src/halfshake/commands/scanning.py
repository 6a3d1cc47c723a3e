"""How `scan` reads, judges and writes one target: by the options of `check`, and with its code."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.commands.judging import load_judging
from halfshake.commands.values.face_options import protocols
from halfshake.commands.values.way_in import routes
from halfshake.dial.tcp import resolve
from halfshake.errors import FailureReason, Phase, ReadingFailed, TargetInvalid, UsageError
from halfshake.inputs.target_text import parse_target
from halfshake.observation import Observation, ProbeFailure, Timings
from halfshake.reading.aside import judge_chain_aside
from halfshake.reading.in_turn import read_in_turn
from halfshake.reading.observing import our_bug
from halfshake.reading.probe import probe
from halfshake.report.chosen_fields import ChosenFields, csv_row
from halfshake.report.json_text import json_line
from halfshake.report.jsonlines import failure_line, reading_line
from halfshake.scan.courtesy.pace import Pace
from halfshake.scan.courtesy.rules import Rules, read_excluded, read_networks
from halfshake.scan.output.form import Kind, form_of
from halfshake.scan.reader import Answer, Outcome, Seen
from halfshake.scan.summary.earlier import Earlier
from halfshake.target import Target, is_ip_address
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from halfshake.dial.networks import IpAddress
    from halfshake.dial.route import Route
    from halfshake.dial.tcp import Address
    from halfshake.scan.sources.entries import Entry
    from halfshake.trust.verdict import Verdict


def opening(options: dict[str, Any], shares: int) -> ScanReader:
    """Make a reader of the options of `scan`; raises UsageError where they make no sense."""
    return ScanReader(argparse.Namespace(**options), shares)


class _Judged(NamedTuple):
    result: Observation | ProbeFailure
    verdict: Verdict | None
    status: Status


class ScanReader:
    """Reads targets as `check` does with the same options; `shares` processes share the rates."""

    def __init__(self, options: argparse.Namespace, shares: int) -> None:
        self._options = options
        self._judging = load_judging(options)
        self._route_for = routes(options)
        self._alpn = protocols(options)
        self._form = form_of(options.output_form)
        self._fields = ChosenFields(options.columns) if options.columns else None
        self._wants_verdict = self._fields is None or self._fields.has_verdict
        # A signature that no chosen field tells of is not checked; a verdict tells of it.
        told = self._wants_verdict or (self._fields is not None and self._fields.has_possession)
        self._checks_possession = told and not options.no_possession
        self._resolve = resolver_of(options.resolver, options.family)
        self._pace = pace_of(options, shares)
        excluded = read_excluded(options.exclude, options.exclude_file)
        self._rules = Rules(excluded, read_networks(options.allow))
        self._earlier = Earlier(options.earlier_index) if options.earlier_index else None

    async def read(self, entry: Entry) -> Answer:
        """Read one entry, judge what was read, and write the result."""
        if entry.problem is not None:
            return self._refuse(entry.text, entry.problem)
        try:
            target = parse_target(
                entry.text,
                server_name=entry.server_name or self._options.server_name,
                starttls=self._options.starttls,
            )
        except TargetInvalid as error:
            return self._refuse(entry.text, str(error))
        if self._is_excluded(target):
            return Answer("", Seen(Outcome.excluded, target.text))
        judged = await self._judge(await self._read(target))
        try:
            return self._answer(judged)
        except Exception as error:
            if isinstance(judged.result, ProbeFailure):
                raise
            bug = our_bug(judged.result, error)
            return self._answer(_Judged(bug, None, self._judging.on_failure))

    def encode(self, lines: Sequence[str]) -> bytes:
        """The lines as they stand in the output, behind others that were encoded before."""
        return self._form.encode(lines)

    def _refuse(self, text: str, sentence: str) -> Answer:
        """The result of a line that is no target."""
        target = Target(text, text, 0, text)
        failure = _failure(target, FailureReason.target_invalid, sentence)
        return self._answer(_Judged(failure, None, self._judging.on_failure), Outcome.refused)

    def _is_excluded(self, target: Target) -> bool:
        if target.unix_path is not None:
            return False
        if is_ip_address(target.host):
            return self._rules.has_networks and self._rules.excludes_address(_literal(target.host))
        return self._rules.excludes_name(target.host)

    async def _read(self, target: Target) -> Observation | ProbeFailure:
        route, timeout_seconds = self._route_for(target), self._options.timeout
        if target.unix_path is not None or route.proxy is not None or route.connect_to is not None:
            await self._pace.wait(None)  # the address is not ours to choose
            return await self._probe(target, route, timeout_seconds)
        if is_ip_address(target.host):
            # To read an address costs a hundredth of the target: only who asks for it pays.
            await self._pace.wait(_literal(target.host) if self._pace.is_per_network else None)
            return await self._probe(target, route, timeout_seconds)
        loop = asyncio.get_running_loop()
        began = loop.time()
        addresses = await self._addresses(target, timeout_seconds)
        if isinstance(addresses, ProbeFailure):
            return addresses
        took = loop.time() - began
        await self._pace.wait(_literal(addresses[0][1][0]))

        def read(pinned: Route, share: float) -> Awaitable[Observation | ProbeFailure]:
            return self._probe(target, pinned, share)

        return await read_in_turn(addresses, route, timeout_seconds - took, read)

    async def _addresses(
        self, target: Target, timeout_seconds: float
    ) -> list[Address] | ProbeFailure:
        """Where a name leads, as far as this scan may go there."""
        family = self._options.family
        try:
            async with asyncio.timeout(timeout_seconds):
                found = await self._resolve(target.host, target.port)
        except TimeoutError:
            sentence = f"resolving the name took longer than {timeout_seconds:g} s"
            return _failure(target, FailureReason.deadline_exceeded, sentence)
        except ReadingFailed as error:
            return _failure(target, error.reason, error.detail)
        addresses = [each for each in found if family in {None, each[0]}]
        if not addresses:
            sentence = f"{target.host} has no address of this IP version"
            return _failure(target, FailureReason.name_not_found, sentence)
        kept, why = self._rules.of_name(addresses)
        if kept:
            return kept
        return _failure(target, FailureReason.not_allowed, f"{target.host} {why}")

    async def _probe(
        self, target: Target, route: Route, timeout_seconds: float
    ) -> Observation | ProbeFailure:
        return await probe(
            target,
            timeout_seconds=timeout_seconds,
            key_type=self._options.key_type,
            alpn=self._alpn,
            route=route,
            explain_intolerance=self._options.explain_intolerance,
            enforcement=self._options.enforcement,
            enforcement_path=self._options.enforcement_path,
            check_possession=self._checks_possession,
        )

    async def _judge(self, result: Observation | ProbeFailure) -> _Judged:
        if isinstance(result, ProbeFailure):
            return _Judged(result, None, self._judging.on_failure)
        if not self._wants_verdict:
            return _Judged(result, None, Status.ok)
        now = self._judging.at or datetime.now(UTC)
        await judge_chain_aside(result, self._judging.store, now)
        try:
            verdict = self._judging.verdict(result)
        except Exception as error:  # noqa: BLE001 - our bug with one target stops no other
            return _Judged(our_bug(result, error), None, self._judging.on_failure)
        return _Judged(result, verdict, verdict.status)

    def _answer(self, judged: _Judged, outcome: Outcome | None = None) -> Answer:
        stopped = self._stopped(judged.result)
        seen = seen_of(judged, outcome, stopped=stopped)
        return Answer(self._line(judged, stopped=stopped), seen)

    def _stopped(self, result: Observation | ProbeFailure) -> bool:
        if self._earlier is None or not isinstance(result, Observation):
            return False
        return result.client_auth.requested is False and self._earlier.asked(result.target.text)

    def _line(self, judged: _Judged, *, stopped: bool) -> str:
        result, verdict, status = judged
        if self._form.kind is not Kind.jsonl:
            assert self._fields is not None
            row = self._fields.row(result, verdict, status.value)
            if self._form.kind is Kind.csv:
                return csv_row(row)
            # A list is encoded as a document is: no name can break its line.
            return json_line({"": row})[len('{"":') : -1] + "\n"
        if self._fields is not None:
            line = self._fields.line(result, verdict, status.value)
        elif isinstance(result, ProbeFailure):
            line = failure_line(result, status)
        else:
            assert verdict is not None
            line = reading_line(result, verdict)
        if stopped:
            comma = "," if len(line) > len("{}") else ""
            line = f"{line[:-1]}{comma}{STOPPED_ASKING}}}"
        return f"{line}\n"


def seen_of(judged: _Judged, outcome: Outcome | None, *, stopped: bool) -> Seen:
    """What the summary wants to know of a result."""
    result, verdict, status = judged
    if isinstance(result, ProbeFailure):
        return Seen(
            outcome or Outcome.failed,
            result.target.text[:MOST_SHOWN],
            status.value,
            result.reason.value,
        )
    leaf = result.end_entity
    return Seen(
        Outcome.read,
        result.target.text[:MOST_SHOWN],
        "" if verdict is None else verdict.status.value,
        version=result.tls_version or "",
        issuer=(leaf.issuer or "")[:MOST_SHOWN],
        subject=(leaf.subject or "")[:MOST_SHOWN],
        not_after=None if leaf.not_after is None else int(leaf.not_after.timestamp()),
        requested=result.client_auth.requested,
        stopped=stopped,
        findings=() if verdict is None else tuple({each.code for each in verdict.findings}),
    )


def resolver_of(
    asked: Sequence[str], family: int | None
) -> Callable[[str, int], Awaitable[list[Address]]]:
    """Who looks up names: the system, or DNS servers. Raises UsageError."""
    if not asked or list(asked) == ["system"]:
        return resolve
    if len(asked) > 1 and {"system", "dns"} & set(asked):
        raise UsageError("--resolver is system, dns, or addresses of DNS servers: not both")
    from halfshake.dial.name_servers import NameServers

    servers = NameServers(() if asked == ["dns"] else asked)
    return lambda host, port: servers.resolve(host, port, family)


def pace_of(options: argparse.Namespace, shares: int) -> Pace:
    """The pace of one of so many processes. Raises UsageError."""
    for name in ("rate", "rate_per_network"):
        value = getattr(options, name)
        if value is not None and value <= 0:
            raise UsageError(f"--{name.replace('_', '-')} must be more than 0")
    v4, _, v6 = options.network_bits.partition(",")
    if not (v4.isdecimal() and v6.isdecimal() and int(v4) <= 32 and int(v6) <= 128):
        raise UsageError(f"--network-bits {options.network_bits}: write two lengths, such as 24,64")
    rate, per_network = options.rate, options.rate_per_network
    return Pace(
        rate / shares if rate else None,
        per_network / shares if per_network else None,
        v4_bits=int(v4),
        v6_bits=int(v6),
    )


def _literal(host: str) -> IpAddress:
    return ipaddress.ip_address(host.partition("%")[0])


def _failure(target: Target, reason: FailureReason, sentence: str) -> ProbeFailure:
    return ProbeFailure(
        target=target,
        observed_at=datetime.now(UTC),
        phase=Phase.resolve,
        reason=reason,
        detail=sentence,
        timings=Timings(),
    )


STOPPED_ASKING = '"earlier":{"client_auth":{"requested":true}}'

# Names are chosen by servers; a summary shows some of them.
MOST_SHOWN = 200
