"""Who is asked about a case: live curl and Halfshake, both at the same server."""

from __future__ import annotations

import functools
import ssl
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import halfshake
from corpus.live import Question, curl_command
from corpus.serving import port_of
from halfshake.openssl.replay import Replayed, replay
from halfshake.target import is_ip_address
from halfshake.trust.store import trust_store_from_pem

if TYPE_CHECKING:
    from corpus import Case


class CurlAnswer(NamedTuple):
    """curl's exit code, and its last words."""

    code: int
    words: str

    @property
    def accepts(self) -> bool:
        """Did curl get the server's answer? Then chain and name were right."""
        return self.code == 0

    @property
    def saw_the_chain(self) -> bool:
        """Did the server answer at all? A bad signature is a TLS error (35) for curl, too."""
        return "SSL_ERROR_SYSCALL" not in self.words


@functools.cache
def curl_says(case: Case) -> CurlAnswer:
    """Ask a live curl for the page behind the case's chain."""
    question = Question(port_of(case), case.server_name, case.ca_file)
    with tempfile.TemporaryDirectory() as directory:
        ca_file = Path(directory) / "ca.pem"
        ca_file.write_bytes(case.ca_file)
        command = curl_command(question, str(ca_file))
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return CurlAnswer(ended.returncode, ended.stderr.strip())


@functools.cache
def halfshake_sees(case: Case, *, client_auth: bool = False) -> halfshake.Observation:
    """Read the case's server, which may refuse us; its certificate must be readable."""
    port = port_of(case, client_auth=client_auth)
    target = halfshake.parse_target(f"127.0.0.1:{port}", server_name=case.server_name)
    seen = halfshake.probe_blocking(target)
    assert isinstance(seen, halfshake.Observation), f"{case.name}: {seen}"
    return seen


def halfshake_says(case: Case, *, client_auth: bool = False) -> halfshake.Verdict:
    """Read the case's server and judge it by the case's CA file."""
    store = trust_store_from_pem(case.ca_file, "ca.pem")
    return halfshake.judge(halfshake_sees(case, client_auth=client_auth), store)


def accepts(verdict: halfshake.Verdict) -> bool:
    """Would a client that agrees with the verdict continue?"""
    return bool(verdict.trusted and verdict.name_matches)


def strict_replay(case: Case) -> Replayed:
    """Show the case's chain to this Python's OpenSSL under the flags of 3.13's default context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= (
        ssl.VerifyFlags.VERIFY_X509_STRICT | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    )
    context.load_verify_locations(
        cadata=b"".join(trust_store_from_pem(case.ca_file, "ca.pem").anchors)
    )
    seen = halfshake_sees(case)
    rsa = seen.end_entity.key_type == "RSA"
    return replay(context, case.presented, server_name=reference(case), rsa=rsa)


def reference(case: Case) -> str:
    """The name that a client without IDNA support asks for."""
    if is_ip_address(case.server_name):
        return case.server_name
    return halfshake.parse_target("127.0.0.1", server_name=case.server_name).server_name
