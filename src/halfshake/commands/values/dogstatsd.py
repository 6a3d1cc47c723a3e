"""Where DogStatsD listens, from an address or the environment, and a client that sends there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class DogStatsdAddress(NamedTuple):
    """A host and port for UDP, or the path of a unix socket."""

    host: str | None = None
    port: int | None = None
    socket_path: str | None = None


def dogstatsd_address(url: str, environment: Mapping[str, str]) -> DogStatsdAddress:
    """Read an address; if it is empty, take it from the environment, as Datadog's libraries do.

    Raises UsageError with a sentence that says what to write.
    """
    source = "--dogstatsd"
    if not url:
        url = environment.get("DD_DOGSTATSD_URL", "")
        source = "DD_DOGSTATSD_URL"
    if not url:
        host = environment.get("DD_AGENT_HOST") or DEFAULT_HOST
        return DogStatsdAddress(host, _port(environment.get("DD_DOGSTATSD_PORT")))
    parts = urlsplit(url)
    if parts.scheme in {"unix", "unixgram"} and parts.path:
        return DogStatsdAddress(socket_path=unquote(parts.path))
    try:
        if parts.scheme == "udp" and parts.hostname:
            return DogStatsdAddress(parts.hostname, parts.port or DEFAULT_PORT)
    except ValueError:
        pass
    hint = (
        "; to take the address from the environment, put --dogstatsd after the targets"
        if source == "--dogstatsd"
        else ""
    )
    raise UsageError(
        f"{source}: {url!r} is not a DogStatsD address: write udp://127.0.0.1:8125 or "
        f"unix:///var/run/datadog/dsd.socket{hint}"
    )


def dogstatsd_client(address: DogStatsdAddress, environment: Mapping[str, str]) -> Any:
    """Connect a client of the `datadog` library, which adds DD_ENV, DD_SERVICE and DD_VERSION.

    Raises UsageError if the library is missing, or if nothing can listen at the address.
    """
    try:
        from datadog.dogstatsd.base import DogStatsd
    except ImportError:
        raise UsageError(
            "--dogstatsd needs Datadog's library: pip install 'halfshake[datadog]'"
        ) from None
    tags = [tag for tag in re.split(r"[,\s]+", environment.get("DD_TAGS", "")) if tag]
    client = DogStatsd(
        host=address.host,
        port=address.port,
        socket_path=address.socket_path,
        constant_tags=tags,
        disable_buffering=False,
        disable_telemetry=True,
        # If the reader of the socket is slow, wait for it instead of giving up at once.
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
    )
    try:
        client.socket = client.get_socket()
    except OSError as error:
        where = address.socket_path or f"{address.host}:{address.port}"
        raise UsageError(
            f"--dogstatsd cannot send to {where}: {error.strerror or error}"
        ) from error
    return client


def _port(text: str | None) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isdecimal() or not 0 < int(text) <= MAX_PORT:
        raise UsageError(f"DD_DOGSTATSD_PORT: {text!r} is not a port")
    return int(text)


DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8125
MAX_PORT = 65535
SOCKET_TIMEOUT_SECONDS = 2
