"""A service by `apprise`: over a hundred chats, pagers, mails and webhooks by one URL each.

The library is the extra `notify`, and is loaded only where a service is configured.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.version import __version__
from halfshake.watch.notifications.courier import NotSent

if TYPE_CHECKING:
    from halfshake.watch.notifications.wording import Message


class AppriseService:
    """Sends by one apprise URL. Raises UsageError where the URL is none, or apprise is missing."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self._apprise = _opened(url)

    def send(self, message: Message) -> None:
        """Send one message as plain text; the service's own limits of length hold.

        Raises NotSent.
        """
        answer = self._apprise.notify(
            body=message.body,
            title=message.subject,
            notify_type=_TYPES[message.status],
            body_format="text",
        )
        if not answer:
            said = [entry.message for entry in answer.logs()]
            raise NotSent(said[-1] if said else "the service did not take the message")


def check_url(url: str) -> None:
    """Raise UsageError where apprise can do nothing with a URL. The sentence does not show it."""
    _opened(url)


def _opened(url: str) -> Any:
    try:
        import apprise
    except ImportError:
        raise UsageError("notify needs apprise: pip install 'halfshake[notify]'") from None
    # It writes what it thinks of a URL to its log: here that goes into our own sentence.
    logging.getLogger("apprise").addHandler(logging.NullHandler())
    logging.getLogger("apprise").propagate = False
    asset = apprise.AppriseAsset(
        app_id="Halfshake",
        app_desc=f"Halfshake {__version__}",
        # In our thread, and as long as it takes: the courier has the timeout.
        async_mode=False,
        service_timeout=0,
    )
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise UsageError("is no apprise URL: write SERVICE://..., as apprise's pages say")
    plugin: Any = apprise.manager_plugins.NotificationManager()  # type: ignore[no-untyped-call] # theirs
    if scheme.lower() not in plugin:
        raise UsageError(f"apprise knows no service {scheme!r}: look at its list of services")
    try:
        service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=False)
    except Exception:  # noqa: BLE001 - each plugin has its own; its text may hold the secret
        service = None
    if service is None:
        page = getattr(plugin[scheme.lower()], "setup_url", None) or "its page"
        raise UsageError(f"apprise cannot use this {scheme}:// URL: {page} says how to write it")
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    return sender


_TYPES = {"ok": "success", "warning": "warning", "critical": "failure", "unknown": "warning"}
"""Apprise's own colours and icons."""
