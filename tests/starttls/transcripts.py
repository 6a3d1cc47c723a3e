"""What servers send, from the specifications: the way to TLS, and every way to fail.

Each transcript is the server's half of one dialogue, whole.
"""

from __future__ import annotations

LDAP_OK = bytes.fromhex("300c02010178070a010004000400")

# Protocol::HandshakeV10: version, thread, auth data, capabilities with CLIENT_SSL (0x0800) ...
MYSQL_GREETING = (
    b"\x0a8.0.36\x00\x08\x00\x00\x00" + b"a" * 8 + b"\x00\xff\xff"
    b"\x2d\x02\x00\xff\xdf\x15" + bytes(10) + b"b" * 13 + b"caching_sha2_password\x00"
)

AGREES: dict[str, bytes] = {
    "smtp": b"220-mx.example ESMTP\r\n220 ready\r\n250-mx.example\r\n250-SIZE 1000\r\n"
    b"250 starttls\r\n220 go ahead\r\n",
    "lmtp": b"220 lmtp ready\r\n250-mx.example\r\n250-STARTTLS\r\n250 8BITMIME\r\n220 2.0.0 OK\r\n",
    "imap": b"* OK ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nh1 OK done\r\n* OK still here\r\n"
    b"h2 OK begin\r\n",
    "pop3": b"+OK ready\r\n+OK\r\nTOP\r\nSTLS\r\n.\r\n+OK begin\r\n",
    "sieve": b'"IMPLEMENTATION" {6}\r\nan "OK\r\n"SIEVE" "fileinto"\r\n"STARTTLS"\r\nOK "ready"\r\n'
    b'OK "begin"\r\n',
    "ftp": b"120 wait\r\n220-welcome\r\n  to all\r\n220 ready\r\n234 AUTH TLS OK\r\n",
    "nntp": b"201 no posting\r\n382 continue\r\n",
    "irc": b":irc.example NOTICE * :*** Looking up\r\nPING :1\r\n:irc.example 670 * :go ahead\r\n",
    "xmpp": b"<?xml version='1.0'?><stream:stream id='1' version='1.0' xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams'>\n<stream:features>"
    b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
    b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>",
    "xmpp-server": b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams'><s:features>"
    b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></s:features><proceed/>",
    "ldap": LDAP_OK,
    "postgres": b"S",
    "mysql": len(MYSQL_GREETING).to_bytes(3, "little") + b"\x00" + MYSQL_GREETING,
    "mssql": bytes.fromhex("0401001a0000010000000b00060100110001ff0c000fa0000001"),
    "nats": b'INFO {"server_id":"N","tls_required":true,"host":"0.0.0.0"}\r\n',
    "vnc": b"RFB 003.008\n" + b"\x02\x01\x13" + b"\x00\x02" + b"\x00"
    b"\x02\x00\x00\x01\x01\x00\x00\x01\x04" + b"\x01",
    "rdp": bytes.fromhex("030000130ed000001234000200080001000000"),
}
"""The server agrees to begin TLS."""

REFUSES: dict[str, tuple[bytes, ...]] = {
    "smtp": (
        b"554 go away\r\n",
        b"421 too many connections\r\n",
        b"220 ready\r\n250-mx\r\n250 STARTTLS\r\n454 TLS not available \x1b[31m\r\n",
    ),
    "lmtp": (b"220 ready\r\n250-mx\r\n250 STARTTLS\r\n454 TLS not available\r\n",),
    "imap": (
        b"* BYE overloaded\r\n",
        b"* PREAUTH welcome\r\n",
        b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\nh2 NO not now\r\n",
        b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\nh2 BAD what\r\n",
    ),
    "pop3": (b"-ERR busy\r\n", b"+OK\r\n-ERR what\r\n-ERR no TLS\r\n"),
    "sieve": (b'BYE "busy"\r\n', b'"STARTTLS"\r\nOK\r\nNO "no key"\r\n'),
    "ftp": (b"421 busy\r\n", b"220 ready\r\n431 no key\r\n", b"220 ready\r\n534 no\r\n"),
    "nntp": (b"400 busy\r\n", b"502 not you\r\n", b"200 ready\r\n580 no key\r\n"),
    "irc": (b":irc.example 691 * :TLS failed\r\n", b"ERROR :Closing link\r\n"),
    "xmpp": (
        AGREES["xmpp"].partition(b"<proceed")[0] + b"<failure/>",
        b"<stream:stream><stream:error><host-unknown/></stream:error>",
    ),
    "xmpp-server": (AGREES["xmpp-server"].partition(b"<proceed")[0] + b"<failure/>",),
    "ldap": (
        bytes.fromhex("300f020101780a0a0134040004036e6f21"),
        bytes.fromhex("300c02010078070a010204000400"),  # notice of disconnection
    ),
    "postgres": (b"E\x00\x00\x00\x10SFATAL\x00Mno\x00\x00",),
    "mysql": (b"\x0f\x00\x00\x00\xff\x69\x04Host blocked"[:19],),
    "vnc": (b"RFB 003.008\n\x00\x00\x00\x00\x04busy",),
    "rdp": (bytes.fromhex("030000130ed000001234000300080005000000"),),
    "nats": (b"-ERR 'maximum connections exceeded'\r\n",),
}
"""The server knows our request and refuses it."""

OFFERS_NONE: dict[str, tuple[bytes, ...]] = {
    "smtp": (b"220 ready\r\n250-mx\r\n250 SIZE\r\n", b"220 ready\r\n502 unknown\r\n"),
    "lmtp": (b"220 ready\r\n250 mx\r\n",),
    "imap": (b"* OK ready\r\n* CAPABILITY IMAP4rev1\r\nh1 OK\r\n", b"* OK [CAPABILITY X] a\r\n"),
    "pop3": (b"+OK ready\r\n+OK\r\nTOP\r\n.\r\n",),
    "sieve": (b'"SIEVE" "fileinto"\r\nOK\r\n',),
    "ftp": (b"220 ready\r\n500 what\r\n", b"220 ready\r\n530 Please login\r\n"),
    "nntp": (b"200 ready\r\n500 what\r\n",),
    "irc": (b":irc.example 421 * STARTTLS :Unknown command\r\n",),
    "xmpp": (b"<stream:stream><stream:features><sm/></stream:features>",),
    "xmpp-server": (b"<stream:stream><stream:features/>",),
    "ldap": (bytes.fromhex("300c02010178070a010204000400"),),
    "postgres": (b"N",),
    "mysql": (AGREES["mysql"].replace(b"\x00\xff\xff", b"\x00\xff\xf7"),),
    "mssql": (AGREES["mssql"][:-1] + b"\x02",),
    "nats": (b'INFO {"server_id":"N"}\r\n', b'INFO {"tls_required":false}\r\n'),
    "vnc": (
        b"RFB 003.003\n",
        b"RFB 003.008\n\x01\x02",
        b"RFB 003.008\n\x01\x13\x00\x01",
        b"RFB 003.008\n\x01\x13\x00\x02\x00\x01\x00\x00\x01\x01",
    ),
    "rdp": (
        bytes.fromhex("0300000b06d00000123400"),
        bytes.fromhex("030000130ed000001234000300080002000000"),
        bytes.fromhex("030000130ed000001234000200080000000000"),
    ),
}
"""The server speaks the protocol and has no TLS."""

ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "smtp": (b"", b"220-still not ready\r\n"),
    "lmtp": (b"220 ready\r\n", b"250-X\r\n"),
    "imap": (b"* OK ready\r\n", b"* OK still here\r\n"),
    "pop3": (b"+OK\r\n+OK\r\n", b"X\r\n"),
    "sieve": (b"", b'"X" {8}\r\n12345678\r\n'),
    "ftp": (b"220-welcome\r\n", b"\r\n"),
    "nntp": (b"200-\r\n", b"200-x\r\n"),
    "irc": (b"", b":a NOTICE * :*** Looking up\r\n"),
    "xmpp": (b"<stream:stream>", b"<a>"),
    "xmpp-server": (b"<stream:stream>", b" "),
    "ldap": (b"\x30\x84\x7f\xff\xff\xff", b"\x04"),
    "postgres": (b"E\x00\x00\x75\x2f", b"x"),
    "mysql": (b"\xff\x03\x00\x00\x0a", b"8"),
    "mssql": (b"", b"\x04\x00\x00\x08\x00\x00\x01\x00"),
    "nats": (b"INFO {", b" "),
    "vnc": (b"RFB 003.008\n\x00\x7f\xff\xff\xff", b"x"),
    "rdp": (b"\x03\x00\x04\x00", b"\xd0"),
}
"""A beginning, and what follows it endlessly."""
