"""The Agent's options that say what to read."""

from __future__ import annotations

from halfshake.agent.declared.agent_option import AgentOption, Place, like
from halfshake.option import Kind
from halfshake.reading.options import SERVER_NAME, TIMEOUT

TARGET_OPTIONS: tuple[AgentOption, ...] = (
    # What to read.
    AgentOption(
        "server",
        "The host, address or URL to read; it may include a port.",
        example="api.example.com",
        place=Place.one_target,
        doc="host, address or URL; it may include a port",
        beside_tls="same",
    ),
    AgentOption(
        "port",
        "Overrides the port in `server`.",
        Kind.whole_number,
        example="443",
        default="443, or that of `start_tls`",
        least=1,
        most=65535,
        place=Place.one_target,
        doc="overrides the port in `server`",
        beside_tls="same: with `metric_namespace: tls` always 443",
    ),
    AgentOption(
        "targets",
        "Many targets in one instance, read at the same time. Each is a text like `server`, or "
        "a mapping with any of these options. For cluster checks, prefer one target per "
        "instance.",
        example="- api.example.com\n"
        "- 10.0.0.7:8443\n"
        "- server: 10.0.0.8\n"
        "  port: 8443\n"
        "  server_hostname: payments.example.com\n"
        "  tags:\n"
        "    - team:payments",
        several=True,
        place=Place.instance,
        doc="many targets in one instance: texts like `server`, or mappings with any option here",
    ),
    like(
        SERVER_NAME,
        "server_hostname",
        summary="The name to ask for (SNI), which the certificate must contain.",
        example="<HOSTNAME>",
        default="host of `server`",
        place=Place.one_target,
        doc="the name to ask for (SNI), which the certificate must contain",
        beside_tls="same",
    ),
    AgentOption(
        "local_cert_path",
        "Read a certificate from a file (PEM or DER) instead of a server.",
        Kind.path,
        example="<CERT_PATH>",
        place=Place.one_target,
        doc="a file (PEM or DER) instead of a server: its dates, and its name: that of "
        "`server_hostname`, or of `server`",
        beside_tls="same with `metric_namespace: tls`; otherwise an expired file fails "
        "`cert_validation`, too",
    ),
    AgentOption(
        "start_tls",
        "The protocol that the connection speaks before TLS: postgres, mysql, smtp, ldap ...",
        example="<PROTOCOL>",
        place=Place.instance,
        doc="the protocol before TLS: `postgres`, `mysql`, or any of [docs/schemes.md](schemes.md)",
        beside_tls="better: more protocols, and a server that closes in the middle is a failure, "
        "not an endless loop",
    ),
    AgentOption(
        "transport",
        "Accepted for old configurations; TLS is always read over TCP.",
        example="TCP",
        default="TCP",
        place=Place.instance,
        doc="`UDP` is accepted with a warning: TLS is always read over TCP",
        beside_tls="same: always TCP; with a warning",
    ),
    like(
        TIMEOUT,
        summary="Seconds: one deadline for resolving, connecting and the handshake together.",
        example="10",
        default="10",
        doc="seconds; one deadline for resolving, connecting and the handshake together",
        beside_tls="better: the `tls` check gives connecting and the handshake this time each; 0, "
        "with which it reads nothing, is 10",
    ),
    AgentOption(
        "name",
        "A `name` tag.",
        example="<NAME>",
        place=Place.instance,
        doc="tags",
        beside_tls="same",
    ),
    AgentOption(
        "tags",
        "Tags for everything that this instance sends.",
        example="- <KEY_1>:<VALUE_1>\n- <KEY_2>:<VALUE_2>",
        several=True,
        place=Place.instance,
        agents_own=True,
    ),
)
