"""How a page is sent: with headers that keep it harmless, and only where it has changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping


def sent(
    request: web.Request,
    text: str,
    content_type: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Answer with a text; 304 where the reader has it already."""
    body = text.encode()
    response = web.Response(body=body, status=status, headers=HEADERS | dict(headers or {}))
    response.content_type, response.charset = content_type, "utf-8"
    if status == 200:
        tag = hashlib.sha256(body).hexdigest()[:32]
        response.etag = tag
        if any(each.value in {tag, "*"} for each in request.if_none_match or ()):
            return web.Response(status=304, headers={**HEADERS, "ETag": f'"{tag}"'})
    if len(body) > LEAST_COMPRESSED:
        response.enable_compression()
    return response


# No script, no frame, no form elsewhere, nothing from another host: whatever a certificate says.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What it says may be private, and is old in a minute.
    "Cache-Control": "private, no-cache",
}
LEAST_COMPRESSED = 2_000
