"""`ChosenFields`: results narrowed to some fields of the result document, or as a row of them.

    tls.version   client_auth.requested   leaf.not_after   verdict.status   verdict.findings

A path leads into the document; `leaf` is the first certificate of its chain. Only the parts that
are asked for are made: without a path into `verdict` there is no need to judge.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from halfshake.errors import UsageError
from halfshake.report.failure_guide import failure_advice
from halfshake.report.handshake_fields import alert_fields, handshake_fields, known
from halfshake.report.json_text import unbreakable, value_text
from halfshake.report.jsonlines import (
    CERTIFICATE_FIELDS,
    HEAD_FIELDS,
    certificate_fields,
    timing_fields,
)
from halfshake.report.verdict_fields import verdict_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.observation import Observation, ProbeFailure
    from halfshake.trust.verdict import Verdict

    _Tree: TypeAlias = dict[str, "_Tree"]


class ChosenFields:
    """Makes lines and rows of the fields that `paths` name. Raises UsageError for a wrong one."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(dict.fromkeys(path.strip() for path in paths if path.strip()))
        if not self.paths:
            raise UsageError("--fields names no field: write target,leaf.not_after,verdict.status")
        for path in self.paths:
            _check(path)
        self._split = [path.split(".") for path in self.paths]
        self._wanted = _tree(self._split)
        self._head = [name for name in self._wanted if name in HEAD_FIELDS]
        self._of_leaf = self._wanted.get("leaf") or CERTIFICATE_FIELDS
        # `leaf` stands in the line as the chain of one certificate.
        apart = {"leaf"} if "chain" in self._wanted else set()
        self._in_line = {key: self._wanted[key] for key in self._wanted if key not in apart}
        self.has_verdict = "verdict" in self._wanted
        self.has_possession = bool(POSSESSION & self._wanted.keys())

    def line(self, result: Observation | ProbeFailure, verdict: Verdict | None, status: str) -> str:
        """A line of JSON, without its end: the result document with these fields alone."""
        document = self._document(result, verdict, status)
        return unbreakable(f"{{{_members(self._in_line, document)}}}")

    def row(
        self, result: Observation | ProbeFailure, verdict: Verdict | None, status: str
    ) -> list[Any]:
        """The value of each field, None for one that is not known."""
        document = self._document(result, verdict, status)
        return [_below(document, keys) for keys in self._split]

    def _document(
        self, result: Observation | ProbeFailure, verdict: Verdict | None, status: str
    ) -> dict[str, Any]:
        wanted = self._wanted
        document = {name: HEAD_FIELDS[name](result) for name in self._head}
        if hasattr(result, "reason"):
            if "failure" in wanted:
                document["failure"] = _failure(result)  # type: ignore[arg-type]
        elif not HANDSHAKE.isdisjoint(wanted):
            document |= handshake_fields(result)
        if "verdict" in wanted:
            document["verdict"] = (
                {"status": status, "findings": []} if verdict is None else verdict_fields(verdict)
            )
        if "leaf" in wanted and result.chain:
            leaf = result.chain[0]
            document["leaf"] = known(
                {each: CERTIFICATE_FIELDS[each](leaf) for each in self._of_leaf}
            )
        if "chain" in wanted and result.chain:
            document["chain"] = [certificate_fields(each) for each in result.chain]
        if "timings_ms" in wanted:
            document["timings_ms"] = timing_fields(result.timings)
        return document


def _tree(paths: Sequence[Sequence[str]]) -> _Tree:
    """What is asked for below each key; where that is nothing, everything is."""
    tree: _Tree = {}
    for *keys, last in paths:
        place = tree
        for key in keys:
            if key in place and not place[key]:
                break
            place = place.setdefault(key, {})
        else:
            place[last] = {}
    return tree


def _members(wanted: _Tree, values: dict[str, Any]) -> str:
    texts = []
    for key, below in wanted.items():
        value = values.get(key)
        if value is None:
            continue
        text = _object(below, value) if below else value_text(value)
        if text:
            texts.append(f'"chain":[{text}]' if key == "leaf" else f'"{key}":{text}')
    return ",".join(texts)


def _object(wanted: _Tree, value: Any) -> str:
    text = _members(wanted, value) if isinstance(value, dict) else ""
    return f"{{{text}}}" if text else ""


def csv_row(values: Sequence[Any]) -> str:
    """A line of CSV with its end; what is not a text is JSON."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # A spreadsheet would run what a server wrote into its name.
        return f"'{value}" if value.startswith(FORMULA) else value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _failure(failure: ProbeFailure) -> dict[str, Any]:
    alert = failure.alert
    return known(
        {
            "phase": failure.phase.value,
            "reason": failure.reason.value,
            "detail": failure.detail,
            "advice": failure_advice(failure.reason, alert.number if alert else None),
            "alert": alert_fields(alert),
        }
    )


def _below(value: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _check(path: str) -> None:
    first, _, second = path.partition(".")
    if first not in FIELDS:
        raise UsageError(
            f"--fields: the result document has no {first!r}; it has {', '.join(FIELDS)}"
        )
    below = FIELDS[first]
    if second and second.partition(".")[0] not in below:
        has = f"{first} has {', '.join(below)}" if below else f"nothing is below {first}"
        raise UsageError(f"--fields: there is no {path!r}; {has}")


FIELDS: dict[str, tuple[str, ...]] = {
    "schema": (),
    "target": (),
    "host": (),
    "port": (),
    "server_name": (),
    "sni": (),
    "starttls": (),
    "address": (),
    "key_type": (),
    "observed_at": (),
    "outcome": (),
    "failure": ("phase", "reason", "detail", "advice", "alert"),
    "tls": ("version", "cipher_suite", "named_group", "alpn_protocol"),
    "client_auth": (
        "requested",
        "acceptable_cas",
        "acceptable_cas_bytes",
        "signature_schemes",
        "enforcement",
        "enforcement_reason",
        "refusal",
    ),
    "key_possession": (),
    "key_possession_reason": (),
    "oddities": (),
    "broken_off": ("after", "end", "alert"),
    "first_hello": ("end", "alert", "left_out", "at_fault"),
    "leaf": tuple(CERTIFICATE_FIELDS),
    "chain": (),
    "verdict": (
        "status",
        "trusted",
        "name_matches",
        "not_after",
        "seconds_left",
        "days_left",
        "path_not_after",
        "path_seconds_left",
        "lifetime_ratio_left",
        "path_dies_first",
        "judged_by",
        "clients",
        "acceptable_cas",
        "would_accept",
        "ocsp_staple",
        "findings",
    ),
    "timings_ms": ("resolve", "connect", "proxy", "starttls", "flight", "enforcement", "total"),
}
"""What a path may begin with, and what may stand below it."""

POSSESSION = {"key_possession", "key_possession_reason"}
HANDSHAKE = {
    *POSSESSION,
    "tls",
    "client_auth",
    "oddities",
    "broken_off",
    "first_hello",
}

USUAL_COLUMNS = (
    "target",
    "server_name",
    "address",
    "observed_at",
    "outcome",
    "failure.reason",
    "failure.detail",
    "tls.version",
    "client_auth.requested",
    "leaf.subject",
    "leaf.issuer",
    "leaf.not_before",
    "leaf.not_after",
    "leaf.sha256",
    "verdict.status",
    "verdict.trusted",
    "verdict.name_matches",
    "verdict.days_left",
)
"""The columns of CSV and Parquet, if nobody chose others."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
