"""Turns the options for the way to a target into a route: STARTTLS, proxies, addresses."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from halfshake.dial.route import DIRECT, Route
from halfshake.errors import TargetInvalid, UsageError
from halfshake.inputs.target_text import parse_target
from halfshake.target import is_ip_address

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from halfshake.target import Target


def routes(options: argparse.Namespace) -> Callable[[Target], Route]:
    """The route for each target. Raises UsageError if the options make no sense."""
    route = DIRECT._replace(
        connect_to=_endpoint(options.connect) if options.connect else None,
        source_address=options.source,
        family=options.family,
        proxy_protocol=int(options.send_proxy[1:]) if options.send_proxy else None,
    )
    if options.starttls is not None:
        parse_target("localhost", starttls=options.starttls)  # one error, not one for each target
    if options.proxy is not None and (options.source or options.family):
        raise UsageError("--source, -4 and -6 only work without --proxy")
    if options.source is not None:
        if not is_ip_address(options.source):
            raise UsageError(f"--source must be an address of this machine, not {options.source!r}")
        of_source = socket.AF_INET6 if ":" in options.source else socket.AF_INET
        if options.family not in {None, of_source}:
            raise UsageError(f"--source {options.source} contradicts -4 or -6")
        route = route._replace(family=of_source)
    if options.proxy is None and not any(map(os.environ.get, _PROXY_VARIABLES)):
        return lambda _target: route
    from halfshake.inputs.proxy_settings import proxy_settings

    settings = proxy_settings(options.proxy, os.environ)
    return lambda target: route._replace(proxy=settings.proxy_for(target))


def _endpoint(text: str) -> tuple[str, int]:
    try:
        target = parse_target(text)
    except TargetInvalid as error:
        raise UsageError(f"--connect: {error}") from error
    if not text.endswith(f":{target.port}"):
        raise UsageError(
            f"--connect {text}: write ADDR:PORT, such as 192.0.2.7:443 or [2001:db8::7]:443"
        )
    return target.host, target.port


# inputs/proxy_settings.py is not loaded if none of these is set.
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
