"""nginx and HAProxy with several faces: addresses, names, certificates and versions that differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from servers import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pki import Credential
    from servers import Settings


@dataclass(frozen=True)
class Face:
    """One nginx server: where it listens, for which name, what it shows and what it asks for.

    The first server of an address is the default for unknown names. Without a `client_ca` it asks
    for nothing.
    """

    credentials: Sequence[Credential]
    client_ca: bytes | None
    address: str = "127.0.0.1"
    name: str = "_"
    versions: str = "TLSv1.2 TLSv1.3"
    directives: str = ""
    listen: str = "ssl"


def nginx_with(*faces: Face) -> Server:
    """Serve all of them on one port."""

    def prepare(_: Settings, directory: Path, port: int) -> list[str]:
        user = "user root;" if Path("/root").owner() == directory.owner() else ""
        servers = "".join(_server(face, directory, port, at) for at, face in enumerate(faces))
        (directory / "nginx.conf").write_text(f"""{user}
daemon off; pid nginx.pid; error_log error.log; worker_processes 1;
events {{}}
http {{
  access_log access.log; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  {servers}
}}
""")
        return ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf")]

    return Server("nginx", "nginx", prepare, log_files=("error.log",))


def _server(face: Face, directory: Path, port: int, at: int) -> str:
    lines = []
    for number, credential in enumerate(face.credentials):
        chain, key = credential.write(directory, f"face{at}-{number}")
        lines.append(f"ssl_certificate {chain}; ssl_certificate_key {key};")
    if face.client_ca is not None:
        client_ca = directory / f"face{at}-ca.pem"
        client_ca.write_bytes(face.client_ca)
        lines.append(f"ssl_verify_client on; ssl_client_certificate {client_ca};")
    host = f"[{face.address}]" if ":" in face.address else face.address
    return (
        f"server {{ listen {host}:{port} {face.listen}; server_name {face.name}; "
        f"ssl_protocols {face.versions}; {' '.join(lines)} {face.directives} }}\n"
    )


def haproxy_with(*credentials: Credential, client_ca: bytes) -> Server:
    """HAProxy with a certificate for each key type, named api.pem.rsa, api.pem.ecdsa."""

    def prepare(_: Settings, directory: Path, port: int) -> list[str]:
        for credential in credentials:
            kind = "rsa" if isinstance(credential.key, RSAPrivateKey) else "ecdsa"
            (directory / f"api.pem.{kind}").write_bytes(credential.chain_pem + credential.key_pem)
        (directory / "client-ca.pem").write_bytes(client_ca)
        (directory / "haproxy.cfg").write_text(f"""global
  ssl-load-extra-files bundle
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend tls
  bind 127.0.0.1:{port} ssl crt {directory}/api.pem ca-file client-ca.pem verify required
  http-request return status 200
""")
        return ["haproxy", "-db", "-f", str(directory / "haproxy.cfg")]

    return Server("haproxy", "haproxy", prepare)


def haproxy_that_sends(hello: str, *, to: int, others_to: int) -> Server:
    """Pass TLS on to one port where the ClientHello has these bytes (hex), to another else."""

    def prepare(_: Settings, directory: Path, port: int) -> list[str]:
        (directory / "haproxy.cfg").write_text(f"""
defaults
  mode tcp
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend tls
  bind 127.0.0.1:{port}
  tcp-request inspect-delay 2s
  tcp-request content accept if {{ req.ssl_hello_type 1 }}
  use_backend named if {{ req.payload(0,0),hex -m sub -i {hello} }}
  default_backend others
backend named
  server one 127.0.0.1:{to}
backend others
  server two 127.0.0.1:{others_to}
""")
        return ["haproxy", "-db", "-f", str(directory / "haproxy.cfg")]

    return Server("haproxy", "haproxy", prepare)
