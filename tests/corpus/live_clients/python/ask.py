"""Asks Python's default context about servers on loopback: the standard library, nothing else.

A question is a line on standard input: port, name, when to ask (seconds since 1970, 0 for at once),
and the path of a CA file, divided by tabs. The answer is a line on standard output: "accepted", or
why not.
"""

import socket
import ssl
import sys
import time
from pathlib import Path


def ask(port: int, name: str, ca_file: str) -> str:
    """Go as far as the certificate's verdict, and no further."""
    context = ssl.create_default_context(cadata=Path(ca_file).read_text())
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        try:
            with context.wrap_socket(connection, server_hostname=name):
                return "accepted"
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        except (OSError, ValueError) as error:
            return type(error).__name__


for line in sys.stdin:
    port, name, at, ca_file = line.rstrip("\n").split("\t")
    time.sleep(max(0.0, float(at) - time.time()))
    print(ask(int(port), name, ca_file), flush=True)  # noqa: T201
