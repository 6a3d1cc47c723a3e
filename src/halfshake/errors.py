"""Every exception that leaves a room of Halfshake, and the stable codes that users see.

    HalfshakeError
    ├── UsageError                  what was asked for makes no sense: say so, read nothing
    │   ├── TargetInvalid
    │   └── TrustStoreInvalid
    └── ReadingFailed               one target could not be read: phase, reason, detail
        ├── FileFailed              the file holds no certificate that can be read
        ├── ResolveFailed           the name has no address
        ├── ConnectFailed           no address took the connection
        ├── ProxyFailed             the proxy did not take us there
        ├── StarttlsFailed          the dialogue before TLS did not lead to TLS
        ├── DeadlineExceeded        time ran out, in whichever phase
        └── HandshakeFailed         connected, but no certificate was read
            ├── NotTls              another protocol answered
            ├── ConnectionEnded     closed or reset by the server
            ├── AlertReceived       the server refused, by an alert
            ├── PeerIncompatible    correct, but it speaks something we do not
            └── PeerMisbehaved      it broke the protocol

`probe` turns every ReadingFailed into a `ProbeFailure`. Any other exception is our own bug and is
reported as one (`internal-error`), never as the server's fault.
"""

from __future__ import annotations

from enum import StrEnum

BEFORE_CERTIFICATE = "before showing a certificate"


class HalfshakeError(Exception):
    """The base class of everything that Halfshake raises."""


class UsageError(HalfshakeError):
    """The caller asked for something that cannot be done; the sentence says what to change."""


class TargetInvalid(UsageError):
    """A TARGET that is not written in a known form."""


class TrustStoreInvalid(UsageError):
    """A CA file or directory that cannot be read, or that holds no certificate."""


class Phase(StrEnum):
    """Where a reading ended (`failure.phase` of the result document)."""

    file = "file"
    resolve = "resolve"
    connect = "connect"
    proxy = "proxy"
    starttls = "starttls"
    handshake = "handshake"


class FailureReason(StrEnum):
    """Why a reading ended (`failure.reason`): stable codes, never renamed."""

    target_invalid = "target-invalid"
    not_allowed = "not-allowed"
    file_unreadable = "file-unreadable"
    file_without_certificate = "file-without-certificate"
    file_broken = "file-broken"
    file_password = "file-password"  # noqa: S105 - a reason, not a password
    name_not_found = "name-not-found"
    resolver_failed = "resolver-failed"
    connection_refused = "connection-refused"
    unreachable = "unreachable"
    connect_failed = "connect-failed"
    deadline_exceeded = "deadline-exceeded"
    proxy_unreachable = "proxy-unreachable"
    proxy_auth_required = "proxy-auth-required"
    proxy_refused = "proxy-refused"
    proxy_failed = "proxy-failed"
    starttls_refused = "starttls-refused"
    starttls_not_offered = "starttls-not-offered"
    starttls_wrong_protocol = "starttls-wrong-protocol"
    starttls_closed = "starttls-closed"
    starttls_injection = "starttls-injection"
    starttls_too_long = "starttls-too-long"
    not_tls = "not-tls"
    connection_closed = "connection-closed"
    connection_reset = "connection-reset"
    alert_received = "alert-received"
    version_unsupported = "version-unsupported"
    no_certificate = "no-certificate"
    parameter_unsupported = "parameter-unsupported"
    decode_error = "decode-error"
    unexpected_message = "unexpected-message"
    illegal_parameter = "illegal-parameter"
    record_undecryptable = "record-undecryptable"
    downgrade_detected = "downgrade-detected"
    limit_exceeded = "limit-exceeded"
    internal_error = "internal-error"


class ReadingFailed(HalfshakeError):
    """One target could not be read.

    `detail` is one sentence for people; `reason` is for programs.
    """

    def __init__(self, detail: str, *, phase: Phase, reason: FailureReason) -> None:
        super().__init__(detail)
        self.detail = detail
        self.phase = phase
        self.reason = reason


class FileFailed(ReadingFailed):
    """A file that cannot be read, or that holds no certificate."""

    def __init__(self, detail: str, *, reason: FailureReason) -> None:
        super().__init__(detail, phase=Phase.file, reason=reason)


class ResolveFailed(ReadingFailed):
    """The host name could not be turned into an address."""

    def __init__(self, detail: str, *, reason: FailureReason) -> None:
        super().__init__(detail, phase=Phase.resolve, reason=reason)


class ConnectFailed(ReadingFailed):
    """No address of the target took a connection."""

    def __init__(self, detail: str, *, reason: FailureReason) -> None:
        super().__init__(detail, phase=Phase.connect, reason=reason)


class ProxyFailed(ReadingFailed):
    """The proxy could not be reached, or did not take us to the target."""

    def __init__(self, detail: str, *, reason: FailureReason) -> None:
        super().__init__(detail, phase=Phase.proxy, reason=reason)


class StarttlsFailed(ReadingFailed):
    """The dialogue before TLS did not lead to TLS; the sentence quotes the server."""

    def __init__(self, detail: str, *, reason: FailureReason) -> None:
        super().__init__(detail, phase=Phase.starttls, reason=reason)


class DeadlineExceeded(ReadingFailed):
    """The deadline for the whole reading passed."""

    def __init__(self, detail: str, *, phase: Phase) -> None:
        super().__init__(detail, phase=phase, reason=FailureReason.deadline_exceeded)


class HandshakeFailed(ReadingFailed):
    """Connected, but the certificate was not read."""

    def __init__(self, detail: str, *, reason: FailureReason) -> None:
        super().__init__(detail, phase=Phase.handshake, reason=reason)


class NotTls(HandshakeFailed):
    """The program on this port does not speak TLS."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, reason=FailureReason.not_tls)


class ConnectionEnded(HandshakeFailed):
    """The server closed (FIN) or reset (RST) the connection before its certificate was read."""


class AlertReceived(HandshakeFailed):
    """The server sent a fatal alert (RFC 9846 6.2), mostly before it showed a certificate.

    `alert` is the AlertDescription's number: 40 for handshake_failure.
    """

    def __init__(self, alert: int, *, name: str, when: str = BEFORE_CERTIFICATE) -> None:
        super().__init__(
            f"the server refused with the alert {name} ({alert}) {when}",
            reason=FailureReason.alert_received,
        )
        self.alert = alert
        self.name = name

    def after(self, message: str) -> AlertReceived:
        """The same, from a server that had shown its certificate: after which message."""
        return AlertReceived(self.alert, name=self.name, when=f"after its {message}")


class PeerIncompatible(HandshakeFailed):
    """The server follows the protocol, but requires something that Halfshake does not support."""


class PeerMisbehaved(HandshakeFailed):
    """The server broke the protocol; the sentence says what came, what was expected, which RFC."""


def our_mistake(error: Exception) -> str:
    """Describe an unforeseen exception as our own bug."""
    return f"this is a bug in Halfshake, please report it: {type(error).__name__}: {error}"
