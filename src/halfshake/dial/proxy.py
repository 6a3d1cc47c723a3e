"""Through a proxy to the target: HTTP CONNECT here, SOCKS by python-socks (the extra `proxy`).

The proxy resolves names. We send CONNECT ourselves, because python-socks reads the answer with a
single read: an answer in two pieces is misread, and the banner of a server that speaks first is
lost if it comes together with the answer.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from halfshake.dial.readiness import readiness
from halfshake.dial.tcp import READ_BYTES, Stream, connect, resolve
from halfshake.errors import (
    ConnectFailed,
    FailureReason,
    ProxyFailed,
    ResolveFailed,
    UsageError,
)
from halfshake.starttls.conversation import in_words

if TYPE_CHECKING:
    from halfshake.dial.stream import ByteStream


class Proxy(NamedTuple):
    """A parsed proxy URL; `host` is without brackets."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None

    @property
    def name(self) -> str:
        """Name the proxy for a sentence, without its password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_proxy(url: str) -> Proxy:
    """Read a proxy's URL. Raises UsageError; its sentence never contains a password."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        known = ", ".join(f"{name}://" for name in DEFAULT_PORTS)
        raise UsageError(
            f"a proxy URL must begin with one of {known}; this one begins with {scheme}://"
        )
    try:
        host, port = parts.hostname, parts.port or DEFAULT_PORTS[scheme]
    except ValueError:
        host = None
    if not host:
        raise UsageError(
            "this is not a valid proxy URL: write it like "
            "http://user:password@proxy.example.com:3128"
        )
    if scheme.startswith("socks"):
        _python_socks()
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return Proxy(scheme, host, port, user, password)


async def connect_through(url: str, host: str, port: int, deadline: float) -> ByteStream:
    """Ask a proxy for a connection to the target. Raises ProxyFailed.

    `deadline` is a time of the running loop's clock, in seconds.
    """
    proxy = parse_proxy(url)
    if proxy.scheme.startswith("socks"):
        return await _socks(proxy, host, port)
    stream: ByteStream
    if proxy.scheme == "https":
        stream = await _over_tls(proxy)
    else:
        try:
            stream = await connect(await resolve(proxy.host, proxy.port), deadline)
        except (ConnectFailed, ResolveFailed) as error:
            raise _unreachable(proxy, error.detail) from error
    try:
        rest = await _http_connect(stream, proxy, host, port)
    except BaseException:
        stream.close()
        raise
    address = f"{_authority(host, port)} through {proxy.name}"
    return ProxiedStream(stream, rest, address)


class ProxiedStream:
    """The stream through an HTTP proxy; `rest` came together with the proxy's answer."""

    def __init__(self, stream: ByteStream, rest: bytes, address: str) -> None:
        self._stream = stream
        self._rest = rest
        self.address = address

    async def read(self) -> bytes:
        """Read what has arrived."""
        rest, self._rest = self._rest, b""
        return rest or await self._stream.read()

    async def write(self, data: bytes) -> None:
        """Write everything."""
        await self._stream.write(data)

    def close(self) -> None:
        """Close the connection to the proxy."""
        self._stream.close()


async def _http_connect(stream: ByteStream, proxy: Proxy, host: str, port: int) -> bytes:
    """Send CONNECT and read the answer (RFC 9110 9.3.6); return what came after it."""
    authority = _authority(host, port)
    request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n"
    if proxy.user is not None:
        credentials = base64.b64encode(f"{proxy.user}:{proxy.password or ''}".encode()).decode()
        request += f"Proxy-Authorization: Basic {credentials}\r\n"
    answer = b""
    try:
        await stream.write(request.encode() + b"\r\n")
        while b"\r\n\r\n" not in answer:
            data = await stream.read()
            if not data:
                raise _failed(proxy, f"closed the connection after {in_words(answer)}")
            answer += data
            if len(answer) > MAX_ANSWER_BYTES:
                raise _failed(proxy, f"sent an endless answer: {in_words(answer)}")
            if not answer.startswith(b"HTTP/1."[: len(answer)]):
                raise _failed(proxy, f"did not answer in HTTP: {in_words(answer)}")
    except OSError as error:
        raise _failed(proxy, f"broke the connection ({error})") from error
    head, _, rest = answer.partition(b"\r\n\r\n")
    status = head.split(b"\r\n")[0].split(b" ", 1)[-1]
    if status.startswith((b"407", b"401")):  # tinyproxy answers 401 to wrong ones
        raise ProxyFailed(
            f"the proxy {proxy.name} does not accept the credentials, or none were given: "
            f"{in_words(status)}",
            reason=FailureReason.proxy_auth_required,
        )
    if not status.startswith(b"2"):
        raise _refused(proxy, authority, in_words(status))
    return rest


async def _over_tls(proxy: Proxy) -> _TlsStream:
    try:
        reader, writer = await asyncio.open_connection(
            proxy.host, proxy.port, ssl=ssl.create_default_context(), limit=READ_BYTES
        )
    except OSError as error:  # includes ssl.SSLError
        raise _unreachable(proxy, f"{proxy.name}: {error}") from error
    return _TlsStream(reader, writer, proxy.name)


class _TlsStream:
    """A TLS connection to the proxy, which will carry the target's TLS inside."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.address = address

    async def read(self) -> bytes:
        return await self._reader.read(READ_BYTES)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.transport.abort()


async def _socks(proxy: Proxy, host: str, port: int) -> Stream:
    asyncio_proxy, errors, types = _python_socks()
    kind = types.SOCKS4 if proxy.scheme.startswith("socks4") else types.SOCKS5
    dialler = asyncio_proxy(
        kind, proxy.host, proxy.port, proxy.user or "", proxy.password or "", rdns=True
    )
    authority = _authority(host, port)
    try:
        connected = await dialler.connect(host, port, timeout=MAX_CONNECT_SECONDS)
    except errors.ProxyConnectionError as error:
        raise _unreachable(proxy, str(error)) from error
    except errors.ProxyError as error:
        text = str(error)
        if "auth" in text.lower():
            raise ProxyFailed(
                f"the proxy {proxy.name} does not accept the credentials, or none were given: "
                f"{in_words(text.encode())}",
                reason=FailureReason.proxy_auth_required,
            ) from error
        if error.error_code is None:
            raise _failed(proxy, f"broke the SOCKS protocol: {in_words(text.encode())}") from error
        raise _refused(proxy, authority, in_words(text.encode())) from error
    except (OSError, AssertionError, ValueError, LookupError, EOFError) as error:
        # What python-socks does not catch when a proxy breaks the protocol.
        raise _failed(proxy, f"broke the SOCKS protocol ({type(error).__name__})") from error
    return Stream(connected, f"{authority} through {proxy.name}", readiness())


def _python_socks() -> tuple[Any, Any, Any]:
    try:
        import python_socks  # noqa: PLC0415
        from python_socks.async_.asyncio import Proxy as AsyncioProxy  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "a SOCKS proxy needs python-socks: pip install 'halfshake[proxy]'"
        ) from error
    return AsyncioProxy, python_socks, python_socks.ProxyType


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _unreachable(proxy: Proxy, why: str) -> ProxyFailed:
    return ProxyFailed(
        f"the proxy {proxy.name} cannot be reached: {why}", reason=FailureReason.proxy_unreachable
    )


def _refused(proxy: Proxy, authority: str, words: str) -> ProxyFailed:
    return ProxyFailed(
        f"the proxy {proxy.name} refused to connect to {authority}: {words}",
        reason=FailureReason.proxy_refused,
    )


def _failed(proxy: Proxy, what: str) -> ProxyFailed:
    return ProxyFailed(f"the proxy {proxy.name} {what}", reason=FailureReason.proxy_failed)


DEFAULT_PORTS = {
    "http": 3128,
    "https": 443,
    "socks5": 1080,
    "socks5h": 1080,
    "socks4": 1080,
    "socks4a": 1080,
}
MAX_ANSWER_BYTES = 65_536

# The caller's deadline is shorter; without a value python-socks would use its own.
MAX_CONNECT_SECONDS = 3600.0
