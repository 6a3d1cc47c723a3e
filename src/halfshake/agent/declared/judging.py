"""The Agent's options that say whom to trust and what to expect."""

from __future__ import annotations

from halfshake.agent.declared.agent_option import AgentOption, Place, like
from halfshake.option import Kind
from halfshake.reading.options import ALL_ADDRESSES, ENFORCEMENT, ENFORCEMENT_PATH, KEY_TYPE
from halfshake.trust.options import CA_FILE, EXPECT_CLIENT_AUTH, EXPECT_ISSUER, EXPECT_SPKI

JUDGING_OPTIONS: tuple[AgentOption, ...] = (
    # Whom to trust, and what to expect.
    like(
        CA_FILE,
        "tls_ca_cert",
        summary="A PEM file of CAs, or a directory of them, instead of the system's. It is read "
        "again when it changes.",
        example="<CA_CERT_PATH>",
        default="the system's CAs",
        several=False,
        old_names=("ca_cert",),
        doc="a PEM file or a directory, instead of the system's CAs; read again when it changes",
    ),
    AgentOption(
        "tls_verify",
        "Whether the chain has to lead to a trusted CA. Dates always count.",
        Kind.flag,
        example="true",
        default="true",
        old_names=("validate_cert",),
        doc="false: it does not matter whether the chain leads to a trusted CA. Dates still count",
    ),
    AgentOption(
        "tls_validate_hostname",
        "Whether the certificate has to name the server.",
        Kind.flag,
        example="true",
        default="true",
        old_names=("validate_hostname",),
        doc="false: it does not matter which names the certificate has",
    ),
    AgentOption(
        "allowed_versions",
        "The versions of TLS that the server may choose: SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3.",
        example="- TLSv1.2\n- TLSv1.3",
        default="TLSv1.2, TLSv1.3",
        choices=("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
        several=True,
        doc="also SSLv3, TLSv1, TLSv1.1; servers that speak TLS 1.0 and 1.1 are read",
    ),
    AgentOption(
        "tls_ciphers",
        "Accepted for old configurations; every cipher suite is offered, so that any server can be "
        "read.",
        example="ALL",
        default="ALL",
        place=Place.instance,
        doc="accepted with a warning: every suite is offered, so that any server can be read",
    ),
    AgentOption(
        "fetch_intermediate_certs",
        "Fetch intermediates that the server does not send, from where its certificate says. They "
        "are never trusted for themselves, and `chain_complete` is 0 where they were needed.",
        Kind.flag,
        example="false",
        default="false",
        doc="fetch intermediates that the server does not send; never trusted for themselves",
    ),
    AgentOption(
        "intermediate_cert_refresh_interval",
        "For how many minutes a fetched intermediate is kept.",
        Kind.number,
        example="60",
        default="60",
        doc="minutes for which a fetched intermediate is kept",
    ),
    AgentOption(
        "days_warning",
        "Days left that are a warning. 0 means 0.",
        Kind.number,
        example="14",
        default="14, or a third of the lifetime if that is less",
        most=100 * 366,
        doc="days left that are a warning, and critical. 0 means 0",
    ),
    AgentOption(
        "days_critical",
        "Days left that are critical. 0 means 0.",
        Kind.number,
        example="7",
        default="7, or a sixth of the lifetime if that is less",
        most=100 * 366,
    ),
    AgentOption(
        "seconds_warning",
        "Seconds left that are a warning; overrides `days_warning`.",
        Kind.number,
        example="1209600",
        most=100 * 366 * 86_400,
        doc="the same in seconds; they override days",
    ),
    AgentOption(
        "seconds_critical",
        "Seconds left that are critical; overrides `days_critical`.",
        Kind.number,
        example="604800",
        most=100 * 366 * 86_400,
    ),
    AgentOption(
        "lifetime_ratio_warning",
        "The part of the lifetime left that is a warning: 0.33 for the last third. Instead of days "
        "or seconds.",
        Kind.number,
        example="0.33",
        most=1,
        doc="the same as a part of the lifetime: 0.33 for the last third; instead of days",
    ),
    AgentOption(
        "lifetime_ratio_critical",
        "The part of the lifetime left that is critical.",
        Kind.number,
        example="0.17",
        most=1,
    ),
    AgentOption(
        "send_cert_duration",
        "Send for how long the certificate was issued: issued_days, issued_seconds.",
        Kind.flag,
        example="false",
        default="false",
        doc="send `issued_days`, `issued_seconds`",
    ),
    like(
        EXPECT_CLIENT_AUTH,
        summary="What should happen to clients without a certificate. `requested`: the server asks "
        "for one; `tls-required`: it refuses without; `http-enforced`: it answers with an HTTP "
        "error without; `none`: it neither asks nor refuses. All but `requested` imply "
        "`enforcement`.",
        example="requested",
        doc="`requested`, `tls-required`, `http-enforced` or `none` ([what they mean]"
        "(client-auth.md)); anything else is critical; all but the first imply `enforcement`",
    ),
    like(
        ENFORCEMENT,
        summary="Go back once in each run, as a client without a certificate, to see whether the "
        "server refuses it.",
        example="false",
        default="false",
        doc="go back once as a client without a certificate, to see whether the server refuses it: "
        "`client_auth_enforced`, `client_auth_enforcement`",
    ),
    like(
        ENFORCEMENT_PATH,
        summary="The path that this visit asks for if the server lets it in; implies "
        "`enforcement`.",
        example="/",
        default="/",
        doc="the path that this visit asks for, if the server lets it in; implies `enforcement`",
    ),
    like(
        EXPECT_SPKI,
        summary="Public keys, one of which the server has to show: SHA-256 of the SPKI, in hex.",
        example="- <SHA256>",
        doc="public keys (SHA-256 in hex), issuers: the server's has to be one of them",
    ),
    like(
        EXPECT_ISSUER,
        summary="Issuers, one of which has to have issued the certificate.",
        example="- <RFC4514_NAME>",
    ),
    like(
        KEY_TYPE,
        "key_types",
        summary="Read a server with several certificates once for each kind: rsa, ecdsa, eddsa. "
        "Adds the tag `key_type`.",
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
