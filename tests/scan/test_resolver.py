"""`halfshake scan --resolver`: names from DNS servers that are asked directly; a real dnsmasq."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from halfshake.commands.scanning import resolver_of
from halfshake.dial.name_servers import NameServers
from halfshake.dial.tcp import resolve
from halfshake.errors import FailureReason, ResolveFailed, UsageError
from scan.scanning import manifest, results, scan
from servers.expiring import NAME, expiring_nginx, write_ca
from servers.name_server import name_server

if TYPE_CHECKING:
    from pathlib import Path

ADDRESSES = (
    f"--address=/{NAME}/127.0.0.1",
    "--host-record=both.halfshake.test,192.0.2.7,2001:db8::7",
    "--host-record=old.halfshake.test,192.0.2.8",
)


@pytest.mark.interop
def test_names_are_asked_of_the_server_that_is_named(tmp_path: Path) -> None:
    """Those that it knows, those that do not exist, and those that it refuses."""
    write_ca(tmp_path)
    output = tmp_path / "out.jsonl"
    with expiring_nginx(tmp_path) as nginx, name_server(*ADDRESSES) as port:
        names = [NAME, "none.halfshake.test", "elsewhere.example", "localhost"]
        listed = tmp_path / "targets.txt"
        listed.write_text("".join(f"{name}:{nginx.port}\n" for name in names))
        asked = ["--resolver", f"127.0.0.1:{port}", "--ca-file", tmp_path / "ca.pem"]
        scan(listed, "-o", output, "--allow", "127.0.0.0/8", *asked)
        shy = tmp_path / "shy.jsonl"
        scan(listed, "-o", shy, *asked)
    found = {result["host"]: result for result in results(output)}
    assert found[NAME]["address"] == f"127.0.0.1:{nginx.port}"
    assert found[NAME]["key_possession"] == "proven"
    assert found["none.halfshake.test"]["failure"]["reason"] == "name-not-found"
    assert found["elsewhere.example"]["failure"]["reason"] == "resolver-failed"
    # /etc/hosts comes first, as it does for other programs.
    assert found["localhost"]["outcome"] == "read"
    assert manifest(output)["targets"] == len(names)
    # A name may lead into a private network only where that is allowed, whoever answers.
    reasons = {result["host"]: result["failure"]["reason"] for result in results(shy)}
    assert reasons[NAME] == "not-allowed"


@pytest.mark.interop
def test_both_kinds_of_addresses() -> None:
    """One of them only, if asked for; and a name without that kind has no address."""

    async def ask(host: str, family: int | None) -> list[tuple[int, str, int]]:
        resolve = resolver_of([f"127.0.0.1:{port}"], family)
        return [(kind, str(where[0]), where[1]) for kind, where in await resolve(host, 8443)]

    with name_server(*ADDRESSES) as port:
        both = asyncio.run(ask("both.halfshake.test", None))
        assert set(both) == {
            (socket.AF_INET, "192.0.2.7", 8443),
            (socket.AF_INET6, "2001:db8::7", 8443),
        }
        only = asyncio.run(ask("both.halfshake.test", socket.AF_INET6))
        assert only == [(socket.AF_INET6, "2001:db8::7", 8443)]
        with pytest.raises(ResolveFailed) as failed:
            asyncio.run(ask("old.halfshake.test", socket.AF_INET6))
    assert failed.value.reason is FailureReason.name_not_found


def test_a_server_that_says_nothing(tmp_path: Path) -> None:
    """The deadline of a target ends its lookup too; the scan ends at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        listed, output = tmp_path / "targets.txt", tmp_path / "out.jsonl"
        listed.write_text("".join(f"h{number}.halfshake.test\n" for number in range(50)))
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        scan(listed, "-o", output, "--timeout", "0.5", "--resolver", where)
    reasons = [result["failure"]["reason"] for result in results(output)]
    assert reasons == ["deadline-exceeded"] * 50


@pytest.mark.parametrize(
    "server", ["nonsense", "192.0.2.53:", "192.0.2.53:99999", "[::1", "dns.example", "1.2.3"]
)
def test_what_is_no_server(server: str) -> None:
    """One sentence that shows what to write."""
    with pytest.raises(UsageError, match=r"^--resolver .*2001:db8::53"):
        resolver_of([server], None)


def test_one_or_the_other() -> None:
    """The system's resolver is the default; it cannot be mixed with servers."""
    assert resolver_of([], None) is resolve
    assert resolver_of(["system"], None) is resolve
    assert resolver_of(["192.0.2.53", "2001:db8::53", "[2001:db8::53]:5353"], None) is not resolve
    with pytest.raises(UsageError, match="not both"):
        resolver_of(["dns", "192.0.2.53"], None)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that brings it."""
    monkeypatch.setitem(sys.modules, "aiodns", None)
    with pytest.raises(UsageError, match=r"pip install 'halfshake\[fast\]'"):
        NameServers()
