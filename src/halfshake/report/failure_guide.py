"""What each reason of a failed reading means and what to do about it.

The page prints the advice, the result document contains it, and docs/failures.md is made from it.
"""

from __future__ import annotations

from typing import NamedTuple

from halfshake.errors import FailureReason, Phase


class FailureGuide(NamedTuple):
    """Where a failure happens, what it means, and what to do: sentences for people."""

    phases: tuple[Phase, ...]
    meaning: str
    advice: str


def failure_advice(reason: FailureReason, alert: int | None = None) -> str:
    """What to do about a failure, in a sentence; some alerts have a more precise one."""
    if alert is not None:
        # Where nobody listens, nobody sends an alert: that check does without their names.
        from halfshake.report.alert_guide import ALERT_ADVICE  # noqa: PLC0415

        if alert in ALERT_ADVICE:
            return ALERT_ADVICE[alert]
    return FAILURE_GUIDES[reason].advice


FAILURE_GUIDES: dict[FailureReason, FailureGuide] = {
    FailureReason.target_invalid: FailureGuide(
        (Phase.resolve,),
        "The target is not written in a form that Halfshake knows.",
        "Write it as host, host:port, [IPv6]:port or https://host; docs/schemes.md has every "
        "scheme.",
    ),
    FailureReason.not_allowed: FailureGuide(
        (Phase.resolve,),
        "The name leads to an address that this scan may not visit: an excluded one, or a private "
        "one that nobody named.",
        "If the scan may visit it, name its network with --allow; see docs/scan.md.",
    ),
    FailureReason.file_unreadable: FailureGuide(
        (Phase.file,),
        "The file does not exist, or this user may not read it.",
        "Check the path and its permissions. Only the certificate must be readable, not its key.",
    ),
    FailureReason.file_without_certificate: FailureGuide(
        (Phase.file,),
        "There is no certificate in the file, the directory or the kubeconfig.",
        "Name the file that the certificate is in: PEM, DER, PKCS#7 or PKCS#12.",
    ),
    FailureReason.file_broken: FailureGuide(
        (Phase.file,),
        "The file looks like its format, but is damaged.",
        "Export it again: it was cut short, edited, or encrypted in a way that is no longer "
        "supported.",
    ),
    FailureReason.file_password: FailureGuide(
        (Phase.file,),
        "The PKCS#12 file is encrypted, and no password or a wrong one was given.",
        "Write the password as the first line of a file, and give that file with --password-file.",
    ),
    FailureReason.name_not_found: FailureGuide(
        (Phase.resolve,),
        "The name has no address.",
        "Check its spelling, and whether this machine's DNS knows it.",
    ),
    FailureReason.resolver_failed: FailureGuide(
        (Phase.resolve,),
        "The resolver did not answer: neither with an address nor that there is none.",
        "Check this machine's resolver; the target itself was not contacted.",
    ),
    FailureReason.connection_refused: FailureGuide(
        (Phase.connect,),
        "The host answered that nothing listens on this port.",
        "Check the port, and whether the server is running.",
    ),
    FailureReason.unreachable: FailureGuide(
        (Phase.connect,),
        "No packet came back: there is no route, or a firewall drops the packets.",
        "Check routes and firewalls between this machine and the target.",
    ),
    FailureReason.connect_failed: FailureGuide(
        (Phase.connect,),
        "The connection failed because of this machine or its network.",
        "The message gives the operating system's reason: fix that first.",
    ),
    FailureReason.deadline_exceeded: FailureGuide(
        (Phase.resolve, Phase.connect, Phase.proxy, Phase.starttls, Phase.handshake),
        "The deadline for the whole reading passed; the phase says what it was doing.",
        "If the server is only slow, raise --timeout. Otherwise find out what it waits for: a "
        "port that starts with TLS waits in silence when asked for STARTTLS (write smtps:// "
        "instead of smtp://).",
    ),
    FailureReason.proxy_unreachable: FailureGuide(
        (Phase.proxy,),
        "The proxy itself could not be reached.",
        "Check --proxy, HTTPS_PROXY and ALL_PROXY, and whether the proxy runs; NO_PROXY "
        "bypasses it.",
    ),
    FailureReason.proxy_auth_required: FailureGuide(
        (Phase.proxy,),
        "The proxy requires a user name and a password, or rejects the ones it was given.",
        "Put them into the proxy's URL: http://user:password@proxy:3128.",
    ),
    FailureReason.proxy_refused: FailureGuide(
        (Phase.proxy,),
        "The proxy answered that it will not or cannot connect to the target.",
        "Check the proxy's rules and log: does it allow this host and port, and resolve the name?",
    ),
    FailureReason.proxy_failed: FailureGuide(
        (Phase.proxy,),
        "The proxy broke its protocol, or closed the connection in the middle of it.",
        "Check that the URL has the right scheme for this port: http, https, socks5 or socks4.",
    ),
    FailureReason.starttls_refused: FailureGuide(
        (Phase.starttls,),
        "The server knows the request to begin TLS but refused it; the detail quotes its answer.",
        "Look at the server's log: often its certificate or key cannot be loaded, or this "
        "address may not connect.",
    ),
    FailureReason.starttls_not_offered: FailureGuide(
        (Phase.starttls,),
        "The server speaks the protocol but does not offer TLS on this port.",
        "Enable TLS on the server, or check the port. Something in between may also have "
        "removed the offer.",
    ),
    FailureReason.starttls_wrong_protocol: FailureGuide(
        (Phase.starttls,),
        "The program on this port speaks a different protocol from the requested one.",
        "Check the port and the scheme; for a port that starts with TLS write host:port, or the "
        "scheme with an s.",
    ),
    FailureReason.starttls_closed: FailureGuide(
        (Phase.starttls,),
        "The server closed the connection before TLS began, in the middle of the STARTTLS "
        "dialogue.",
        "Look at the server's log: it may speak another protocol, refuse this address, or have "
        "run out of connections.",
    ),
    FailureReason.starttls_injection: FailureGuide(
        (Phase.starttls,),
        "Unencrypted bytes followed the server's agreement to begin TLS: an attacker in "
        "between, or a broken server, put them before the encrypted stream (STARTTLS injection).",
        "Look for an attacker or a middlebox between here and the server; if there is none, "
        "update the server.",
    ),
    FailureReason.starttls_too_long: FailureGuide(
        (Phase.starttls,),
        "The server sent more before TLS than any normal server does.",
        "Check which program answers on this port.",
    ),
    FailureReason.not_tls: FailureGuide(
        (Phase.handshake,),
        "The program on this port does not start with TLS.",
        "Check the port; for a protocol that starts unencrypted, write its scheme (smtp://, "
        "postgres://) or use --starttls.",
    ),
    FailureReason.connection_closed: FailureGuide(
        (Phase.handshake,),
        "The server, or something in front of it, closed the connection without sending a "
        "certificate.",
        "Look at the server's log; a firewall, or a server that needs another name (SNI), "
        "closes like this: try --server-name. So does a protocol that starts unencrypted: write "
        "its scheme (postgres://).",
    ),
    FailureReason.connection_reset: FailureGuide(
        (Phase.handshake,),
        "The connection was reset before a certificate was shown.",
        "Look for a firewall or load balancer that cuts TLS connections, and check the server's "
        "log.",
    ),
    FailureReason.alert_received: FailureGuide(
        (Phase.handshake,),
        "The server refused the handshake itself with a fatal alert, before it sent its "
        "certificate. This is not about a missing client certificate: that refusal comes later.",
        "Look in the server's log for the reason: the alert gives only its kind.",
    ),
    FailureReason.version_unsupported: FailureGuide(
        (Phase.handshake,),
        "The server answers in a protocol version older than TLS 1.0.",
        "Upgrade the server to TLS 1.2 or 1.3: SSLv3 is broken (RFC 7568).",
    ),
    FailureReason.no_certificate: FailureGuide(
        (Phase.handshake,),
        "The server uses no certificate: it authenticates with a pre-shared key, or not at all.",
        "There is no certificate to monitor; check that this is the right port.",
    ),
    FailureReason.parameter_unsupported: FailureGuide(
        (Phase.handshake,),
        "The server follows the protocol, but chose something that Halfshake does not support.",
        "Please report the server's software and version.",
    ),
    FailureReason.decode_error: FailureGuide(
        (Phase.handshake,),
        "A message from the server does not have the form that its RFC requires.",
        "The failure names the message: report it to the vendor of the server, or of the "
        "middlebox in front of it.",
    ),
    FailureReason.unexpected_message: FailureGuide(
        (Phase.handshake,),
        "A message came where a different one was required.",
        "Report it to the vendor of the server, or of the middlebox in front of it.",
    ),
    FailureReason.illegal_parameter: FailureGuide(
        (Phase.handshake,),
        "The server chose or sent something that the protocol does not allow here.",
        "Report it to the vendor of the server, or of the middlebox in front of it.",
    ),
    FailureReason.record_undecryptable: FailureGuide(
        (Phase.handshake,),
        "An encrypted record cannot be decrypted with the agreed keys.",
        "Something between here and the server changes the bytes, or the server's TLS is broken.",
    ),
    FailureReason.downgrade_detected: FailureGuide(
        (Phase.handshake,),
        "The server marked its answer as a downgrade (RFC 9846 4.2.3): something removed the "
        "newer versions from our ClientHello.",
        "Look for a TLS-inspecting middlebox or an attacker between here and the server.",
    ),
    FailureReason.limit_exceeded: FailureGuide(
        (Phase.handshake,),
        "The server sent more than a normal first flight holds.",
        "If its certificates are really that large, please report it; otherwise do not trust "
        "the server.",
    ),
    FailureReason.internal_error: FailureGuide(
        tuple(Phase),
        "A bug in Halfshake, not in the server.",
        "Please report the message and the target's software.",
    ),
}
