"""`Observation` and `ProbeFailure`: what one reading saw. Facts, no opinion.

Both are plain values: they can be saved, loaded, compared and judged again later.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.errors import FailureReason, Phase
    from halfshake.target import Target
    from halfshake.tls.oddities import Oddity


class Purpose(StrEnum):
    """What the chain is for; a client's chain and trust anchors are judged only by dates."""

    server = "server"
    client = "client"
    anchors = "anchors"


class KeyPossession(StrEnum):
    """Has the server shown that it holds the end entity's private key?"""

    proven = "proven"
    unproven = "unproven"
    refuted = "refuted"


class KeyPossessionEvidence(NamedTuple):
    """The answer, and for anything except `proven` a sentence that says why."""

    status: KeyPossession
    reason: str = ""


class Alert(NamedTuple):
    """A fatal alert: its number, and its IANA name."""

    number: int
    name: str


class Enforcement(StrEnum):
    """How the server treats a client without a certificate (docs/client-auth.md)."""

    tls_required = "tls-required"
    http_enforced = "http-enforced"
    tls_optional = "tls-optional"
    open = "open"
    unknown = "unknown"


class RefusalStage(StrEnum):
    """How far a client without a certificate got before it was refused."""

    handshake = "handshake"
    after_handshake = "after-handshake"
    request = "request"


class Refusal(NamedTuple):
    """How a client without a certificate was refused: one of the four fields is set.

    `http_first_line` is the answer's status line.
    """

    stage: RefusalStage
    alert: Alert | None = None
    fin: bool = False
    rst: bool = False
    http_status: int | None = None
    http_first_line: str | None = None


class ClientAuth(NamedTuple):
    """Whether the server asks for a client certificate, and which ones it would accept.

    `requested` is None where that is not known: for a file, and where the flight broke off before
    it said so. `acceptable_cas` are RFC 4514 names;
    empty does not mean that none is asked for. `enforcement` is what the second visit found, None
    where none was made; `enforcement_reason` is a sentence on what it rests on.
    `acceptable_cas_bytes` is how long their list is on the wire; None where that is not known.
    """

    requested: bool | None
    acceptable_cas: tuple[str, ...] = ()
    signature_schemes: tuple[str, ...] = ()
    enforcement: Enforcement | None = None
    enforcement_reason: str = ""
    refusal: Refusal | None = None
    acceptable_cas_bytes: int | None = None


class Ending(StrEnum):
    """What ended a connection before we did."""

    alert = "alert"
    closed = "closed"
    reset = "reset"
    deadline = "deadline"


class BrokenOff(NamedTuple):
    """A first flight that ended too early, behind its certificate: after which message, and how."""

    after: str
    end: Ending
    alert: Alert | None = None


class FirstHello(NamedTuple):
    """What met the usual hello of a server that answered only a plainer one.

    `left_out` are the fields in which the plainer one is less; `at_fault` those of them that the
    server cannot stand, where that was asked for and found.
    """

    end: Ending
    alert: Alert | None
    left_out: tuple[str, ...]
    at_fault: tuple[str, ...] = ()


class Face(NamedTuple):
    """Which of a target's faces a reading asked for, to be compared with the others.

    `address` is the address that was dialled, if there are several; `tls_version` is the highest
    version offered; `sni` is the name sent, NO_SNI for no name and UNKNOWN_SNI for a name that no
    server has; `alpn` is the only protocol offered. None means that this reading asked in the usual
    way.
    """

    address: str | None = None
    key_type: str | None = None
    tls_version: str | None = None
    sni: str | None = None
    alpn: str | None = None

    @property
    def label(self) -> str:
        """A short text for people: "192.0.2.7, RSA"; empty for the usual face."""
        parts = (
            self.address,
            _KEY_TYPE_LABELS.get(self.key_type or "", self.key_type),
            f"up to {self.tls_version}" if self.tls_version else None,
            _SNI_LABELS.get(self.sni, f"SNI {self.sni}") if self.sni else None,
            f"ALPN {self.alpn}" if self.alpn else None,
        )
        return ", ".join(part for part in parts if part)


NO_SNI = "none"
UNKNOWN_SNI = "unknown"
_SNI_LABELS = {NO_SNI: "no SNI", UNKNOWN_SNI: "unknown SNI"}
_KEY_TYPE_LABELS = {"rsa": "RSA", "ecdsa": "ECDSA", "eddsa": "EdDSA"}


class Timings(NamedTuple):
    """How long each phase took, in milliseconds; None for one that did not end."""

    resolve: float | None = None
    connect: float | None = None
    proxy: float | None = None
    starttls: float | None = None
    flight: float | None = None
    enforcement: float | None = None
    total: float | None = None


class Observation(NamedTuple):
    """One server's first flight, read; or a file's certificates.

    `address` is "192.0.2.7:443", `tls_version` "TLSv1.3"; suites and groups have their IANA names.
    `chain` is as presented, the end entity first, and never empty. `alpn_protocol` is what the
    server chose; `face` is None for a target that was read once. A file has no TLS: `tls_version`
    and `cipher_suite` are None. `oddities` are what no RFC allows and we read all the same;
    `broken_off` is set where the flight ended behind its certificate, `first_hello` where the
    server answered only the second, plainer one.
    """

    target: Target
    observed_at: datetime
    address: str
    tls_version: str | None
    cipher_suite: str | None
    named_group: str | None
    client_auth: ClientAuth
    key_possession: KeyPossessionEvidence
    chain: tuple[PresentedCertificate, ...]
    timings: Timings
    key_type: str | None = None
    ocsp_response: bytes | None = None
    sct_list: bytes | None = None
    purpose: Purpose = Purpose.server
    alpn_protocol: str | None = None
    face: Face | None = None
    oddities: tuple[Oddity, ...] = ()
    broken_off: BrokenOff | None = None
    first_hello: FirstHello | None = None

    @property
    def end_entity(self) -> PresentedCertificate:
        """The server's own certificate."""
        return self.chain[0]


class ProbeFailure(NamedTuple):
    """One target that could not be read: where, why (for programs), and a sentence (for people).

    `address` is None where no connection was made. `chain` is what a server had shown that broke
    the protocol behind its certificate: nothing proves it. `answered` says whether a ServerHello
    had come.
    """

    target: Target
    observed_at: datetime
    phase: Phase
    reason: FailureReason
    detail: str
    timings: Timings
    address: str | None = None
    alert: Alert | None = None
    key_type: str | None = None
    face: Face | None = None
    chain: tuple[PresentedCertificate, ...] = ()
    answered: bool = False


class FacesRead(NamedTuple):
    """Everything that was read from one target's faces.

    `absent` are faces that the server does not have: it refused them, and showed its certificate on
    another. `failed` are faces for which this is not known.
    """

    target: Target
    observed_at: datetime
    read: tuple[Observation, ...]
    absent: tuple[ProbeFailure, ...]
    failed: tuple[ProbeFailure, ...]
