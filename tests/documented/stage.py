"""The world of the pages: names, addresses, CAs, and a real nginx for each endpoint.

It runs as a process in a network of its own (network.py), puts what a user would have into its
directory, says "ready", and ends with its standard input.
"""

from __future__ import annotations

import contextlib
import http.server
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from pki import Authority, Credential


class Endpoint(NamedTuple):
    """One server: its name, its address, how long its certificate lasts, and what is odd."""

    name: str
    address: str
    days_left: float
    lifetime_days: float = 90
    ports: tuple[int, ...] = (443,)
    public: bool = False
    key_types: tuple[str, ...] = ("ecdsa",)
    client_auth: bool = True
    sends_intermediate: bool = True
    version: str = "TLSv1.2 TLSv1.3"


ENDPOINTS = (
    Endpoint("api.example.com", "192.0.2.7", 60, public=True),
    Endpoint("payments.corp.example", "192.0.2.10", 5, 35, (443, 8443)),
    Endpoint("orders.corp.example", "192.0.2.11", 200, 365),
    Endpoint("stock.corp.example", "192.0.2.12", 80),
    Endpoint("reports.corp.example", "192.0.2.13", 10),
    Endpoint("billing.corp.example", "192.0.2.14", 50, sends_intermediate=False),
    Endpoint("open.corp.example", "192.0.2.16", 70, client_auth=False),
    Endpoint("shop.example.com", "192.0.2.20", 60, public=True, key_types=("rsa", "ecdsa")),
    Endpoint(
        "shop.example.com", "192.0.2.21", 5, public=True, key_types=("ecdsa",), client_auth=False
    ),
)

# Names without an endpoint of nginx: nobody there, the proxies, a message broker, a chat.
OTHERS = (
    ("dead.corp.example", "192.0.2.15"),
    ("proxy.corp.example", "192.0.2.30"),
    ("broker.corp.example", "192.0.2.31"),
    ("chat.corp.example", "192.0.2.32"),
)


def run(directory: Path) -> None:
    """Set the world up, and keep it until the standard input ends."""
    hosts = [(each.name, each.address) for each in ENDPOINTS] + list(OTHERS)
    _addresses({address for _, address in hosts})
    _hosts(hosts, directory / "hosts")
    corp, public = Authority.root("Corp Root CA"), Authority.root("Example Public CA")
    issuing = corp.intermediate("Corp Issuing CA 2")
    client_ca = Authority.root("Partner CA")
    _files_of_a_user(directory, corp, public, client_ca)
    servers = directory / "servers"
    servers.mkdir()
    (servers / "client-ca.pem").write_bytes(client_ca.pem)
    blocks = [
        _server(endpoint, public if endpoint.public else issuing, servers) for endpoint in ENDPOINTS
    ]
    (servers / "nginx.conf").write_text(NGINX.format(servers="\n".join(blocks)), "utf-8")
    broker = issuing.issue("broker.corp.example", days=(40 - 90, 40 + SLACK))
    _written(broker, servers / "broker", sends_intermediate=True)
    (servers / "nats.conf").write_text(NATS.format(directory=servers), "utf-8")
    (servers / "tinyproxy.conf").write_text(TINYPROXY, "utf-8")
    with (servers / "output.log").open("wb") as output:
        running = [
            subprocess.Popen(command, stdout=output, stderr=output)
            for command in (
                ["nginx", "-p", str(servers), "-c", str(servers / "nginx.conf")],
                ["nats-server", "-c", str(servers / "nats.conf")],
                ["tinyproxy", "-d", "-c", str(servers / "tinyproxy.conf")],
                ["microsocks", "-i", "192.0.2.30", "-p", "1080"],
            )
        ]
    chat = http.server.HTTPServer(CHAT, Webhook)
    threading.Thread(target=chat.serve_forever, daemon=True).start()
    try:
        for address in READY:
            _wait_for(address)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


class Webhook(http.server.BaseHTTPRequestHandler):
    """A chat that takes every message."""

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _addresses(addresses: set[str]) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in sorted(addresses):
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)


def _hosts(hosts: list[tuple[str, str]], file: Path) -> None:
    lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in hosts)]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    subprocess.run(["mount", "--bind", str(file), "/etc/hosts"], check=True)


def _files_of_a_user(
    directory: Path, corp: Authority, public: Authority, client_ca: Authority
) -> None:
    home = directory / "home"
    certs = home / "certs"
    certs.mkdir(parents=True)
    (directory / "system-cas.pem").write_bytes(public.pem)
    (home / "corp-ca.pem").write_bytes(corp.pem)
    (home / "clients.pem").write_bytes(client_ca.pem)
    issuing = corp.intermediate("Corp Issuing CA 2")
    for name, days in (("orders", 200), ("stock", 90), ("reports", 10), ("payments", 5)):
        credential = issuing.issue(f"{name}.corp.example", days=(days - 365, days + SLACK))
        (certs / f"{name}.pem").write_bytes(credential.chain_pem)
    (home / "renewed").mkdir()
    renewed = issuing.issue("orders.corp.example", days=(-0.01, 365 + SLACK))
    (home / "renewed" / "orders.pem").write_bytes(renewed.chain_pem)
    billing = issuing.issue("billing.corp.example", days=(-275, 90 + SLACK))
    (certs / "billing.pem").write_bytes(billing.without_intermediates().chain_pem)
    for name, days in (("partner", 200), ("old", -5)):
        credential = client_ca.issue(f"{name}.example", days=(-300, days + SLACK))
        (home / f"{name}.pem").write_bytes(credential.chain_pem)
    (home / "apis.txt").write_text("api.example.com\nshop.example.com\n", "utf-8")


def _server(endpoint: Endpoint, issuer: Authority, directory: Path) -> str:
    files = [
        _written(
            issuer.issue(
                endpoint.name,
                key_type=key_type,
                days=(endpoint.days_left - endpoint.lifetime_days, endpoint.days_left + SLACK),
            ),
            directory / f"{endpoint.name}-{endpoint.address}-{key_type}",
            sends_intermediate=endpoint.sends_intermediate,
        )
        for key_type in endpoint.key_types
    ]
    verify = "ssl_verify_client on; ssl_client_certificate client-ca.pem;"
    return SERVER.format(
        listen=" ".join(f"listen {endpoint.address}:{port} ssl;" for port in endpoint.ports),
        name=endpoint.name,
        certificates=" ".join(
            f"ssl_certificate {file}.pem; ssl_certificate_key {file}.key;" for file in files
        ),
        versions=endpoint.version,
        verify=verify if endpoint.client_auth else "",
    )


def _written(credential: Credential, file: Path, *, sends_intermediate: bool) -> Path:
    if not sends_intermediate:
        credential = credential.without_intermediates()
    Path(f"{file}.pem").write_bytes(credential.chain_pem)
    Path(f"{file}.key").write_bytes(credential.key_pem)
    return file


def _wait_for(address: tuple[str, int]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {address}")


CHAT = ("192.0.2.32", 8080)
READY = (("192.0.2.7", 443), ("192.0.2.30", 3128), ("192.0.2.30", 1080), ("192.0.2.31", 4222))

# A page is read seconds or, on a busy machine, minutes after the certificates are made: "5.0 days"
# stays true, and so does "5.01".
SLACK = 0.0149

NGINX = """user root; daemon off; pid nginx.pid; error_log error.log; worker_processes 1;
events {{}}
http {{
  access_log access.log; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{servers}
}}
"""
SERVER = """  server {{
    {listen} server_name {name}; {certificates}
    ssl_protocols {versions}; {verify}
  }}"""

NATS = """listen: 192.0.2.31:4222
tls {{
  cert_file: {directory}/broker.pem
  key_file: {directory}/broker.key
  ca_file: {directory}/client-ca.pem
  verify: true
}}
"""
TINYPROXY = """Port 3128
Listen 192.0.2.30
ConnectPort 443
"""

if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        run(Path(sys.argv[1]))
