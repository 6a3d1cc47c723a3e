"""The listening socket: opened before the one that it replaces is closed."""

from __future__ import annotations

import socket
import sys

from halfshake.errors import UsageError
from halfshake.watch.settings.keys.listen_text import parse_listen


def open_listener(listen: str, beside: socket.socket | None = None) -> socket.socket:
    """Listen at `listen`, also where that includes the address of `beside`. Raises UsageError.

    The kernel refuses `:9943` while 127.0.0.1:9943 is taken, unless both sockets have SO_REUSEPORT.
    They have it for this moment only: two monitors must never share a port without knowing it.
    """
    if beside is None:
        return _listening(listen, reuse_port=False)
    try:
        return _listening(listen, reuse_port=False)
    except UsageError:
        if sys.platform == "win32" or parse_listen(listen)[1] != beside.getsockname()[1]:
            raise
    beside.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        opened = _listening(listen, reuse_port=True)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
    finally:
        beside.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
    return opened


def url_of(listener: socket.socket, *, tls: bool) -> str:
    """Where it listens, as a URL."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _listening(listen: str, *, reuse_port: bool) -> socket.socket:
    host, port = parse_listen(listen)
    try:
        if host is None and socket.has_dualstack_ipv6():
            return socket.create_server(
                ("", port),
                family=socket.AF_INET6,
                dualstack_ipv6=True,
                backlog=BACKLOG,
                reuse_port=reuse_port,
            )
        family = socket.AF_INET6 if host is not None and ":" in host else socket.AF_INET
        return socket.create_server(
            (host or "", port), family=family, backlog=BACKLOG, reuse_port=reuse_port
        )
    except OSError as error:
        # Python says it once more in its own words, behind the system's.
        problem = (error.strerror or str(error)).partition(" (while")[0]
        raise UsageError(
            f"cannot listen on {listen}: {problem}; choose another address with --listen"
        ) from error


BACKLOG = 128
