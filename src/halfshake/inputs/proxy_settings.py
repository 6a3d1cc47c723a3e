"""Which proxy is used for a target: --proxy, or the environment as curl reads it.

`HTTPS_PROXY` is for targets without a scheme and for https://, `ALL_PROXY` for all others and if
the first is not set. `NO_PROXY` lists hosts, domains, addresses and networks to reach directly; "*"
means all of them.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, NamedTuple

from halfshake.dial.proxy import parse_proxy
from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfshake.target import Target


class ProxySettings(NamedTuple):
    """Proxies by kind of target; `exceptions` are NO_PROXY's entries."""

    for_https: str | None
    for_others: str | None
    exceptions: tuple[str, ...] = ()

    def proxy_for(self, target: Target) -> str | None:
        """The URL of the proxy to use, None for a direct connection."""
        if target.unix_path is not None:
            return None
        is_https = "://" not in target.text or target.text.lower().startswith("https://")
        proxy = self.for_https if is_https and target.starttls is None else self.for_others
        if proxy is None or any(_covers(entry, target) for entry in self.exceptions):
            return None
        return proxy


def proxy_settings(option: str | None, environment: Mapping[str, str]) -> ProxySettings:
    """Read --proxy, or else the environment. Raises UsageError for an invalid URL."""
    if option is not None:
        parse_proxy(option)
        return ProxySettings(option, option)
    everything = _variable(environment, "ALL_PROXY")
    https = _variable(environment, "HTTPS_PROXY")
    listed = environment.get("no_proxy", environment.get("NO_PROXY", ""))
    exceptions = tuple(entry.strip().lower() for entry in listed.split(",") if entry.strip())
    return ProxySettings(https or everything, everything, exceptions)


def _variable(environment: Mapping[str, str], name: str) -> str | None:
    # Both spellings are in use; lower case comes first, as in curl.
    url = environment.get(name.lower()) or environment.get(name)
    if not url:
        return None
    try:
        parse_proxy(url)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error
    return url


def _covers(entry: str, target: Target) -> bool:
    if entry == "*":
        return True
    try:
        network = ipaddress.ip_network(entry, strict=False)
        return ipaddress.ip_address(target.host.partition("%")[0]) in network
    except ValueError:  # one of the two is a name
        pass
    name, _, port = entry.partition(":")
    if port and port != str(target.port):
        return False
    domain = name.removeprefix("*").removeprefix(".")
    return target.host == domain or target.host.endswith(f".{domain}")
