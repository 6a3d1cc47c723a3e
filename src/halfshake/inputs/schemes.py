"""The port, dialogue and application protocol of each scheme of a TARGET."""

from __future__ import annotations

from typing import NamedTuple


class Scheme(NamedTuple):
    """What a scheme implies; `starttls` is the dialogue before TLS, None if TLS comes first."""

    port: int
    starttls: str | None = None
    alpn: tuple[str, ...] = ()


SCHEMES: dict[str, Scheme] = {
    "https": Scheme(443),
    # These begin unencrypted.
    "smtp": Scheme(25, "smtp"),
    "submission": Scheme(587, "smtp"),
    "lmtp": Scheme(24, "lmtp"),
    "imap": Scheme(143, "imap"),
    "pop3": Scheme(110, "pop3"),
    "sieve": Scheme(4190, "sieve"),
    "ftp": Scheme(21, "ftp"),
    "nntp": Scheme(119, "nntp"),
    "irc": Scheme(6667, "irc"),
    "xmpp": Scheme(5222, "xmpp"),
    "xmpp-server": Scheme(5269, "xmpp-server"),
    "ldap": Scheme(389, "ldap"),
    "postgres": Scheme(5432, "postgres"),
    "postgresql": Scheme(5432, "postgres"),
    "mysql": Scheme(3306, "mysql"),
    "mariadb": Scheme(3306, "mysql"),
    "mssql": Scheme(1433, "mssql"),
    "nats": Scheme(4222, "nats"),
    "vnc": Scheme(5900, "vnc"),
    "rdp": Scheme(3389, "rdp"),
    # These begin with TLS.
    "smtps": Scheme(465),
    "imaps": Scheme(993),
    "pop3s": Scheme(995),
    "ftps": Scheme(990),
    "nntps": Scheme(563),
    "ldaps": Scheme(636),
    "ircs": Scheme(6697),
    "xmpps": Scheme(5223, alpn=("xmpp-client",)),
    "mqtts": Scheme(8883),
    "amqps": Scheme(5671),
    "rediss": Scheme(6379),
    "kafka": Scheme(9093),
    "etcd": Scheme(2379),
    "grpc": Scheme(443, alpn=("h2",)),
    "mongodb": Scheme(27017),
    "dot": Scheme(853, alpn=("dot",)),
    # PostgreSQL 17's sslnegotiation=direct and SQL Server's TDS 8.0 require their ALPN name.
    "postgres-direct": Scheme(5432, alpn=("postgresql",)),
    "mssql-strict": Scheme(1433, alpn=("tds/8.0",)),
}

STARTTLS_SCHEMES: dict[str, Scheme] = {
    name: scheme for name, scheme in SCHEMES.items() if scheme.starttls is not None
}
"""The values of `--starttls`."""
