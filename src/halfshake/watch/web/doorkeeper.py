"""Who may come in: TLS, client certificates and passwords, by a web.config.file.

The format is that of Prometheus' exporters. What cannot be done here is refused in a sentence, so
that nobody believes in a door that is not there.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from halfshake.errors import UsageError
from halfshake.watch.web.web_config import WebConfig, load_web_config, tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

log = logging.getLogger("halfshake.watch")


class Doorkeeper:
    """Holds the web configuration in force, of the file at `path`.

    `tls` is None for a listener without TLS.
    """

    def __init__(self, path: str | None) -> None:
        self.path = path
        self._config = WebConfig()
        self._stamp: object = None
        self.tls: ssl.SSLContext | None = None
        # bcrypt is slow by design: a password that was right is known by its MAC from then on.
        self._secret = secrets.token_bytes(32)
        self._right: set[bytes] = set()

    def load(self) -> None:
        """Read the file. Raises UsageError."""
        if self.path is None:
            return
        self._stamp = self._look()
        config = load_web_config(Path(self.path))
        tls = tls_context(config.tls_server_config)
        if config.basic_auth_users:
            _bcrypt()
        self._config, self.tls = config, tls
        self._right = set()
        self._stamp = self._look()

    def take(self, other: Doorkeeper) -> None:
        """Do from now on as another one would, which has read its file."""
        self.path, self.tls = other.path, other.tls
        self._config, self._stamp = other._config, other._stamp
        self._right = set()

    def reload_if_changed(self) -> bool:
        """Read it again where it, or a file it names, has changed; a bad one changes nothing."""
        if self.path is None or self._look() == self._stamp:
            return False
        had_tls = self.tls is not None
        before = self._config, self.tls
        try:
            self.load()
        except UsageError as error:
            log.error("the new web configuration is refused, the old one stays: %s", error)  # noqa: TRY400 - a mistake of the user's, not ours
            return False
        if (self.tls is not None) is not had_tls:
            self._config, self.tls = before
            log.error("TLS of the listener is switched on or off by a restart only")
            return False
        log.info("the web configuration was read again")
        return True

    @web.middleware
    async def _middleware(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        sans = self._config.tls_server_config.client_allowed_sans if self.tls else []
        if sans and not _sans_of(request) & set(sans):
            raise web.HTTPForbidden(text="your certificate is for none of client_allowed_sans\n")
        if self._config.basic_auth_users and not await self._knows(request):
            raise web.HTTPUnauthorized(
                text="a user and a password are asked for\n",
                headers={"WWW-Authenticate": "Basic"},
            )
        return await handler(request)

    async def add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        """Put the configured headers on every answer, on those of this door as well.

        Called when an answer begins: a stream such as /metrics has begun when its handler ends.
        """
        response.headers.update(self._config.http_server_config.headers)

    @property
    def middleware(self) -> Any:
        """What every request goes through."""
        return self._middleware

    async def _knows(self, request: web.Request) -> bool:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            user, colon, password = base64.b64decode(given, validate=True).partition(b":")
        except binascii.Error:
            return False
        # Of these users: a check that ends after a new file came is kept for nobody.
        right = self._right
        mac = hmac.digest(self._secret, user + colon + password, hashlib.sha256)
        if mac in right:
            return True
        hashed = self._config.basic_auth_users.get(user.decode("utf-8", "replace"))
        # An unknown user costs the same time, so that it cannot be told from a known one.
        expected = (hashed.get_secret_value() if hashed else _NOBODY).encode()
        matches = await asyncio.to_thread(_matches, password, expected)
        if hashed is None or not matches:
            return False
        right.add(mac)
        return True

    def _look(self) -> object:
        assert self.path is not None
        tls = self._config.tls_server_config
        named = (self.path, tls.cert_file, tls.key_file, tls.client_ca_file)
        looks = []
        for path in named:
            try:
                status = os.stat(path) if path else None  # noqa: PTH116
            except OSError:
                status = None
            looks.append(status and (status.st_ino, status.st_mtime_ns, status.st_size))
        return looks


def _sans_of(request: web.Request) -> set[str]:
    peer = request.transport.get_extra_info("peercert") if request.transport else None
    return {str(value) for _, value in (peer or {}).get("subjectAltName", ())}


def _bcrypt() -> Any:
    try:
        import bcrypt  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "basic_auth_users needs bcrypt: pip install 'halfshake[web-auth]'"
        ) from None
    return bcrypt


def _matches(password: bytes, hashed: bytes) -> bool:
    try:
        return bool(_bcrypt().checkpw(password[:MAX_PASSWORD_BYTES], hashed))
    except ValueError:
        return False


# What bcrypt looks at; newer releases of the library refuse more instead of ignoring it.
MAX_PASSWORD_BYTES = 72

# A hash that no password has.
_NOBODY = "$2b$10$" + "." * 53
