"""The Agent's options that say what to send, the Agent's own, and the ignored ones."""

from __future__ import annotations

from halfshake.agent.declared.agent_option import AgentOption, Place, like
from halfshake.option import Kind
from halfshake.reading.options import CONCURRENCY
from halfshake.trust.options import ON_FAILURE

_NO_CLIENT_CERTIFICATE = (
    "the server sends its certificate before it asks for the client's. No client certificate and "
    "no client key is ever read, requested or sent: remove them from the host, too"
)
_NO_PROXY = (
    "intermediate certificates are fetched directly (fetch_intermediate_certs), and the tls check "
    "used a proxy for nothing else"
)

SENDING_OPTIONS: tuple[AgentOption, ...] = (
    # What to send.
    like(
        ON_FAILURE,
        summary="The status of cert_validation when no certificate can be read: unknown, "
        "warning or critical.",
        example="unknown",
        default="unknown; critical with `metric_namespace: tls`",
        doc="the status of `cert_validation` when a server's certificate cannot be read; for a "
        "file it is always critical",
        beside_tls="same with `metric_namespace: tls`",
    ),
    AgentOption(
        "metric_namespace",
        "The prefix of metrics, service checks and events. Use `tls` to replace the tls check.",
        example="halfshake",
        default="halfshake",
        doc="the prefix of all names; `tls` replaces the `tls` check",
    ),
    AgentOption(
        "fact_metrics",
        "Send a gauge for every fact, not only the four metrics of the tls check.",
        Kind.flag,
        example="true",
        default="true",
        doc="false: only the metrics of the `tls` check",
    ),
    AgentOption(
        "service_checks",
        "Send service checks.",
        Kind.flag,
        example="true",
        default="true",
        doc="false: no service checks, no events",
    ),
    AgentOption(
        "events",
        "Send an event when the certificate, the client authentication or the trust changes.",
        Kind.flag,
        example="true",
        default="true",
    ),
    like(
        CONCURRENCY,
        summary="How many targets are read at the same time.",
        example="500",
        default="500",
        doc="how many targets are read at the same time",
    ),
    # The Agent's own.
    AgentOption(
        "min_collection_interval",
        "How often to run, in seconds. Certificates change slowly: 60 is often enough.",
        Kind.number,
        example="60",
        default="15",
        place=Place.instance,
        agents_own=True,
        doc="the Agent's own",
        beside_tls="same",
    ),
    AgentOption(
        "service",
        "A `service` tag for every metric, event and service check; the Agent adds it.",
        example="<SERVICE>",
        agents_own=True,
    ),
    AgentOption(
        "empty_default_hostname",
        "Send metrics without a host, as cluster checks do.",
        Kind.flag,
        example="false",
        default="false",
        place=Place.instance,
        agents_own=True,
    ),
    AgentOption(
        "metric_patterns",
        "Which metrics to send: regular expressions.",
        example="include:\n  - <INCLUDE_REGEX>\nexclude:\n  - <EXCLUDE_REGEX>",
        several=True,
        place=Place.instance,
        agents_own=True,
    ),
    *(
        AgentOption(key, kind=kind, place=Place.instance, agents_own=True)
        for key, kind in (
            ("collect_default_metrics", Kind.flag),
            ("debug_metrics", Kind.text),
            ("disable_generic_tags", Kind.flag),
            ("enable_legacy_tags_normalization", Kind.flag),
            ("loader", Kind.text),
            ("max_returned_metrics", Kind.whole_number),
            ("no_index", Kind.flag),
            ("process_isolation", Kind.flag),
            ("provider", Kind.text),
        )
    ),
    # Accepted and ignored.
    *(
        AgentOption(
            key,
            place=Place.instance,
            ignored=_NO_CLIENT_CERTIFICATE,
            old_names=old,
            doc=doc,
            beside_tls=beside,
        )
        for key, old, doc, beside in (
            (
                "tls_cert",
                ("cert",),
                "accepted and ignored: never read, never sent",
                "not supported, since it is not needed; with a warning",
            ),
            ("tls_private_key", ("private_key",), "", ""),
            ("tls_private_key_password", (), "", ""),
        )
    ),
    *(
        AgentOption(key, kind=kind, ignored=_NO_PROXY, old_names=old, doc=doc, beside_tls=beside)
        for key, kind, old, doc, beside in (
            (
                "proxy",
                Kind.text,
                (),
                "accepted and ignored; so is the Agent's own proxy",
                "not supported: it was only used for fetching intermediates; with a warning",
            ),
            ("skip_proxy", Kind.flag, ("no_proxy",), "", ""),
        )
    ),
)
