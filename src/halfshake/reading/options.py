"""The options for a reading: what to ask for, how long to wait, which faces to compare."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup
from halfshake.tls.key_type import KeyType

TIMEOUT = Option(
    "timeout",
    "one deadline for resolving, connecting and the handshake together (10)",
    Kind.number,
    placeholder="SECONDS",
    default=10.0,
    most=3600,
    doc="one deadline for resolving, connecting, proxy, STARTTLS and the handshake together, and "
    "for the second visit",
)

CONCURRENCY = Option(
    "concurrency",
    "how many targets to read at the same time (100)",
    Kind.whole_number,
    placeholder="N",
    # Enough to hide the network's delay, few enough for a small ulimit.
    default=100,
    least=1,
    most=10_000,
    doc="how many targets are read at the same time (100)",
)

LIMITS = OptionGroup("limits", (TIMEOUT, CONCURRENCY))

SERVER_NAME = Option(
    "server_name",
    "ask for this name, and check that the certificate has it",
    placeholder="NAME",
    doc="connect to the target, but ask for and check this name",
)

KEY_TYPE = Option(
    "key_type",
    "the kind of certificate to ask for, if a server has several",
    choices=tuple(KeyType),
    doc="which certificate to ask for, if a server has several",
)

ENFORCEMENT = Option(
    "enforcement",
    "connect a second time, as a client without a certificate, to see whether the server "
    "refuses it",
    Kind.flag,
    doc="[does the server still refuse clients without a "
    "certificate?](docs/client-auth.md) A second visit, without a certificate, "
    "finds out",
)

ENFORCEMENT_PATH = Option(
    "enforcement_path",
    "the path that this second visit requests if the server lets it in (/); implies --enforcement",
    placeholder="PATH",
)

EXPLAIN_INTOLERANCE = Option(
    "explain_intolerance",
    "visit a server that rejects our ClientHello up to eight more times, to find out what it does "
    "not tolerate",
    Kind.flag,
    doc="if a server rejects our ClientHello, [what does it not "
    "tolerate](docs/findings.md#intolerant-server)? At most eight more visits find out",
)

NO_POSSESSION = Option(
    "no_possession",
    "do not check the server's signature: the reading costs less, and key possession is unproven",
    Kind.flag,
    doc="do not check the server's signature. A reading costs less, and does not say whether the "
    "server holds the private key",
)

HELLO = OptionGroup(
    "what to ask for",
    (
        SERVER_NAME,
        KEY_TYPE,
        Option(
            "alpn",
            "offer this protocol, such as h2; several (h2,http/1.1) are offered one by one, and "
            "compared",
            placeholder="PROTOCOL",
            several=True,
            doc="offer these application protocols; several are offered one by one, and compared",
        ),
        ENFORCEMENT,
        ENFORCEMENT_PATH,
        EXPLAIN_INTOLERANCE,
        NO_POSSESSION,
    ),
)

ALL_ADDRESSES = Option(
    "all_addresses",
    "read every address of the name, A and AAAA",
    Kind.flag,
    doc="read [every face](docs/client-auth-faces.md), with a result for each; "
    "report what differs, and which face is the odd one",
)

PER_HOST = Option(
    "per_host",
    "how many connections to one host at the same time, for its faces (2)",
    Kind.whole_number,
    placeholder="N",
    default=2,
    least=1,
    # The purpose of the option is to be polite.
    most=100,
)

FACES = OptionGroup(
    "comparing every face of a target",
    (
        ALL_ADDRESSES,
        Option(
            "all_key_types",
            "ask for an RSA, an ECDSA and an EdDSA certificate separately",
            Kind.flag,
        ),
        Option("all_versions", "read each TLS version, from 1.3 down to 1.0", Kind.flag),
        Option(
            "sni",
            "ask for other names too; `none` sends no name, `unknown` a name that no server has",
            placeholder="NAME,...",
            several=True,
        ),
        PER_HOST,
    ),
)
