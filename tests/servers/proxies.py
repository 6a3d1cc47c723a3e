"""Real proxies from Debian: squid and tinyproxy for CONNECT, microsocks and danted for SOCKS."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from servers import Server, Settings
from servers.system_user import library, own_directory, server_files

if TYPE_CHECKING:
    from pathlib import Path

USER = "watcher"
PASSWORD = "p:ss w%rd"
NAME_KNOWN_TO_THE_PROXY = "only-the-proxy.halfshake.test"


def _squid(settings: Settings, directory: Path, port: int) -> list[str]:
    """It knows a host that this machine does not know; it speaks TLS if a client CA is set."""
    state = own_directory("proxy")
    chain, key, _ = server_files(settings, state, "proxy")
    (state / "hosts").write_text(f"127.0.0.1 localhost {NAME_KNOWN_TO_THE_PROXY}\n")
    auth = "http_access allow all"
    if settings.client_auth:  # here it means: a user name and a password
        hashed = subprocess.run(
            ["openssl", "passwd", "-apr1", PASSWORD], check=True, capture_output=True, text=True
        )
        (state / "users").write_text(f"{USER}:{hashed.stdout}")
        auth = f"""auth_param basic program {library("squid", "basic_ncsa_auth")} {state}/users
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all"""
    listen = f"http_port 127.0.0.1:{port}"
    if settings.versions == ("TLSv1.3",):
        listen = f"https_port 127.0.0.1:{port} tls-cert={chain} tls-key={key}"
    (directory / "squid.conf").write_text(f"""{listen}
{auth}
hosts_file {state}/hosts
pid_filename none
cache_log stdio:/dev/stderr
access_log none
cache deny all
coredump_dir {state}
shutdown_lifetime 0 seconds
pinger_enable off
visible_hostname proxy.halfshake.test
netdb_filename none
""")
    return ["squid", "-N", "-f", str(directory / "squid.conf")]


def _tinyproxy(settings: Settings, directory: Path, port: int) -> list[str]:
    auth = f"BasicAuth {USER} secret" if settings.client_auth else ""
    (directory / "tinyproxy.conf").write_text(f"""Port {port}
Listen 127.0.0.1
Timeout 20
LogLevel Critical
MaxClients 20
{auth}
""")
    return ["tinyproxy", "-d", "-c", str(directory / "tinyproxy.conf")]


def _microsocks(settings: Settings, _directory: Path, port: int) -> list[str]:
    auth = ["-u", USER, "-P", PASSWORD] if settings.client_auth else []
    return ["microsocks", "-i", "127.0.0.1", "-p", str(port), *auth]


def _danted(_settings: Settings, directory: Path, port: int) -> list[str]:
    (directory / "danted.conf").write_text(f"""logoutput: stderr
internal: 127.0.0.1 port = {port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
""")
    return ["danted", "-p", str(directory / "danted.pid"), "-f", str(directory / "danted.conf")]


SQUID = Server("squid", "squid", _squid)
TINYPROXY = Server("tinyproxy", "tinyproxy", _tinyproxy)
MICROSOCKS = Server("microsocks", "microsocks", _microsocks)
DANTED = Server("danted", "danted", _danted, needs_root=True)
