"""Servers that begin unencrypted: mail, databases, directories, chat and desktops from Debian.

Each has its own configuration directory. If Debian has no server, `starttls_peer.py` answers with
bytes written from the protocol's public specification, and speaks TLS with Python's `ssl`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from pki import Credential
from servers import Server, Settings
from servers.starttls_stores import mariadb, nats, postgres, slapd
from servers.system_user import library, own_directory, server_files, with_openssl_limit

SOURCES = Path(__file__).parent


@dataclass(frozen=True)
class StarttlsServer:
    """A server and the scheme to read it with; `versions` are those that it can be limited to."""

    scheme: str
    server: Server
    versions: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    can_demand_client_certificate: bool = True
    always_asks: bool = False

    @property
    def name(self) -> str:
        """Its name in the tests, and in docs/schemes.md."""
        return self.server.name


def _postfix(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = server_files(settings, directory)
    queue = own_directory()
    for name, mode in (("pid", 0o755), ("private", 0o700), ("public", 0o710)):
        (queue / name).mkdir(mode=mode)
    low, high = settings.versions[0], settings.versions[-1]
    # Postfix asks for a certificate only where it insists on TLS.
    demand = f"""smtpd_tls_security_level = encrypt
smtpd_tls_req_ccert = yes
smtpd_tls_CAfile = {client_ca}"""
    (directory / "main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {queue}
command_directory = /usr/sbin
daemon_directory = {library("postfix", "sbin")}
myhostname = mail.halfshake.test
inet_interfaces = loopback-only
maillog_file =
smtpd_tls_cert_file = {chain}
smtpd_tls_key_file = {key}
smtpd_tls_protocols = >={low}, <={high}
smtpd_tls_mandatory_protocols = >={low}, <={high}
{demand if settings.client_auth else "smtpd_tls_security_level = may"}
""")
    (directory / "master.cf").write_text(f"""127.0.0.1:{port} inet n - n - - smtpd
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
""")
    # Postfix drops to its own user, which has to be able to write there.
    for path in (queue, queue / "private", queue / "public"):
        own_directory.give(path, "postfix")
    return [str(library("postfix", "sbin") / "master"), "-c", str(directory), "-d"]


def _dovecot(protocol: str, service: str) -> Server:
    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        chain, key, client_ca = server_files(settings, directory)
        state = own_directory()
        demand = f"""ssl_ca = <{client_ca}
ssl_verify_client_cert = yes
ssl_require_crl = no"""
        (directory / "dovecot.conf").write_text(f"""base_dir = {state}
state_dir = {state}
log_path = /dev/stderr
protocols = {protocol}
listen = 127.0.0.1
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
ssl_min_protocol = {settings.versions[0]}
{demand if settings.client_auth else ""}
import_environment = OPENSSL_CONF
mail_location = maildir:{state}/mail
passdb {{
  driver = static
  args = password=none
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={state}
}}
service {service} {{
  chroot =
  inet_listener {protocol} {{
    address = 127.0.0.1
    port = {port}
  }}
}}
""")
        program = ["dovecot", "-F", "-c", str(directory / "dovecot.conf")]
        return with_openssl_limit(program, settings, directory)

    return Server(f"dovecot-{protocol}", "dovecot", prepare, needs_root=True)


def _proftpd(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = server_files(settings, directory)
    state = own_directory()
    above = directory / "above.pem"
    above.write_bytes(Credential(settings.credential.chain[1:], settings.credential.key).chain_pem)
    demand = f"TLSVerifyClient on\nTLSCACertificateFile {client_ca}"
    (directory / "proftpd.conf").write_text(f"""ServerName halfshake
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
UseIPv6 off
User nobody
Group nogroup
ModulePath {library("proftpd")}
LoadModule mod_tls.c
PidFile {state}/proftpd.pid
ScoreboardFile {state}/scoreboard
DelayEngine off
WtmpLog off
TransferLog none
AuthOrder mod_auth_file.c
TLSEngine on
TLSECCertificateFile {chain}
TLSECCertificateKeyFile {key}
TLSCertificateChainFile {above}
TLSProtocol {" ".join(settings.versions)}
{demand if settings.client_auth else "TLSVerifyClient off"}
""")
    return ["proftpd", "-n", "-c", str(directory / "proftpd.conf")]


def _prosody(kind: str) -> Server:
    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        chain, key, client_ca = server_files(settings, directory)
        protocol = settings.versions[-1].lower().replace(".", "_")
        verify = '{ "peer", "fail_if_no_peer_cert" }' if settings.client_auth else '{ "none" }'
        ports = {kind: port}
        state = own_directory()
        (directory / "prosody.cfg.lua").write_text(f"""
data_path = "{state}"
pidfile = "{state}/prosody.pid"
run_as_root = true
daemonize = false
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {ports.get("c2s", "")} }}
s2s_ports = {{ {ports.get("s2s", "")} }}
c2s_direct_tls_ports = {{ }}
s2s_direct_tls_ports = {{ }}
modules_enabled = {{ "tls", "saslauth", "dialback", "s2s" }}
modules_disabled = {{ "posix", "http" }}
log = {{ info = "*console" }}
VirtualHost "api.halfshake.test"
  ssl = {{
    certificate = "{chain}"; key = "{key}"; cafile = "{client_ca}";
    protocol = "{protocol}"; verify = {verify}; verifyext = {{ }};
  }}
""")
        return ["prosody", "--config", str(directory / "prosody.cfg.lua")]

    return Server(f"prosody-{kind}", "prosody", prepare)


def _inspircd(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, client_ca = server_files(settings, directory)
    versions = ":".join(f"+VERS-TLS{version[4:]}" for version in settings.versions)
    demand = "yes" if settings.client_auth else "no"
    (directory / "inspircd.conf").write_text(f"""
<server name="irc.halfshake.test" description="x" network="halfshake">
<admin name="x" nick="x" email="x@halfshake.test">
<path configdir="{directory}" datadir="{directory}" logdir="{directory}" runtimedir="{directory}">
<pid file="{directory}/inspircd.pid">
<module name="ssl_gnutls">
<module name="starttls">
<sslprofile name="tls" provider="gnutls" certfile="{chain}" keyfile="{key}" cafile="{client_ca}"
  priority="NORMAL:-VERS-ALL:{versions}" requestclientcert="{demand}">
<starttls sslprofile="tls">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="main" allow="*" timeout="30">
<log method="file" type="*" level="default" target="{directory}/irc.log">
""")
    program = ["inspircd", "--nofork", "--runasroot", "--config"]
    return [*program, str(directory / "inspircd.conf")]


def _xvnc(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, _ = server_files(settings, directory)
    program = ["Xtigervnc", f":{port}", "-rfbport", str(port), "-localhost", "-nolisten", "tcp"]
    program += ["-SecurityTypes", "X509None", "-X509Cert", str(chain), "-X509Key", str(key)]
    versions = ":".join(f"+VERS-TLS{version[4:]}" for version in settings.versions)
    return [*program, "-GnuTLSPriority", f"NORMAL:-VERS-ALL:{versions}"]


def _xrdp(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key, _ = server_files(settings, directory)
    (directory / "xrdp.ini").write_text(f"""[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:{port}
security_layer=negotiate
certificate={chain}
key_file={key}
ssl_protocols={", ".join(settings.versions)}
[Logging]
EnableSyslog=false
LogFile={directory}/xrdp.log
LogLevel=INFO
[Xorg]
name=Xorg
""")
    return ["xrdp", "--nodaemon", "--config", str(directory / "xrdp.ini")]


def _peer(protocol: str) -> Server:
    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        chain, key, client_ca = server_files(settings, directory)
        program = [sys.executable, str(SOURCES / "starttls_peer.py"), protocol, str(port)]
        program += [str(chain), str(key), str(client_ca), ",".join(settings.versions)]
        return [*program, str(settings.client_auth).lower()]

    return Server(f"peer-{protocol}", sys.executable, prepare)


STARTTLS_SERVERS = (
    StarttlsServer("smtp", Server("postfix", "postfix", _postfix, needs_root=True)),
    StarttlsServer("lmtp", _dovecot("lmtp", "lmtp")),
    StarttlsServer("imap", _dovecot("imap", "imap-login")),
    StarttlsServer("pop3", _dovecot("pop3", "pop3-login")),
    StarttlsServer("sieve", _dovecot("sieve", "managesieve-login")),
    StarttlsServer("ftp", Server("proftpd", "proftpd", _proftpd, needs_root=True)),
    StarttlsServer("nntp", _peer("nntp")),
    StarttlsServer("irc", Server("inspircd", "inspircd", _inspircd)),
    StarttlsServer("xmpp", _prosody("c2s")),
    StarttlsServer("xmpp-server", _prosody("s2s")),
    StarttlsServer("ldap", Server("slapd", "slapd", slapd)),
    StarttlsServer("postgres", Server("postgresql", "postgres", postgres)),
    # It asks everyone, and looks at the answer of those whose account wants one.
    StarttlsServer("mysql", Server("mariadb", "mariadbd", mariadb), always_asks=True),
    StarttlsServer("mssql", _peer("mssql")),
    # Go's server has no highest version.
    StarttlsServer("nats", Server("nats-server", "nats-server", nats), versions=("TLSv1.3",)),
    StarttlsServer(
        "vnc",
        Server("tigervnc", "Xtigervnc", _xvnc),
        can_demand_client_certificate=False,
    ),
    StarttlsServer("rdp", Server("xrdp", "xrdp", _xrdp), can_demand_client_certificate=False),
)
