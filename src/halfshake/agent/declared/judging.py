"""The Agent's options that say which CAs to trust and what to expect."""

from __future__ import annotations

from halfshake.agent.declared.agent_option import AgentOption, Place, like
from halfshake.option import Kind
from halfshake.reading.options import ALL_ADDRESSES, ENFORCEMENT, ENFORCEMENT_PATH, KEY_TYPE
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.options import CA_FILE, CLIENTS, EXPECT_CLIENT_AUTH, EXPECT_ISSUER, EXPECT_SPKI

JUDGING_OPTIONS: tuple[AgentOption, ...] = (
    # Which CAs to trust, and what to expect.
    like(
        CA_FILE,
        "tls_ca_cert",
        summary="A PEM file of CAs, or a directory of such files, instead of the system's "
        "CAs. It is read again when it changes.",
        example="<CA_CERT_PATH>",
        default="the system's CAs",
        several=False,
        old_names=("ca_cert",),
        doc="a PEM file or a directory, instead of the system's CAs; read again when it changes",
        beside_tls="better: a directory needs no `c_rehash`; if it cannot be read, `days_left` is "
        "still sent",
    ),
    like(
        CLIENTS,
        summary="The families of clients whose refusal counts, such as go and java. By default "
        "OpenSSL's counts.",
        example="- go\n- java",
        default="OpenSSL's word",
        choices=tuple(FAMILIES),
        several=True,
        doc="families of clients whose refusal is critical ([clients](clients.md))",
    ),
    AgentOption(
        "tls_verify",
        "Whether the chain must lead to a trusted CA. Dates are checked in any case.",
        Kind.flag,
        example="true",
        default="true",
        old_names=("validate_cert",),
        doc="false: it does not matter whether the chain leads to a trusted CA; dates "
        "are still checked",
        beside_tls="same with `metric_namespace: tls`; otherwise better: obeyed beside "
        "`tls_ca_cert`. It never hides dates",
    ),
    AgentOption(
        "tls_validate_hostname",
        "Whether the certificate must contain the name of the server.",
        Kind.flag,
        example="true",
        default="true",
        old_names=("validate_hostname",),
        doc="false: it does not matter which names the certificate has",
        beside_tls="same",
    ),
    AgentOption(
        "allowed_versions",
        "The TLS versions that the server may choose: SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3. "
        "`1.2` and `TLS1.2` work, too.",
        example="- TLSv1.2\n- TLSv1.3",
        default="TLSv1.2, TLSv1.3",
        several=True,
        doc="SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3; written as `1.2` or `TLS1.2`, too, in any "
        "case, as text or as a number",
        beside_tls="better: servers that speak TLS 1.0 and 1.1 are read, and have `days_left`",
    ),
    AgentOption(
        "tls_ciphers",
        "Accepted for old configurations; every cipher suite is offered, so that any server can be "
        "read.",
        example="ALL",
        default="ALL",
        place=Place.instance,
        doc="accepted with a warning: every suite is offered, so that any server can be read",
        beside_tls="not supported: it could only keep a server from being read; with a warning",
    ),
    AgentOption(
        "fetch_intermediate_certs",
        "Fetch intermediates that the server does not send, from the URL in its certificate. A "
        "fetched certificate is never a trust anchor, and `chain_complete` is 0 if one was "
        "needed.",
        Kind.flag,
        example="false",
        default="false",
        doc="fetch intermediates that the server does not send; they are never trust anchors",
        beside_tls="better: no server makes its own root trusted; not supported: https, and "
        "proxies",
    ),
    AgentOption(
        "intermediate_cert_refresh_interval",
        "How many minutes a fetched intermediate is kept.",
        Kind.number,
        example="60",
        default="60",
        doc="how many minutes a fetched intermediate is kept",
        beside_tls="same",
    ),
    AgentOption(
        "days_warning",
        "Warn when fewer days are left. 0 means 0; a negative number: not by days.",
        Kind.number,
        example="14",
        default="14, or a third of the lifetime if that is less",
        least=-100 * 366,
        most=100 * 366,
        doc="fewer days left are a warning, or critical. 0 means 0; -1: not by days",
        beside_tls="same with `metric_namespace: tls`: the defaults are 14 and 7, and 0 stands for "
        "them",
    ),
    AgentOption(
        "days_critical",
        "Critical when fewer days are left. 0 means 0; a negative number: not by days.",
        Kind.number,
        example="7",
        default="7, or a sixth of the lifetime if that is less",
        least=-100 * 366,
        most=100 * 366,
    ),
    AgentOption(
        "seconds_warning",
        "Warn when fewer seconds are left; overrides `days_warning`.",
        Kind.number,
        example="1209600",
        least=-100 * 366 * 86_400,
        most=100 * 366 * 86_400,
        doc="the same in seconds; overrides the days",
        beside_tls="same",
    ),
    AgentOption(
        "seconds_critical",
        "Critical when fewer seconds are left; overrides `days_critical`.",
        Kind.number,
        example="604800",
        least=-100 * 366 * 86_400,
        most=100 * 366 * 86_400,
    ),
    AgentOption(
        "lifetime_ratio_warning",
        "Warn when a smaller part of the lifetime is left: 0.33 for the last third. Use it "
        "instead of days or seconds.",
        Kind.number,
        example="0.33",
        most=1,
        doc="the same as a part of the lifetime: 0.33 for the last third; use it instead of days",
    ),
    AgentOption(
        "lifetime_ratio_critical",
        "Critical when a smaller part of the lifetime is left.",
        Kind.number,
        example="0.17",
        most=1,
    ),
    AgentOption(
        "send_cert_duration",
        "Send the whole lifetime of the certificate: issued_days, issued_seconds.",
        Kind.flag,
        example="false",
        default="false",
        doc="send the whole lifetime: `issued_days`, `issued_seconds`",
        beside_tls="same: counts with `metric_namespace: tls`, otherwise gauges",
    ),
    like(
        EXPECT_CLIENT_AUTH,
        summary="How the server should treat clients without a certificate. `requested`: it "
        "asks for one; `tls-required`: it refuses them in TLS; `http-enforced`: it "
        "answers them with an HTTP error; `none`: it neither asks nor refuses. All "
        "except `requested` imply `enforcement`.",
        example="requested",
        doc="`requested`, `tls-required`, `http-enforced` or `none` ([what they "
        "mean](client-auth.md)); anything else is critical; all except the first "
        "imply `enforcement`",
    ),
    like(
        ENFORCEMENT,
        summary="In each run, connect a second time as a client without a certificate, to "
        "see whether the server refuses it.",
        example="false",
        default="false",
        doc="connect a second time as a client without a certificate, to see whether "
        "the server refuses it: `client_auth_enforced`, `client_auth_enforcement`",
    ),
    like(
        ENFORCEMENT_PATH,
        summary="The path that this second visit requests if the server lets it in; implies "
        "`enforcement`.",
        example="/",
        default="/",
        doc="the path that this second visit requests if the server lets it in; implies "
        "`enforcement`",
    ),
    like(
        EXPECT_SPKI,
        summary="Allowed public keys, as SHA-256 of the SPKI in hex. The server must have "
        "one of them.",
        example="- <SHA256>",
        doc="allowed public keys (SHA-256 in hex), allowed issuers",
    ),
    like(
        EXPECT_ISSUER,
        summary="Allowed issuers. One of them must have issued the certificate.",
        example="- <RFC4514_NAME>",
    ),
    like(
        KEY_TYPE,
        "key_types",
        summary="Read a server that has several certificates once for each key type: rsa, "
        "ecdsa, eddsa. Adds the tag `key_type`.",
        example="- rsa\n- ecdsa",
        several=True,
        doc="`rsa`, `ecdsa`, `eddsa`: one reading for each; tag `key_type`",
    ),
    like(
        ALL_ADDRESSES,
        summary="Read every address that the name has. Adds the tag `address`.",
        example="false",
        default="false",
        doc="one reading for each address of the name; tag `address`",
    ),
)
