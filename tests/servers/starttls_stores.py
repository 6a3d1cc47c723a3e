"""Databases, directories and brokers: PostgreSQL, MariaDB, slapd, NATS."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from servers.system_user import as_user, own_directory, program, server_files

if TYPE_CHECKING:
    from servers import Settings


def postgres(settings: Settings, _directory: Path, port: int) -> list[str]:
    """PostgreSQL, in its own cluster; it refuses to run as root."""
    home = own_directory("postgres")
    chain, key, client_ca = server_files(settings, home, "postgres")
    data = home / "data"
    programs = Path(program("postgres")).resolve().parent
    initdb = [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "x", "--no-sync"]
    subprocess.run(as_user("postgres", initdb), check=True, capture_output=True)
    demand = f"ssl_ca_file = '{client_ca}'"
    (data / "postgresql.conf").write_text(f"""listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{home}'
ssl = on
ssl_cert_file = '{chain}'
ssl_key_file = '{key}'
ssl_min_protocol_version = '{settings.versions[0]}'
ssl_max_protocol_version = '{settings.versions[-1]}'
fsync = off
{demand if settings.client_auth else ""}
""")
    method = "cert" if settings.client_auth else "trust"
    (data / "pg_hba.conf").write_text(f"hostssl all all 127.0.0.1/32 {method}\n")
    return as_user("postgres", [str(programs / "postgres"), "-D", str(data)])


def mariadb(settings: Settings, _directory: Path, port: int) -> list[str]:
    """MariaDB, with its own empty tables."""
    home = own_directory("mysql")
    chain, key, client_ca = server_files(settings, home, "mysql")
    data = home / "data"
    install = [program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--user=mysql"]
    install += ["--skip-test-db", "--innodb-log-file-size=4M", "--innodb-flush-method=nosync"]
    subprocess.run(install, check=True, capture_output=True)
    command = [program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={port}"]
    command += [f"--socket={home}/socket", f"--pid-file={home}/pid", "--bind-address=127.0.0.1"]
    command += [f"--ssl-cert={chain}", f"--ssl-key={key}", "--user=mysql"]
    command += [f"--tls-version={','.join(settings.versions)}", "--innodb-flush-method=nosync"]
    if settings.client_auth:
        command += [f"--ssl-ca={client_ca}", "--require-secure-transport=on"]
    return command


def slapd(settings: Settings, directory: Path, port: int) -> list[str]:
    """OpenLDAP, built with GnuTLS as in Debian."""
    chain, key, client_ca = server_files(settings, directory)
    versions = ":".join(f"+VERS-TLS{version[4:]}" for version in settings.versions)
    demand = f"TLSCACertificateFile {client_ca}\nTLSVerifyClient demand"
    (directory / "slapd.conf").write_text(f"""include /etc/ldap/schema/core.schema
pidfile {directory}/slapd.pid
TLSCertificateFile {chain}
TLSCertificateKeyFile {key}
TLSCipherSuite NORMAL:-VERS-ALL:{versions}
{demand if settings.client_auth else "TLSVerifyClient never"}
""")
    uri = f"ldap://127.0.0.1:{port}"
    return ["slapd", "-d", "0", "-h", uri, "-f", str(directory / "slapd.conf")]


def nats(settings: Settings, directory: Path, port: int) -> list[str]:
    """NATS, whose INFO line says that TLS follows."""
    chain, key, client_ca = server_files(settings, directory)
    demand = f'ca_file: "{client_ca}", verify: true'
    (directory / "nats.conf").write_text(f"""listen: "127.0.0.1:{port}"
tls {{
  cert_file: "{chain}", key_file: "{key}"
  {demand if settings.client_auth else ""}
}}
""")
    return [shutil.which("nats-server") or program("nats-server"), "-c", f"{directory}/nats.conf"]
