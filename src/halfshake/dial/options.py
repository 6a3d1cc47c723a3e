"""The options for the way to a target: STARTTLS, addresses, proxies, and fetching."""

from __future__ import annotations

import socket

from halfshake.option import Kind, Option, OptionGroup

WAY_IN = OptionGroup(
    "connecting",
    (
        Option(
            "starttls",
            "the protocol that comes before TLS: smtp, imap, ldap, postgres ...; as the scheme "
            "smtp://host does (docs/schemes.md)",
            placeholder="PROTOCOL",
            doc="protocols that begin unencrypted, as `smtp://host` and `postgres://host` "
            "do: [every scheme](docs/schemes.md)",
        ),
        Option(
            "connect",
            "connect to this address instead of the target's own: to ask one node for that name",
            placeholder="ADDR:PORT",
            doc="connect to this node for that name; connect from this address, over this "
            "IP version",
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
            secret=True,
            doc="connect through HTTP CONNECT or SOCKS (`HTTPS_PROXY` and similar variables "
            "count too); begin with a PROXY header",
        ),
        Option(
            "send_proxy",
            "begin with a PROXY protocol header, as a load balancer does",
            choices=("v1", "v2"),
        ),
    ),
)

FETCHING = OptionGroup(
    "fetching missing issuers and CRLs",
    (
        Option(
            "fetch",
            "fetch missing issuers and CRLs from the http URLs in the chain, at public addresses",
            Kind.flag,
            doc="fetch missing issuers and CRLs from the URLs in the chain; nothing is "
            "fetched without this option",
        ),
        Option(
            "fetch_from",
            "also fetch from addresses in this network, such as 10.0.0.0/8; may be repeated",
            placeholder="NETWORK",
            several=True,
        ),
    ),
)
