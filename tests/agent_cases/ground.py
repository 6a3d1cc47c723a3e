"""What the cases need: the trusted CAs, and the real servers in their modes."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from cryptography.hazmat.primitives.serialization import Encoding

from pki import Authority
from servers import Server, Settings, free_port
from servers.blocking import scripted
from servers.catalogue import ALL_SERVERS, NGINX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from cryptography import x509

    from pki import Credential

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")
STRANGER = Authority.root("Stranger")
BY_NAME = {server.name: server for server in ALL_SERVERS}
OPENSSL, GO, JAVA = BY_NAME["openssl"], BY_NAME["go"], BY_NAME["jsse"]
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


def serving(
    server: Server, credential: Credential, *versions: str, client_auth: bool = True
) -> Callable[[Path], AbstractContextManager[int]]:
    """Run one of the catalogue's servers; return its port."""

    @contextlib.contextmanager
    def serve(directory: Path) -> Iterator[int]:
        settings = Settings(
            credential, CLIENT_CA.pem, versions or ("TLSv1.2", "TLSv1.3"), client_auth
        )
        with server.running(settings, directory) as running:
            yield running.port

    return serve


def playing(
    script: Callable[[socket.socket], None],
) -> Callable[[Path], AbstractContextManager[int]]:
    """Run a server that only follows a script."""
    return lambda _: scripted(script)


@contextlib.contextmanager
def playing_many(script: Callable[[socket.socket], None], count: int) -> Iterator[list[int]]:
    """Run several servers that only follow a script."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(scripted(script)) for _ in range(count)]


@contextlib.contextmanager
def nothing(_: Path) -> Iterator[int]:
    """Return a port where nothing listens."""
    yield free_port()


@contextlib.contextmanager
def no_such_name(_: Path) -> Iterator[int]:
    """Let the resolver answer that there is no such name, wherever this runs."""
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with mock.patch("socket.getaddrinfo", side_effect=unknown):
        yield 443


def old_openssl(option: str) -> Server:
    """An s_server that speaks nothing newer than TLS 1.0 or 1.1."""

    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        command = OPENSSL.prepare(settings, directory, port)
        kept = [part for part in command if not part.startswith("-no_tls")]
        return [*kept, option, "-cipher", "ALL@SECLEVEL=0"]

    return dataclasses.replace(OPENSSL, prepare=prepare)


def nginx(*changes: tuple[str, str]) -> Server:
    """An nginx whose configuration has some text replaced."""

    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        command = NGINX.prepare(settings, directory, port)
        file = directory / "nginx.conf"
        text = file.read_text()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        file.write_text(text)
        return command

    return dataclasses.replace(NGINX, prepare=prepare)


def nginx_with_another(credential: Credential) -> Server:
    """An nginx that shows one of two certificates, as the client's offer suits."""

    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        command = NGINX.prepare(settings, directory, port)
        chain, key = credential.write(directory, "another")
        file = directory / "nginx.conf"
        both = f"ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols"
        file.write_text(file.read_text().replace("ssl_protocols", both))
        return command

    return dataclasses.replace(NGINX, prepare=prepare)


def _nginx_stream(settings: Settings, directory: Path, port: int) -> list[str]:
    chain, key = settings.credential.write(directory, "server")
    client_ca = directory / "client-ca.pem"
    client_ca.write_bytes(settings.client_ca_pem)
    user = "user root;" if Path("/root").owner() == directory.owner() else ""
    module = f"load_module {STREAM_MODULE};" if STREAM_MODULE.exists() else ""
    (directory / "nginx.conf").write_text(f"""{module} {user}
daemon off; pid nginx.pid; error_log error.log; worker_processes 1;
events {{}}
stream {{
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {key};
    ssl_protocols {" ".join(settings.versions)};
    ssl_verify_client on; ssl_client_certificate {client_ca};
    return ok;
  }}
}}
""")
    return ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf")]


NGINX_STREAM = Server("nginx stream", "nginx", _nginx_stream, log_files=("error.log",))
NGINX_OPTIONAL = nginx(("ssl_verify_client on", "ssl_verify_client optional"))
NGINX_STRICT = nginx(("ssl_certificate ", "ssl_reject_handshake on; ssl_certificate "))


def python_serving(
    credential: Credential, version: ssl.TLSVersion
) -> Callable[[Path], AbstractContextManager[int]]:
    """Run a server on Python's ssl with CERT_REQUIRED."""

    @contextlib.contextmanager
    def serve(directory: Path) -> Iterator[int]:
        directory.mkdir(parents=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*credential.write(directory, "server"))
        context.load_verify_locations(cadata=CLIENT_CA.certificate.public_bytes(Encoding.DER))
        context.verify_mode = ssl.CERT_REQUIRED
        context.minimum_version = context.maximum_version = version

        def script(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True):
                pass

        with scripted(script) as port:
            yield port

    return serve


@contextlib.contextmanager
def accepting_on(
    address: str,
    port: int,
    credential: Credential,
    directory: Path,
    *,
    client_ca: x509.Certificate | None = None,
) -> Iterator[None]:
    """Run a server on a given address and port; with a `client_ca` it demands a certificate."""
    directory.mkdir(parents=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*credential.write(directory, "server"))
    if client_ca is not None:
        context.load_verify_locations(cadata=client_ca.public_bytes(Encoding.DER))
        context.verify_mode = ssl.CERT_REQUIRED

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), connection:
                    context.wrap_socket(connection, server_side=True)

    with socket.create_server((address, port)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@contextlib.contextmanager
def web_server(paths: dict[str, bytes]) -> Iterator[str]:
    """A web server, where a CA would publish its certificates; gives its address."""

    class Published(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = paths.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Published) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
