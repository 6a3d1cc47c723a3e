"""What to do about an alert that says more than that the server refused.

`failure_guide.py` has what to do about the others, and docs/failures.md is made from both.
"""

from __future__ import annotations

from halfshake.tls.registries.codepoints import AlertDescription

ALERT_ADVICE: dict[int, str] = {
    AlertDescription.handshake_failure: (
        "The server supports no cipher suite, group or signature scheme that Halfshake offers, "
        "has only pre-shared keys, or has no certificate for the name: look at its log, and try "
        "--server-name."
    ),
    AlertDescription.protocol_version: (
        "The server allows none of the TLS versions 1.0 to 1.3: look at its configuration."
    ),
    AlertDescription.internal_error: (
        "The server reports an internal error; often it has no certificate for the name: try "
        "--server-name, and look at its log."
    ),
    AlertDescription.unrecognized_name: (
        "The server does not know the requested name: give the name that its clients use with "
        "--server-name."
    ),
    AlertDescription.unknown_psk_identity: (
        "The server wants a pre-shared key and shows no certificate: there is nothing to monitor "
        "here."
    ),
    AlertDescription.no_application_protocol: (
        "The server requires an application protocol: name it with --alpn, for example h2 or "
        "http/1.1."
    ),
    AlertDescription.missing_extension: (
        "The server requires an extension that was not sent: a name (--server-name), a protocol "
        "(--alpn), or a pre-shared key."
    ),
}
