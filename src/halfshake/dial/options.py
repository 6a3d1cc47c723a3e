"""The options for the way to a target: STARTTLS, addresses, proxies, and fetching."""

from __future__ import annotations

import socket

from halfshake.option import Kind, Option, OptionGroup

WAY_IN = OptionGroup(
    "the way in",
    (
        Option(
            "starttls",
            "the protocol that comes before TLS: smtp, imap, ldap, postgres ...; as the scheme "
            "smtp://host does (docs/schemes.md)",
            placeholder="PROTOCOL",
            doc="protocols that begin in the clear, as `smtp://host` and `postgres://host` do: "
            "[every scheme](docs/schemes.md)",
        ),
        Option(
            "connect",
            "connect to this address, whatever the target's: ask this node for that name",
            placeholder="ADDR:PORT",
            doc="ask this node for that name; connect from this address, over this IP version",
        ),
        Option(
            "source",
            "connect from this address of this machine",
            placeholder="ADDR",
        ),
        Option(
            "family",
            "IPv4 addresses only",
            Kind.constant,
            flags=("-4",),
            constant=socket.AF_INET,
            alternative="family",
        ),
        Option(
            "family",
            "IPv6 addresses only",
            Kind.constant,
            flags=("-6",),
            constant=socket.AF_INET6,
            alternative="family",
        ),
        Option(
            "proxy",
            "http://, https://, socks5:// or socks4:// with user:password@ if it needs them; "
            "instead of HTTPS_PROXY, ALL_PROXY and NO_PROXY",
            placeholder="URL",
            doc="go through HTTP CONNECT or SOCKS (`HTTPS_PROXY` and the like count too); begin "
            "with a PROXY header",
        ),
        Option(
            "send_proxy",
            "begin with a PROXY protocol header, as a load balancer does",
            choices=("v1", "v2"),
        ),
    ),
)

FETCHING = OptionGroup(
    "fetching what a chain points to",
    (
        Option(
            "fetch",
            "get missing issuers and CRLs from the chain's own http URLs, at public addresses",
            Kind.flag,
            doc="get missing issuers and CRLs from where the chain points to; nothing is fetched "
            "without this option",
        ),
        Option(
            "fetch_from",
            "also fetch from addresses of this network: 10.0.0.0/8; may be repeated",
            placeholder="NETWORK",
            several=True,
        ),
    ),
)
