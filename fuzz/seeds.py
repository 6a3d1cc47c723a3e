"""Records the first flights of real servers as seeds: `seeds.py FOLDER`.

It makes a folder for each mode below it. The client uses the randomness of the harness, so a
recorded TLS 1.3 flight can be decrypted again.
"""

from __future__ import annotations

import hashlib
import socket
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "fuzz"), str(ROOT / "tests")]

from halfshake.tls.keys.key_exchange import key_share_groups  # noqa: E402
from halfshake.tls.record import RecordReader  # noqa: E402
from halfshake.tls.registries.codepoints import ExtensionType, HandshakeType  # noqa: E402
from halfshake.tls.server_flight import HELLO_RETRY_REQUEST_RANDOM  # noqa: E402
from harness import OPENINGS, Part  # noqa: E402 - its folder is no package
from pki import Authority  # noqa: E402
from servers import Settings  # noqa: E402
from servers.catalogue import ALL_SERVERS  # noqa: E402
from tls_peer import TLS13, extension, half_handshake, key_share, server_hello  # noqa: E402


def main(folder: Path) -> None:
    """Visit every installed server, in both versions and with each key type."""
    _write_retries(folder)
    root = Authority.root()
    authority = root.intermediate()
    client_ca = Authority.root("Client CA").pem
    for server in ALL_SERVERS:
        if server.executable is None:
            continue
        for version in ("TLSv1.2", "TLSv1.3"):
            for key_type in server.key_types:
                settings = Settings(
                    authority.issue("a.test", "192.0.2.7", key_type=key_type), client_ca, (version,)
                )
                with (
                    tempfile.TemporaryDirectory() as directory,
                    server.running(settings, Path(directory) / "server") as running,
                ):
                    _record(running.port, folder)
                print(server.name, version, key_type)  # noqa: T201 - a script


def _write_retries(folder: Path) -> None:
    """HelloRetryRequests, which no server above sends: one per group, each with a cookie."""
    cookie = extension(ExtensionType.cookie, b"\x00\x04cook")
    for group in key_share_groups():
        wanted = extension(ExtensionType.key_share, group.to_bytes(2, "big"))
        request = server_hello(TLS13, wanted, cookie, random=HELLO_RETRY_REQUEST_RANDOM)
        answer = server_hello(TLS13, key_share(group, bytes(range(65))))
        _keep(folder / "records", b"\x03" + request + answer)


def _record(port: int, folder: Path) -> None:
    messages: list[tuple[int, bytes]] = []
    take = RecordReader.next_message

    def noted(reader: RecordReader) -> object:
        message = take(reader)
        if message is not None:
            messages.append((message.handshake_type, message.encoded[4:]))
        return message

    RecordReader.next_message = noted  # type: ignore[assignment, method-assign]
    wire = b""
    half = half_handshake()
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            while half.server_flight is None:
                connection.sendall(half.data_to_send())
                received = connection.recv(65536)
                wire += received
                half.receive_data(received)
    finally:
        RecordReader.next_message = take  # type: ignore[method-assign]
    following = b"".join(
        Part(kind, body).encoded() for kind, body in messages if kind != HandshakeType.server_hello
    )
    _keep(folder / "records", b"\x05" + wire)
    for number, opening in enumerate(OPENINGS):
        if (opening.group is not None) == (half.server_flight.version == 0x0304):
            _keep(folder / "messages", bytes([number, number]) + following)


def _keep(folder: Path, seed: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
