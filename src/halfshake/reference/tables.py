"""The pages on failures, findings and schemes, from the tables of their guides."""

from __future__ import annotations

from halfshake.inputs.schemes import SCHEMES
from halfshake.report.alert_guide import ALERT_ADVICE
from halfshake.report.failure_guide import FAILURE_GUIDES
from halfshake.tls.registries.codepoints import AlertDescription
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
    parts.append(_UNSHARED)
    return "\n".join(parts)


def findings_page() -> str:
    """Document every finding, in Markdown."""
    parts = [_FINDINGS_HEAD]
    for code, guide in FINDING_GUIDES.items():
        parts.append(
            f"## `{code}`\n\n{guide.meaning} ({guide.severity})\n\n"
            f"What to do: {guide.advice}\n\n```text\n{guide.example}\n```\n"
        )
    return "\n".join(parts)


_FINDINGS_HEAD = """# Findings

Made from the code by `make docs`. Each finding of a verdict has one of these stable codes, a
severity (the worst severity is the status), a sentence about the case at hand, and advice.
`--severity CODE=info|warning|critical|ignore` changes the severity of a finding.
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
"""Which server each dialogue is tested with, in TLS 1.2 and 1.3 if it can be limited to one."""

_SCHEMES_HEAD = """# Schemes

Made from the code by `make docs`. The scheme of a TARGET gives its default port and the protocol
before TLS: `halfshake check smtp://mx.example.com postgres://db.example.com:6432`. For targets
without a scheme, `--starttls PROTOCOL` gives the protocol.

These protocols begin unencrypted. Halfshake speaks the protocol up to the point where TLS begins,
reads half a handshake, and hangs up; it never logs in. One deadline covers all of it.

| scheme | port | option | tested with |
| --- | --- | --- | --- |"""

_SCHEMES_WITH_TLS = """
These protocols begin with TLS:

| scheme | port | ALPN offered |
| --- | --- | --- |"""

_SCHEMES_TAIL = """
`unix:/path` is a unix socket; add `--starttls` if a protocol comes before TLS. A socket has no
name: give the name that clients use with `--server-name`, or the name is not checked.

XMPP sends a domain in `to`: give it with `--server-name` if it differs from the host. `nats://` is
for servers that send INFO first; a server with `handshake_first` begins with TLS: write
`host:4222`. `postgres-direct` is `sslnegotiation=direct` of PostgreSQL 17, `mssql-strict` is TDS
8.0 of SQL Server. Failures before TLS have [their own codes](failures.md), from `starttls-refused`
on.

## Files

`file:/path` reads certificates from PEM, DER, PKCS#7 and PKCS#12. PEM may be a bundle, a
Kubernetes `tls.crt`, or a file that also holds the key: the key is skipped, not read. The password
for PKCS#12 is the first line of `--password-file FILE`. The first certificate is judged as if a
server had sent the file as its chain: trust, dates, and the name if `--server-name` gives one. For
all other certificates the dates are judged. A directory stands for its files `*.pem *.crt *.cer
*.der *.p7b *.p7c *.p12 *.pfx`, a glob for the files that it matches. `kubeconfig:/path` stands for
the certificates of its users and clusters; only their dates are judged. To open a PKCS#12 file the
library decrypts all of it; Halfshake drops the key at once.
"""

_FAILURES_HEAD = """# When a certificate is not read

Made from the code by `make docs`. A failed reading has `"outcome": "failed"` in the
[result document](result-document.md), with `failure.phase`, `failure.reason` (one of the stable
codes below), `failure.detail` (a sentence about the case at hand) and `failure.advice`. By default
it counts as unknown, exit code 3; `--on-failure` changes that.
"""

_UNSHARED = """## What we reject, and common clients do not

A monitor should read what the clients of its users read. So what no RFC allows, but leaves the
certificate readable, is a [finding](findings.md#session-id-echoed) and not a failure. We compared
what the scripted servers of our tests do with OpenSSL 3.0, Go 1.26 and GnuTLS 3.7. One rejection is
ours alone:

- More than 100 certificates (`limit-exceeded`). All three read 200 (92 KB), and none reads 600
  (277 KB). We keep the limit because a server could make us search for paths among thousands of
  certificates; OpenSSL builds no path longer than 100.

Not compared are the limits on the whole flight (1 MiB) and on records that lead nowhere (32).
"""

_ALERTS_HEAD = """## The alerts behind `alert-received`

`failure.alert` has the number and the name (RFC 9846 6.2). Some alerts have their own advice:

| alert | what to do |
| --- | --- |
"""
