"""The table: which dialogue each protocol has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.starttls.conversation import Conversation
from halfshake.starttls.databases import mysql, postgres
from halfshake.starttls.desktops import rdp, vnc
from halfshake.starttls.ldap import ldap
from halfshake.starttls.mailboxes import imap, pop3, sieve
from halfshake.starttls.messaging import irc, nats, xmpp, xmpp_server
from halfshake.starttls.numbered_replies import ftp, lmtp, nntp, smtp
from halfshake.starttls.sql_server import mssql

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.starttls.conversation import Dialogue


def conversation(protocol: str, server_name: str) -> Conversation:
    """Begin the dialogue of a protocol; `server_name` is for protocols that name the host."""
    return Conversation(DIALOGUES[protocol](server_name))


DIALOGUES: dict[str, Callable[[str], Dialogue]] = {
    "smtp": smtp,
    "lmtp": lmtp,
    "imap": imap,
    "pop3": pop3,
    "sieve": sieve,
    "ftp": ftp,
    "nntp": nntp,
    "irc": irc,
    "xmpp": xmpp,
    "xmpp-server": xmpp_server,
    "ldap": ldap,
    "postgres": postgres,
    "mysql": mysql,
    "mssql": mssql,
    "nats": nats,
    "vnc": vnc,
    "rdp": rdp,
}
