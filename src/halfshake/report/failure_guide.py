"""What each reason of a failed reading means and what to do about it.

The page prints the advice, the result document carries it, and docs/failures.md is made of it.
"""

from __future__ import annotations

from typing import NamedTuple

from halfshake.errors import FailureReason, Phase
from halfshake.tls.codepoints import AlertDescription


class FailureGuide(NamedTuple):
    """Where a failure happens, what it means, and what to do: sentences for people."""

    phases: tuple[Phase, ...]
    meaning: str
    advice: str


def failure_advice(reason: FailureReason, alert: int | None = None) -> str:
    """What to do about a failure, in a sentence; for some alerts there is a closer one."""
    if alert is not None and alert in ALERT_ADVICE:
        return ALERT_ADVICE[alert]
    return FAILURE_GUIDES[reason].advice


ALERT_ADVICE: dict[int, str] = {
    AlertDescription.handshake_failure: "The server shares no cipher suite, group or signature "
    "scheme with this offer, has only pre-shared keys, or has no certificate for the name: look at "
    "its log, and try --server-name.",
    AlertDescription.protocol_version: "The server allows no version of TLS from 1.0 to 1.3: look "
    "at its configuration.",
    AlertDescription.internal_error: "The server failed by its own account; often it has no "
    "certificate for the name: try --server-name, and look at its log.",
    AlertDescription.unrecognized_name: "The server does not know the name asked for: give the "
    "one its clients use with --server-name.",
    AlertDescription.unknown_psk_identity: "The server wants a pre-shared key and shows no "
    "certificate: there is nothing to watch here.",
    AlertDescription.no_application_protocol: "The server insists on an application protocol: "
    "name it with --alpn, h2 or http/1.1 for example.",
    AlertDescription.missing_extension: "The server wants an extension that was not sent: a name "
    "(--server-name), a protocol (--alpn), or a pre-shared key.",
}

FAILURE_GUIDES: dict[FailureReason, FailureGuide] = {
    FailureReason.target_invalid: FailureGuide(
        (Phase.resolve,),
        "The target cannot be read as one.",
        "Write it as host, host:port, [IPv6]:port or https://host; docs/schemes.md has every "
        "scheme.",
    ),
    FailureReason.file_unreadable: FailureGuide(
        (Phase.file,),
        "The file is not there, or this user may not read it.",
        "Check the path and its permissions: reading a certificate needs none for its key.",
    ),
    FailureReason.file_without_certificate: FailureGuide(
        (Phase.file,),
        "There is no certificate in the file, the directory or the kubeconfig.",
        "Name the file that the certificate is in: PEM, DER, PKCS#7 or PKCS#12.",
    ),
    FailureReason.file_broken: FailureGuide(
        (Phase.file,),
        "The file has the marks of its format, and does not keep to it.",
        "Export it again: it was cut short, edited, or encrypted in a way no longer supported.",
    ),
    FailureReason.file_password: FailureGuide(
        (Phase.file,),
        "The PKCS#12 file is encrypted, and opens with another password, or with any.",
        "Give a file whose first line is the password with --password-file.",
    ),
    FailureReason.name_not_found: FailureGuide(
        (Phase.resolve,),
        "The name has no address.",
        "Check its spelling, and whether this machine's DNS knows it.",
    ),
    FailureReason.resolver_failed: FailureGuide(
        (Phase.resolve,),
        "The resolver gave no answer: neither an address nor that there is none.",
        "Look at this machine's resolver; the target itself was never asked.",
    ),
    FailureReason.connection_refused: FailureGuide(
        (Phase.connect,),
        "The host answered that nothing listens on this port.",
        "Check the port, and whether the server runs.",
    ),
    FailureReason.unreachable: FailureGuide(
        (Phase.connect,),
        "No packet came back: no route, or a firewall that drops.",
        "Check routes and firewalls between this machine and the target.",
    ),
    FailureReason.connect_failed: FailureGuide(
        (Phase.connect,),
        "The connection could not be made, for a reason of this machine or its network.",
        "The sentence names the operating system's reason: mend that first.",
    ),
    FailureReason.deadline_exceeded: FailureGuide(
        (Phase.resolve, Phase.connect, Phase.proxy, Phase.starttls, Phase.handshake),
        "The one deadline over the whole reading passed; the phase says during what.",
        "If the server is only slow, raise --timeout; else look at what it waits for: before "
        "STARTTLS, a port that speaks TLS at once waits in silence (write smtps:// for smtp://).",
    ),
    FailureReason.proxy_unreachable: FailureGuide(
        (Phase.proxy,),
        "The proxy itself could not be reached.",
        "Check --proxy, HTTPS_PROXY and ALL_PROXY, and whether the proxy runs; NO_PROXY goes "
        "around it.",
    ),
    FailureReason.proxy_auth_required: FailureGuide(
        (Phase.proxy,),
        "The proxy wants a user name and a password, or does not take those it was given.",
        "Put them into the proxy's URL: http://user:password@proxy:3128.",
    ),
    FailureReason.proxy_refused: FailureGuide(
        (Phase.proxy,),
        "The proxy answered that it will not or cannot connect to the target.",
        "Look at the proxy's rules and log: whether it allows this host and port, and resolves "
        "the name.",
    ),
    FailureReason.proxy_failed: FailureGuide(
        (Phase.proxy,),
        "The proxy did not keep to its protocol, or hung up in the middle of it.",
        "Check that the URL's scheme is the one this port speaks: http, https, socks5 or socks4.",
    ),
    FailureReason.starttls_refused: FailureGuide(
        (Phase.starttls,),
        "The server knows the request to begin TLS and refused it, in the words of the detail.",
        "Look at the server's log: often its certificate or key cannot be loaded, or this "
        "address may not connect.",
    ),
    FailureReason.starttls_not_offered: FailureGuide(
        (Phase.starttls,),
        "The server speaks the protocol and has no TLS on this port.",
        "Switch TLS on at the server, or check the port; somebody in between may also have taken "
        "the offer away.",
    ),
    FailureReason.starttls_wrong_protocol: FailureGuide(
        (Phase.starttls,),
        "What answers on this port speaks another protocol than the one asked for.",
        "Check port and scheme; for a port that speaks TLS at once write host:port, or the "
        "scheme with an s.",
    ),
    FailureReason.starttls_closed: FailureGuide(
        (Phase.starttls,),
        "The server closed the connection in the middle of the dialogue before TLS.",
        "Look at the server's log: it may speak another protocol, refuse this address, or have "
        "run out of connections.",
    ),
    FailureReason.starttls_injection: FailureGuide(
        (Phase.starttls,),
        "Bytes in the clear followed the server's agreement to begin TLS: somebody in between, or "
        "a broken server, put them before the protected stream (STARTTLS injection).",
        "Look for an attacker or a middlebox between here and the server; else update the server.",
    ),
    FailureReason.starttls_too_long: FailureGuide(
        (Phase.starttls,),
        "The server said more before TLS than any honest server does.",
        "Check which program answers on this port.",
    ),
    FailureReason.not_tls: FailureGuide(
        (Phase.handshake,),
        "What answers on this port does not begin with TLS.",
        "Check the port; for a protocol that starts in the clear write its scheme (smtp://, "
        "postgres://) or --starttls.",
    ),
    FailureReason.connection_closed: FailureGuide(
        (Phase.handshake,),
        "The server, or something before it, closed the connection without a certificate.",
        "Look at the server's log; a firewall, or a server that needs another name (SNI), "
        "closes like this: try --server-name. So does a protocol that starts in the clear: write "
        "its scheme (postgres://).",
    ),
    FailureReason.connection_reset: FailureGuide(
        (Phase.handshake,),
        "The connection was reset before a certificate was shown.",
        "Look for a firewall or load balancer that cuts TLS, and at the server's log.",
    ),
    FailureReason.alert_received: FailureGuide(
        (Phase.handshake,),
        "The server refused the handshake itself, by a fatal alert, before its certificate. "
        "That is not the refusal of a missing client certificate: that one comes later.",
        "Look at the server's log for its reason: the alert names only the kind.",
    ),
    FailureReason.version_unsupported: FailureGuide(
        (Phase.handshake,),
        "The server answers in a version of the protocol before TLS 1.0.",
        "Bring the server to TLS 1.2 or 1.3: SSLv3 is broken (RFC 7568).",
    ),
    FailureReason.no_certificate: FailureGuide(
        (Phase.handshake,),
        "The server authenticates without a certificate: a pre-shared key, or not at all.",
        "There is no certificate to watch; check that this is the port you mean.",
    ),
    FailureReason.parameter_unsupported: FailureGuide(
        (Phase.handshake,),
        "The server keeps to the protocol, but chose something that Halfshake cannot do.",
        "Please report the server's software and version.",
    ),
    FailureReason.decode_error: FailureGuide(
        (Phase.handshake,),
        "A message of the server does not have the form that its RFC gives it.",
        "The sentence names the message: report it to the maker of the server or of the "
        "middlebox before it.",
    ),
    FailureReason.unexpected_message: FailureGuide(
        (Phase.handshake,),
        "A message came where another one has to come.",
        "Report it to the maker of the server or of the middlebox before it.",
    ),
    FailureReason.illegal_parameter: FailureGuide(
        (Phase.handshake,),
        "The server chose or sent something that it was not free to choose.",
        "Report it to the maker of the server or of the middlebox before it.",
    ),
    FailureReason.record_undecryptable: FailureGuide(
        (Phase.handshake,),
        "A protected record does not open under the agreed keys.",
        "Something between here and the server changes bytes, or the server's TLS is broken.",
    ),
    FailureReason.downgrade_detected: FailureGuide(
        (Phase.handshake,),
        "The server marked its answer as a downgrade (RFC 9846 4.2.3): somebody removed the "
        "newer versions from our hello.",
        "Look for a TLS-inspecting middlebox or an attacker between here and the server.",
    ),
    FailureReason.limit_exceeded: FailureGuide(
        (Phase.handshake,),
        "The server sent more than any honest first flight holds.",
        "If the certificates are really that large, please report it; else do not trust it.",
    ),
    FailureReason.internal_error: FailureGuide(
        tuple(Phase),
        "A mistake in Halfshake, not of the server.",
        "Please report the sentence and the target's software.",
    ),
}
