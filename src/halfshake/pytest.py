"""For your own integration tests: assert that an endpoint shows the certificate that it should.

    from halfshake.pytest import assert_halfshake

    def test_payments_api():
        assert_halfshake("https://payments.example.com", days_left=30, client_auth="requested")

With pytest installed, the fixture `halfshake_check` does the same with the defaults of your ini
file: `halfshake_ca_files`, `halfshake_days_left` and `halfshake_timeout_seconds`. This module
itself does not need pytest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from halfshake import event_loop
from halfshake.errors import UsageError
from halfshake.inputs.target_text import parse_target
from halfshake.inputs.trust_stores import load_trust_store
from halfshake.observation import ProbeFailure
from halfshake.reading.probe import probe
from halfshake.trust.findings import Severity
from halfshake.trust.policy import ExpectedClientAuth, Policy
from halfshake.trust.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from halfshake.observation import Observation
    from halfshake.trust.findings import Finding
    from halfshake.trust.verdict import Verdict


class Reading(NamedTuple):
    """What was read, and what Halfshake says of it."""

    observation: Observation
    verdict: Verdict


class Expected(NamedTuple):
    """What an endpoint should show. None means that this is not asked for.

    `days_left` is the least number of days that the server's certificate, and each CA certificate
    of its path, has to last. `trusted` and `name_matches` may be False, for a test of an endpoint
    that has to be refused. `client_auth` is how the server treats clients without a certificate:
    "requested", "none", "tls-required" or "http-enforced"; all but "requested" need a second
    connection.
    """

    days_left: float | None = None
    trusted: bool | None = True
    name_matches: bool | None = True
    client_auth: str | None = None


def assert_halfshake(
    target: str,
    *,
    days_left: float | None = None,
    trusted: bool | None = True,
    name_matches: bool | None = True,
    client_auth: str | None = None,
    ca_files: Sequence[str] = (),
    server_name: str | None = None,
    timeout_seconds: float = 10.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Reading:
    """Read an endpoint, and raise AssertionError unless it is as expected.

    `target` is what `halfshake check` takes. `ca_files` are the CAs to trust, by default the
    system's. `server_name` is the name to ask for, if it is not the target's. The other arguments
    are those of `Expected`. AssertionError names every expectation that is not met, and what to
    do. Raises UsageError for a target, a file or an argument that makes no sense. In a test that is
    a coroutine, use `assert_halfshake_async`.
    """
    __tracebackhide__ = True
    return event_loop.run(
        assert_halfshake_async(
            target,
            days_left=days_left,
            trusted=trusted,
            name_matches=name_matches,
            client_auth=client_auth,
            ca_files=ca_files,
            server_name=server_name,
            timeout_seconds=timeout_seconds,
            now=now,
        )
    )


async def assert_halfshake_async(
    target: str,
    *,
    days_left: float | None = None,
    trusted: bool | None = True,
    name_matches: bool | None = True,
    client_auth: str | None = None,
    ca_files: Sequence[str] = (),
    server_name: str | None = None,
    timeout_seconds: float = 10.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Reading:
    """Do the same as `assert_halfshake`, in an event loop."""
    __tracebackhide__ = True
    expected = Expected(days_left, trusted, name_matches, client_auth)
    treatment = _client_auth(client_auth)
    store = load_trust_store(ca_files)
    result = await probe(
        parse_target(target, server_name=server_name),
        timeout_seconds=timeout_seconds,
        enforcement=treatment is not None and treatment.needs_second_visit,
        now=now,
    )
    if isinstance(result, ProbeFailure):
        raise AssertionError(_not_read(target, result))  # noqa: TRY004 - a test that fails
    verdict = judge(result, store, Policy(expected_client_auth=treatment), now())
    unmet = list(unmet_by(expected, verdict))
    if unmet:
        raise AssertionError(_not_as_expected(target, unmet, result, verdict))
    return Reading(result, verdict)


def unmet_by(expected: Expected, verdict: Verdict) -> Iterator[str]:
    """Say what a verdict does not meet: a sentence each, with what to do."""
    if expected.days_left is not None:
        yield from _too_little_left(expected.days_left, verdict)
    if expected.trusted is not None and verdict.trusted is not expected.trusted:
        why = _why(verdict, _is_of_trust)
        yield f"expected {_TRUSTED[expected.trusted]}, but it is {_TRUSTED[verdict.trusted]}{why}"
    if expected.name_matches is not None and verdict.name_matches is not expected.name_matches:
        wanted, is_ = _NAMED[expected.name_matches], _NAMED[verdict.name_matches]
        yield f"expected {wanted}, but it is {is_}{_why(verdict, _is_of_name)}"
    for finding in verdict.findings:
        if expected.client_auth is not None and _is_of_client_auth(finding):
            yield f"expected client authentication to be {expected.client_auth}{_said(finding)}"


def _too_little_left(days_left: float, verdict: Verdict) -> Iterator[str]:
    if verdict.days_left is None:
        yield f"expected at least {days_left:g} days left, but the dates cannot be read"
    elif verdict.days_left < days_left:
        at = "" if verdict.not_after is None else f", at {verdict.not_after:%Y-%m-%d %H:%M} UTC"
        yield (
            f"expected at least {days_left:g} days left, but the certificate has "
            f"{verdict.days_left:.1f}{at}: renew it, and make the server load the new one"
        )
    elif verdict.path_seconds_left is not None and verdict.path_seconds_left < days_left * DAY:
        yield (
            f"expected at least {days_left:g} days left, but {verdict.path_dies_first} on the path "
            f"has {verdict.path_seconds_left / DAY:.1f}: replace this CA certificate first"
        )


def _client_auth(text: str | None) -> ExpectedClientAuth | None:
    if text is None:
        return None
    try:
        return ExpectedClientAuth(text)
    except ValueError:
        choices = ", ".join(repr(each.value) for each in ExpectedClientAuth)
        raise UsageError(f"client_auth={text!r} is none of {choices}") from None


def _not_read(target: str, failure: ProbeFailure) -> str:
    return f"{target} could not be read ({failure.phase}, {failure.reason}): {failure.detail}"


def _not_as_expected(
    target: str, unmet: Sequence[str], observation: Observation, verdict: Verdict
) -> str:
    end_entity = observation.end_entity
    seen = f"seen at {observation.address}: {end_entity.subject}, issued by {end_entity.issuer}"
    if verdict.not_after is not None:
        seen += f", valid until {verdict.not_after:%Y-%m-%d %H:%M} UTC"
    lines = [f"{target} is not as expected:", *(f"  - {each}" for each in unmet), f"  {seen}"]
    return "\n".join(lines)


def _why(verdict: Verdict, concerns: Callable[[Finding], bool]) -> str:
    said = [_said(finding) for finding in verdict.findings if concerns(finding)]
    return said[0] if said else ""


def _said(finding: Finding) -> str:
    return f": {finding.message}. {finding.advice} [{finding.code}]"


def _is_of_trust(finding: Finding) -> bool:
    return finding.severity is Severity.critical and "openssl_code" in finding.evidence


def _is_of_name(finding: Finding) -> bool:
    return finding.code == "name-mismatch"


def _is_of_client_auth(finding: Finding) -> bool:
    return finding.code in {"unexpected-client-auth", "client-auth-unknown"}


DAY = 86_400
_TRUSTED = {True: "a trusted chain", False: "a chain that is not trusted", None: "not known"}
_NAMED = {
    True: "a certificate for this name",
    False: "a certificate for another name",
    None: "not known",
}
