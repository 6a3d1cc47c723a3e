"""`ResultDocument`: what the page reads of a result document (docs/result-document.md), in types.

A document may come from a file that anybody wrote, so it is checked before anything is drawn of it.
Keys that the page does not show are left out; keys that are absent are None, or empty.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Status = Literal["ok", "warning", "critical", "unknown"]


class Part(BaseModel):
    """Any part of a document; it cannot be changed."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Key(Part):
    """A public key: "RSA" and 2048."""

    type: str | None = None
    bits: int | None = None


class Certificate(Part):
    """One certificate of the chain; a name or date of None cannot be read."""

    subject: str | None = None
    issuer: str | None = None
    serial: str | None = None
    sha256: str = ""
    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    key: Key | None = None
    signature_algorithm: str | None = None


class Face(Part):
    """What this reading asked for differently from a usual one."""

    address: str | None = None
    key_type: str | None = None
    tls_version: str | None = None
    sni: str | None = None
    alpn: str | None = None


class Alert(Part):
    """A fatal alert."""

    number: int
    name: str


class Failure(Part):
    """Why a reading failed, and what to do."""

    phase: str
    reason: str
    detail: str = ""
    advice: str = ""
    alert: Alert | None = None


class Tls(Part):
    """What was negotiated."""

    version: str | None = None
    cipher_suite: str | None = None
    named_group: str | None = None
    alpn_protocol: str | None = None


class ClientAuth(Part):
    """What the server asks of its clients, and whether it insists."""

    requested: bool | None = None
    acceptable_cas: tuple[str, ...] = ()
    enforcement: str | None = None
    enforcement_reason: str | None = None


class Finding(Part):
    """One finding, in words."""

    code: str
    severity: Literal["info", "warning", "critical"]
    message: str
    advice: str = ""


class ClientFamily(Part):
    """Whether one family of clients takes the certificate; None is not known."""

    profile: str
    clients: str = ""
    accepts: bool | None = None
    reason: str | None = None


class AcceptableCa(Part):
    """What is known of a CA that the server accepts for its clients."""

    name: str
    not_after: AwareDatetime | None = None
    public: bool = False


class Verdict(Part):
    """What Halfshake thought of it when it was read."""

    status: Status = "unknown"
    trusted: bool | None = None
    name_matches: bool | None = None
    not_after: AwareDatetime | None = None
    path_not_after: AwareDatetime | None = None
    path_dies_first: str | None = None
    warning_seconds: int | None = None
    critical_seconds: int | None = None
    clients: tuple[ClientFamily, ...] = ()
    acceptable_cas: tuple[AcceptableCa, ...] = ()
    findings: tuple[Finding, ...] = ()


class ResultDocument(Part):
    """One reading, a failed reading, or the comparison of a target's faces ("summary")."""

    document_schema: Literal["halfshake/1"] = Field(alias="schema")
    target: str
    outcome: Literal["read", "failed", "summary"]
    observed_at: AwareDatetime
    address: str | None = None
    server_name: str | None = None
    key_type: str | None = None
    starttls: str | None = None
    face: Face | None = None
    failure: Failure | None = None
    tls: Tls | None = None
    client_auth: ClientAuth | None = None
    key_possession: str | None = None
    key_possession_reason: str | None = None
    chain: tuple[Certificate, ...] = ()
    verdict: Verdict = Verdict()
    timings_ms: dict[str, float] = {}

    @property
    def end_entity(self) -> Certificate | None:
        """The server's own certificate, where one was seen."""
        return self.chain[0] if self.chain else None

    @property
    def reason(self) -> str | None:
        """The code of what is wrong most; None where nothing is."""
        if self.failure is not None:
            return self.failure.reason
        codes = {finding.severity: finding.code for finding in reversed(self.verdict.findings)}
        return codes.get("critical") or codes.get("warning")
