"""`Watched`: one reading that an instance needs, and how to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halfshake.agent.option_reader import Mistake, OptionReader
from halfshake.agent.place import place_tags, read_place
from halfshake.agent.versions import allowed_versions
from halfshake.errors import UsageError
from halfshake.inputs.judging_text import parse_spki_pin
from halfshake.reading.second_visit import check_path
from halfshake.tls.key_type import KeyType
from halfshake.trust.assessment import Expectations
from halfshake.trust.policy import ExpectedClientAuth, LifetimeRatio, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfshake.target import Target
    from halfshake.trust.policy import Threshold


@dataclass(frozen=True, slots=True)
class Watched:
    """A target, with everything that reading and judging it needs.

    `ca_path` is a file or a directory; None means the system's trust store. With an
    `enforcement_path`, a second visit shows whether clients without a certificate are refused.
    """

    target: Target
    tags: tuple[str, ...]
    policy: Policy
    expected: Expectations
    timeout_seconds: float
    ca_path: str | None = None
    key_type: KeyType | None = None
    all_addresses: bool = False
    fetch_issuers: bool = False
    issuers_kept_seconds: float = 3600
    duration: bool = False
    local_path: str | None = None
    enforcement_path: str | None = None

    @property
    def identity(self) -> str:
        """The key for the Agent's memory, the same in each run."""
        # The same server may be monitored twice: for two key types, or with two trust stores.
        kind = self.key_type.value if self.key_type else ""
        store = (self.ca_path or "system") if self.expected.trust else ""
        parts = (self.target.text, self.target.server_name, kind, store)
        return " ".join(part for part in parts if part)

    def files(self) -> list[tuple[str, str]]:
        """Name the files that the Agent reads because of options, each with its option."""
        named = (("tls_ca_cert", self.ca_path), ("local_cert_path", self.local_path))
        return [(key, path) for key, path in named if path is not None]


def read_watched(
    values: Mapping[str, Any], *, as_shipped: bool
) -> tuple[tuple[Watched, ...], list[Mistake]]:
    """Return what one target's options ask for, a reading for each key type, and every mistake.

    With `as_shipped`, defaults and tags are those of the `tls` check, which is being replaced.
    """
    reader = OptionReader(values)
    target = read_place(reader, as_shipped=as_shipped)
    name = reader.text("name")
    tags = reader.texts("tags") if values.get("tags") else ()
    timeout = reader.number("timeout")
    minutes = reader.number("intermediate_cert_refresh_interval")
    ca_path = reader.text("tls_ca_cert")
    key_types = reader.texts("key_types") or (None,)
    policy = _policy(reader, as_shipped=as_shipped)
    expected = _expectations(reader, as_shipped=as_shipped)
    enforcement_path = _enforcement(reader, policy)
    options = {
        "all_addresses": reader.flag("all_addresses"),
        "fetch_issuers": reader.flag("fetch_intermediate_certs"),
        "duration": reader.flag("send_cert_duration"),
    }
    if target is None or reader.mistakes:
        return (), reader.mistakes
    named = (f"name:{name}",) if name else ()
    return (
        tuple(
            Watched(
                target=target,
                tags=(
                    *named,
                    *place_tags(target, reader, as_shipped=as_shipped),
                    *((f"key_type:{kind}",) if kind else ()),
                    *(tags or ()),
                ),
                policy=policy,
                expected=expected,
                timeout_seconds=timeout or DEFAULT_TIMEOUT,
                ca_path=None if ca_path is None else str(Path(ca_path).expanduser()),
                key_type=KeyType(kind) if kind else None,
                local_path=reader.text("local_cert_path"),
                enforcement_path=enforcement_path,
                issuers_kept_seconds=(minutes or 0.0) * 60,
                **options,
            )
            for kind in dict.fromkeys(key_types)
        ),
        [],
    )


def _policy(reader: OptionReader, *, as_shipped: bool) -> Policy:
    pins = []
    for pin in reader.texts("expect_spki") or ():
        try:
            pins.append(parse_spki_pin(pin))
        except UsageError as error:
            reader.note("expect_spki", str(error))
    return Policy(
        warning=_threshold(reader, "warning", as_shipped=as_shipped),
        critical=_threshold(reader, "critical", as_shipped=as_shipped),
        expected_spki_sha256=tuple(pins),
        expected_issuers=reader.texts("expect_issuer") or (),
        expected_client_auth=_expected_client_auth(reader),
        clients=reader.texts("clients") or (),
    )


def _expected_client_auth(reader: OptionReader) -> ExpectedClientAuth | None:
    word = reader.choice("expect_client_auth")
    return None if word is None else ExpectedClientAuth(word)


def _enforcement(reader: OptionReader, policy: Policy) -> str | None:
    """The path that a second visit requests; None if there is no second visit."""
    path = reader.text("enforcement_path")
    if path is not None:
        try:
            check_path(path)
        except UsageError as error:
            reader.note("enforcement_path", str(error))
    expected = policy.expected_client_auth
    needed = expected is not None and expected.needs_second_visit
    asked = reader.flag("enforcement") or path is not None or needed
    return (path or "/") if asked else None


def _threshold(reader: OptionReader, level: str, *, as_shipped: bool) -> Threshold | None:
    seconds = reader.number(f"seconds_{level}")
    days = reader.number(f"days_{level}")
    if as_shipped:  # 0 stands for the next in line, and at last for the default
        seconds, days = seconds or None, days or None
    ratio = reader.number(f"lifetime_ratio_{level}")
    spans = [
        timedelta(**{unit: value})
        for unit, value in (("seconds", seconds), ("days", days))
        if value is not None
    ]
    # A negative number says that this unit is not to be asked.
    asked = [span for span in spans if span >= timedelta(0)]
    if ratio is not None and asked:
        reader.note(
            f"lifetime_ratio_{level}",
            f"cannot be used beside days_{level} or seconds_{level}: choose one",
        )
    if ratio is not None:
        return LifetimeRatio(ratio)
    if asked:
        return asked[0]
    if spans:
        return timedelta(0)
    return timedelta(days=SHIPPED_DAYS[level]) if as_shipped else None


def _expectations(reader: OptionReader, *, as_shipped: bool) -> Expectations:
    local = reader.given("local_cert_path")
    overruled = reader.given("tls_ca_cert")  # whoever names a CA wants the chain checked
    versions = allowed_versions(reader.spellings("allowed_versions"))
    return Expectations(
        # From a file, the tls check reads dates and name; its validation is only about the name.
        trust=not local and (reader.flag("tls_verify") or (as_shipped and overruled)),
        name=reader.flag("tls_validate_hostname"),
        dates=not (local and as_shipped),
        tls_versions=versions or Expectations().tls_versions,
        client_auth=reader.given("expect_client_auth"),
    )


DEFAULT_TIMEOUT = 10.0

# However short the certificate lives.
SHIPPED_DAYS = {"warning": 14, "critical": 7}
