"""What `check` and `judge` judge with: trust, thresholds, expectations, CRLs, the time."""

from __future__ import annotations

import functools
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.commands.values.client_side import load_client_side
from halfshake.errors import UsageError
from halfshake.inputs.judging_text import (
    parse_clients,
    parse_moment,
    parse_severity,
    parse_spki_pin,
    parse_threshold,
)
from halfshake.inputs.trust_stores import load_trust_store
from halfshake.observation import NO_SNI, UNKNOWN_SNI
from halfshake.report.people.wanted import Wanted
from halfshake.report.together import Together
from halfshake.trust.policy import ExpectedClientAuth, Policy
from halfshake.trust.status import Status

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import TextIO

    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.report.report import Report
    from halfshake.trust.policy import ExpectedFile, Threshold
    from halfshake.trust.rules.client_cas import ClientSide
    from halfshake.trust.rules.pointers import Fetched
    from halfshake.trust.rules.revocation.revocation_list import RevocationList
    from halfshake.trust.standing import Standing
    from halfshake.trust.store import TrustStore
    from halfshake.trust.verdict import Verdict


class Judging(NamedTuple):
    """Everything that a reading is judged by; if `at` is None, the time is now."""

    store: TrustStore
    policy: Policy
    crls: tuple[RevocationList, ...]
    at: datetime | None
    on_failure: Status
    client_side: ClientSide | None = None
    ca_files: bool = False

    def verdict(
        self,
        observation: Observation,
        *,
        fetched: Fetched | None = None,
        earlier: Observation | None = None,
    ) -> Verdict:
        """Judge one reading."""
        at = self.at or datetime.now(UTC)
        standing = self.standing(observation, at, fetched=fetched, earlier=earlier)
        return self.again(standing, observation, at)

    def standing(
        self,
        observation: Observation,
        at: datetime,
        *,
        fetched: Fetched | None = None,
        earlier: Observation | None = None,
    ) -> Standing:
        """Judge what does not move with the time."""
        # Where nobody listens there is nothing to judge: Nagios starts us for that every minute.
        from halfshake.trust.standing import standing_of

        return standing_of(
            observation,
            self.store,
            self._policy_for(observation),
            at,
            crls=self.crls,
            fetched=fetched,
            earlier=earlier,
            client_side=self._client_side(observation),
        )

    def again(self, standing: Standing, observation: Observation, at: datetime) -> Verdict:
        """Make a verdict of what stands of it."""
        from halfshake.trust.verdict import NOTHING_KNOWN, judge_again

        policy, side = self._policy_for(observation), self.client_side or NOTHING_KNOWN
        return judge_again(standing, observation, policy, at, client_side=side)

    def _policy_for(self, observation: Observation) -> Policy:
        policy, face = self.policy, observation.face
        if face is not None and face.sni in {NO_SNI, UNKNOWN_SNI}:
            from halfshake.trust.guides.every_finding import FINDING_GUIDES

            policy = policy.for_information(set(FINDING_GUIDES) - EXPECTED_OF_EVERY_FACE)
        if face is not None and face.tls_version and policy.expected_client_auth is not None:
            policy = policy._replace(expected_client_auth=_of_version(policy.expected_client_auth))
        return policy

    def _client_side(self, observation: Observation) -> ClientSide:
        names = observation.client_auth.acceptable_cas
        if not names and self.client_side is not None:
            return self.client_side
        return _client_side(names, self.client_side, self.store if self.ca_files else None)


@functools.lru_cache(maxsize=256)
def _client_side(
    names: tuple[str, ...], known: ClientSide | None, ca_files: TrustStore | None
) -> ClientSide:
    """What is known, and which CAs of these names are public; many servers have the same list."""
    from halfshake.trust.verdict import NOTHING_KNOWN

    known = known or NOTHING_KNOWN
    if not names:
        return known
    # The system's store is read only for servers that name CAs.
    from halfshake.inputs.public_cas import public_ca_names

    own = () if ca_files is None else ca_files.anchors
    return known._replace(public=public_ca_names(names, own, environment=ca_files is not None))


def load_judging(
    options: argparse.Namespace, load_store: Callable[..., TrustStore] = load_trust_store
) -> Judging:
    """Read every file and option; raises UsageError before anything is done."""
    at = parse_moment(options.at) if options.at else None
    store = load_store(options.ca_file, options.ca_path, system=options.system_store or None)
    policy = Policy(
        warning=_threshold(options.warning),
        critical=_threshold(options.critical),
        path_warning=_threshold(options.path_warning),
        path_critical=_threshold(options.path_critical),
        severities=dict(parse_severity(text) for text in options.severity),
        expected_spki_sha256=tuple(parse_spki_pin(text) for text in options.expect_spki),
        expected_issuers=tuple(options.expect_issuer),
        expected_file=_expected_file(options.expect_file) if options.expect_file else None,
        expected_client_auth=options.expect_client_auth,
        clients=parse_clients(options.clients) if options.clients else (),
    )
    _refuse_contradictions(policy)
    now = at or datetime.now(UTC)
    crls = _revocation_lists(options.crl_file, store, now) if options.crl_file else ()
    return Judging(
        store,
        policy,
        crls,
        at,
        Status(options.on_failure),
        client_side=load_client_side(options),
        ca_files=bool(options.ca_file or options.ca_path),
    )


def _expected_file(path: str) -> ExpectedFile:
    # Few name a file: the others do not wait for what reads it. The next one as well.
    from halfshake.inputs.certificate_files import load_expected_file

    return load_expected_file(path)


def _revocation_lists(
    paths: list[str], store: TrustStore, now: datetime
) -> tuple[RevocationList, ...]:
    from halfshake.inputs.certificate_files import load_revocation_lists

    return load_revocation_lists(paths, store, now)


class Reports(Together):
    """Every requested report; with --dogstatsd, the client that knows whether sending worked."""

    def __init__(self, printed: Report, client: Any) -> None:
        self._client = client
        if client is None:
            super().__init__(printed)
            return
        from halfshake.report.dogstatsd import DogStatsdReport

        super().__init__(printed, DogStatsdReport(client))

    def undelivered(self) -> set[Status]:
        """Report if not everything could be sent; return what that counts as."""
        if self._client is None or not self._client.packets_dropped:
            return set()
        print("halfshake: some metrics could not be sent to DogStatsD", file=sys.stderr)
        return {Status.unknown}


def open_report(options: argparse.Namespace, output: TextIO, *, many: bool) -> Reports:
    """Open the requested reports: --json, --nagios, or people's; and --dogstatsd in addition.

    If there will be `many` results, people see how many there are so far.
    """
    client = None
    if options.dogstatsd is not None:
        from halfshake.commands.values.dogstatsd import dogstatsd_address, dogstatsd_client

        client = dogstatsd_client(dogstatsd_address(options.dogstatsd, os.environ), os.environ)
    return Reports(_printed(options, output, many=many), client)


def _printed(options: argparse.Namespace, output: TextIO, *, many: bool) -> Report:
    # Nagios runs us every minute: import only what the chosen output needs.
    wanted = Wanted(options.sort, options.verbose or 0, options.only_problems)
    if (options.json or options.nagios) and wanted != Wanted():
        raise UsageError("--sort, --only-problems and -v are for people: not with --json, --nagios")
    if options.json:
        from halfshake.report.jsonlines import JsonLines

        return JsonLines(output, with_der=options.with_der)
    if options.with_der:
        raise UsageError("--with-der only works together with --json")
    if options.nagios:
        from halfshake.report.nagios import Nagios

        return Nagios(output)
    from halfshake.report.people.results import ForPeople

    return ForPeople(output, wanted, many=many)


def report_one(
    result: Observation | ProbeFailure,
    judging: Judging,
    report: Report,
    *,
    fetched: Fetched | None = None,
    earlier: Observation | None = None,
) -> Status:
    """Judge and report one result; return what it counts as."""
    from halfshake.observation import ProbeFailure

    if not isinstance(result, ProbeFailure):
        try:
            verdict = judging.verdict(result, fetched=fetched, earlier=earlier)
        except Exception as error:  # noqa: BLE001 - our bug with one target stops no other
            from halfshake.reading.observing import our_bug

            result = our_bug(result, error)
        else:
            report.reading(result, verdict)
            return verdict.status
    report.failure(result, judging.on_failure)
    return judging.on_failure


def report_summary(faces: FacesRead, judging: Judging, report: Report) -> Status:
    """Compare and report the faces of one target; return what they count as."""
    from halfshake.trust.comparison import summarize

    summary = summarize(faces, judging.policy)
    report.summary(faces, summary)
    return summary.status


def _of_version(expected: ExpectedClientAuth) -> ExpectedClientAuth | None:
    """What can be expected of an older version, for which there is no second visit."""
    if expected is ExpectedClientAuth.none:
        return None
    return ExpectedClientAuth.requested


# An expectation for clients without a certificate also holds for faces without a known name.
EXPECTED_OF_EVERY_FACE = {"unexpected-client-auth", "client-auth-unknown"}


def _threshold(text: str | None) -> Threshold | None:
    return parse_threshold(text) if text else None


def _refuse_contradictions(policy: Policy) -> None:
    for warning, critical, which in (
        (policy.warning, policy.critical, ""),
        (policy.path_warning, policy.path_critical, "path-"),
    ):
        if warning is None or critical is None or type(warning) is not type(critical):
            continue
        if critical > warning:  # type: ignore[operator]
            raise UsageError(
                f"--{which}critical is more than --{which}warning: give --{which}critical the "
                "smaller value"
            )
