"""The pages on failures, findings and schemes, from the tables of their guides."""

from __future__ import annotations

from halfshake.inputs.schemes import SCHEMES
from halfshake.report.failure_guide import ALERT_ADVICE, FAILURE_GUIDES
from halfshake.tls.codepoints import AlertDescription
from halfshake.trust.guides.every_finding import FINDING_GUIDES


def failures_page() -> str:
    """Document every failure reason, in Markdown."""
    parts = [_FAILURES_HEAD]
    for reason, guide in FAILURE_GUIDES.items():
        phases = ", ".join(phase.value for phase in guide.phases)
        parts.append(
            f"## `{reason.value}`\n\n{guide.meaning} (phase: {phases})\n\n"
            f"What to do: {guide.advice}\n"
        )
    rows = [
        f"| {AlertDescription(number).name} ({number}) | {advice} |"
        for number, advice in ALERT_ADVICE.items()
    ]
    parts.append(_ALERTS_HEAD + "\n".join(rows) + "\n")
    return "\n".join(parts)


def findings_page() -> str:
    """Document every finding, in Markdown."""
    parts = [_FINDINGS_HEAD]
    for code, guide in FINDING_GUIDES.items():
        parts.append(
            f"## `{code}`\n\n{guide.meaning} ({guide.severity})\n\n"
            f"What to do: {guide.advice}\n\n    {guide.example}\n"
        )
    return "\n".join(parts)


_FINDINGS_HEAD = """# Findings

Made from the code by `make docs`. Each finding of a verdict has one of these stable codes, a
severity (the worst one is the status), a sentence on this very case, and what to do. `--severity
CODE=info|warning|critical|ignore` makes one more or less than it is.
"""


def schemes_page() -> str:
    """Document every scheme, in Markdown."""
    in_the_clear = [
        f"| `{name}://` | {scheme.port} | `--starttls {name}` | {TESTED_WITH[scheme.starttls]} |"
        for name, scheme in SCHEMES.items()
        if scheme.starttls is not None
    ]
    at_once = [
        f"| `{name}://` | {scheme.port} | {', '.join(scheme.alpn) or '-'} |"
        for name, scheme in SCHEMES.items()
        if scheme.starttls is None
    ]
    return "\n".join((_SCHEMES_HEAD, *in_the_clear, _SCHEMES_WITH_TLS, *at_once, _SCHEMES_TAIL))


TESTED_WITH = {
    "smtp": "Postfix",
    "lmtp": "Dovecot",
    "imap": "Dovecot",
    "pop3": "Dovecot",
    "sieve": "Dovecot",
    "ftp": "ProFTPD",
    "nntp": "a peer written from RFC 4642",
    "irc": "InspIRCd",
    "xmpp": "Prosody",
    "xmpp-server": "Prosody",
    "ldap": "OpenLDAP (slapd)",
    "postgres": "PostgreSQL",
    "mysql": "MariaDB",
    "mssql": "a peer written from MS-TDS",
    "nats": "NATS",
    "vnc": "TigerVNC",
    "rdp": "xrdp",
}
"""Which server each dialogue is tested with, in TLS 1.2 and 1.3 where it can be limited to one."""

_SCHEMES_HEAD = """# Schemes

Made from the code by `make docs`. A TARGET with a scheme needs no port, and says what comes before
TLS: `halfshake check smtp://mx.example.com postgres://db.example.com:6432`. Without a scheme,
`--starttls PROTOCOL` says so for every target.

These begin in the clear. Halfshake leads the dialogue up to the point where TLS begins, reads half
a handshake, and hangs up; it never logs in. The whole has one deadline.

| scheme | port | option | tested with |
| --- | --- | --- | --- |"""

_SCHEMES_WITH_TLS = """
These begin with TLS:

| scheme | port | ALPN offered |
| --- | --- | --- |"""

_SCHEMES_TAIL = """
`unix:/path` is a unix socket, with `--starttls` where a dialogue comes before TLS. It has no name:
give the one that clients use with `--server-name`, or the name is not checked.

XMPP asks for the domain in `to`: that is `--server-name` where it is not the host's. `nats://` is
for servers that say INFO first; one with `handshake_first` begins with TLS: write `host:4222`.
`postgres-direct` is PostgreSQL 17's `sslnegotiation=direct`, `mssql-strict` SQL Server's TDS 8.0.
What can go wrong before TLS has [codes of its own](failures.md), from `starttls-refused` on.

## Files

`file:/path` reads certificates from PEM (also a bundle, a Kubernetes `tls.crt`, or one with the key
in it, which is passed over unread), DER, PKCS#7 and PKCS#12 (`--password-file FILE`: its first
line). The first certificate is judged as if a server had shown the file as its chain: trust, dates,
the name if `--server-name` gives one; of every other one the dates are judged too. A directory
stands for its files in `*.pem *.crt *.cer *.der *.p7b *.p7c *.p12 *.pfx`, a glob for what it
matches. `kubeconfig:/path` stands for the certificates of its users and clusters, of which only
the dates are judged. To open a PKCS#12 file the library decrypts it whole; its key is dropped at
once.
"""

_FAILURES_HEAD = """# When a certificate is not read

Made from the code by `make docs`. A reading that fails has `"outcome": "failed"` in the
[result document](result-document.md), with `failure.phase`, `failure.reason` (one of the stable
codes below), `failure.detail` (a sentence on this very case) and `failure.advice`. It counts as
unknown, exit code 3, unless `--on-failure` says otherwise.
"""

_ALERTS_HEAD = """## The alerts behind `alert-received`

`failure.alert` has the number and the name (RFC 9846 6.2). Some have an advice of their own:

| alert | what to do |
| --- | --- |
"""
