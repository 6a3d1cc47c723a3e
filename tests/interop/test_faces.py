"""Every face of real servers: addresses, key types, versions, names and protocols, compared."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.cli import main
from pki import Authority
from servers import Settings
from servers.many_faced import Face, haproxy_that_sends, haproxy_with, nginx_with

if TYPE_CHECKING:
    from pathlib import Path

    from servers import Running

NAME = "api.halfshake.test"
OTHER = "www.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA").pem
LONG = ROOT.issue(NAME)
SHORT = ROOT.issue(NAME, days=(-30, 5))
LONG_RSA = ROOT.issue(NAME, key_type="rsa")
SETTINGS = Settings(LONG, CLIENT_CA)

pytestmark = pytest.mark.interop


class Shell:
    """Runs `halfshake check` as a user would, while NAME resolves to the given addresses."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.ca_file = directory / "ca.pem"
        self.ca_file.write_bytes(ROOT.pem)
        self._capsys = capsys

    def text(self, running: Running, *arguments: str) -> tuple[int, str]:
        """Exit code and output."""
        target = f"{NAME}:{running.port}"
        code = main(["check", "--ca-file", str(self.ca_file), *arguments, target])
        return code, self._capsys.readouterr().out

    def lines(self, running: Running, *arguments: str) -> tuple[int, list[dict[str, Any]], Any]:
        """Exit code, the readings, and the summary."""
        code, out = self.text(running, "--json", *arguments)
        *readings, summary = [json.loads(line) for line in out.splitlines()]
        assert summary["outcome"] == "summary"
        assert summary["schema"] == "halfshake/1"
        return code, readings, summary


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell whose trust store is the tests' root."""
    return Shell(tmp_path, capsys)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the resolver returns for NAME; the test can change them."""
    addresses = ["127.0.0.1"]
    ask = socket.getaddrinfo

    def answer(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != NAME:
            return ask(host, port, *rest, **more)
        return [entry for address in addresses for entry in ask(address, port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return addresses


def codes(summary: dict[str, Any]) -> list[str]:
    """The summary's findings, the worst first."""
    return [finding["code"] for finding in summary["verdict"]["findings"]]


def test_one_address_asks_for_no_client_certificate(
    tmp_path: Path, shell: Shell, names: list[str]
) -> None:
    """The summary names the open address of the pool, exit 2; each address has its own line."""
    names += ["127.0.0.2", "::1"]
    server = nginx_with(
        Face([LONG], CLIENT_CA),
        Face([LONG], None, address="127.0.0.2"),
        Face([LONG], CLIENT_CA, address="::1"),
    )
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--all-addresses")
        _, page = shell.text(running, "--all-addresses")
        nagios_code, nagios = shell.text(running, "--all-addresses", "--nagios")
    open_ = f"127.0.0.2:{running.port}"
    assert code == nagios_code == 2
    assert {reading["address"] for reading in readings} == {
        f"127.0.0.1:{running.port}",
        open_,
        f"[::1]:{running.port}",
    }
    assert {reading["sni"] for reading in readings} == {NAME}
    assert {reading["host"] for reading in readings} == {NAME}
    assert codes(summary) == ["addresses-differ-client-auth"]
    sentence = f"no client certificate is asked for by {open_}, unlike the 2 others"
    assert summary["verdict"]["findings"][0]["message"] == sentence
    assert summary["verdict"]["status"] == "critical"
    assert sentence in page
    assert page.endswith("3 readings: 3 ok\n")
    first = nagios.splitlines()[0]
    assert first.startswith("HALFSHAKE CRITICAL - 3 readings: 3 ok; ")
    assert sentence in first
    labels = [item.partition("=")[0] for item in first.partition("|")[2].split(" '")]
    assert len(labels) == len(set(labels))


def test_one_address_with_an_older_certificate(
    tmp_path: Path, shell: Shell, names: list[str]
) -> None:
    """It is named, with the difference in days; without a majority it is the older one."""
    names.append("127.0.0.2")
    server = nginx_with(
        Face([ROOT.issue(NAME, days=(-60, 30))], CLIENT_CA),
        Face([LONG], CLIENT_CA, address="127.0.0.2"),
    )
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, _, summary = shell.lines(running, "--all-addresses")
    assert code == 1
    assert codes(summary) == ["addresses-differ-not-after", "addresses-differ-certificate"]
    stale = summary["verdict"]["findings"][0]
    assert stale["odd"] == f"127.0.0.1:{running.port}"
    assert 29 < summary["spread"]["seconds"] / 86400 < 31


def test_addresses_that_agree_and_one_that_is_down(
    tmp_path: Path, shell: Shell, names: list[str]
) -> None:
    """Nothing differs; the third address is a separate failure, without another finding."""
    names += ["127.0.0.2", "127.0.0.3"]
    server = nginx_with(Face([LONG], CLIENT_CA), Face([LONG], CLIENT_CA, address="127.0.0.2"))
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--all-addresses", "--all-key-types")
    assert code == 3
    assert sorted(reading["outcome"] for reading in readings) == ["failed", "read", "read"]
    (failed,) = (reading for reading in readings if reading["outcome"] == "failed")
    assert failed["face"]["address"] == "127.0.0.3"
    assert failed["failure"]["reason"] == "connection-refused"
    assert codes(summary) == []
    assert summary["verdict"]["status"] == "ok"


def test_one_second_visit_for_each_address(tmp_path: Path, shell: Shell, names: list[str]) -> None:
    """Addresses, key types and enforcement together: only the needed visits, a line for each."""
    names += ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    server = nginx_with(
        *(Face([LONG, LONG_RSA], CLIENT_CA, address=address) for address in names[:3]),
        Face([LONG, LONG_RSA], None, address=names[3]),
    )
    wanted = ["--all-addresses", "--all-key-types"]
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        requested, _, _ = shell.lines(running, *wanted, "--expect-client-auth", "requested")
        log = tmp_path / "nginx" / "access.log"
        assert log.read_text() == ""
        code, readings, summary = shell.lines(
            running, *wanted, "--all-versions", "--expect-client-auth", "http-enforced"
        )
        second_visits = log.read_text().splitlines()
    assert requested == code == 2
    assert len(second_visits) == 4
    open_ = f"127.0.0.4:{running.port}"
    for reading in readings:
        of_version = "tls_version" in reading["face"]
        expected = "open" if reading["address"] == open_ else "http-enforced"
        assert reading["client_auth"].get("enforcement") == (None if of_version else expected)
        unexpected = [finding["code"] for finding in reading["verdict"]["findings"]]
        assert unexpected == ["unexpected-client-auth"] * (reading["address"] == open_)
    assert codes(summary) == ["addresses-differ-client-auth"] * 2


@pytest.mark.parametrize("versions", ["TLSv1.3", "TLSv1.2"])
def test_an_expiring_twin_is_found(versions: str, tmp_path: Path, shell: Shell) -> None:
    """RSA for 60 days, ECDSA for 5: both are read; a missing EdDSA certificate is not a failure."""
    server = nginx_with(Face([LONG_RSA, SHORT], CLIENT_CA, versions=versions))
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--all-key-types")
    assert code == 2
    left = {reading["key_type"]: reading["verdict"]["days_left"] for reading in readings}
    assert 59 < left["rsa"] <= 60
    assert 4 < left["ecdsa"] <= 5
    assert [absent["key_type"] for absent in summary["faces"]["absent"]] == ["eddsa"]
    assert summary["faces"]["failed"] == []
    assert codes(summary) == ["key-types-differ-not-after"]


def test_haproxy_with_two_certificates(tmp_path: Path, shell: Shell) -> None:
    """Its bundle of an RSA and an ECDSA certificate."""
    server = haproxy_with(LONG_RSA, SHORT, client_ca=CLIENT_CA)
    with server.running(SETTINGS, tmp_path / "haproxy") as running:
        code, readings, _ = shell.lines(running, "--all-key-types")
    assert code == 2
    assert {reading["key_type"] for reading in readings} == {"rsa", "ecdsa"}
    assert all(reading["client_auth"]["requested"] for reading in readings)


def test_three_certificates_and_one_absent_on_one_address(
    tmp_path: Path, shell: Shell, names: list[str]
) -> None:
    """EdDSA is asked for as well; the node that lacks a kind is named."""
    names.append("127.0.0.2")
    ed25519 = ROOT.issue(NAME, key_type="ed25519")
    server = nginx_with(
        Face([LONG, LONG_RSA, ed25519], CLIENT_CA),
        Face([LONG, ed25519], CLIENT_CA, address="127.0.0.2"),
    )
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--all-addresses", "--all-key-types")
    assert code == 1
    assert len(readings) == 5
    assert codes(summary) == ["addresses-differ-key-types"]
    assert summary["verdict"]["findings"][0]["odd"] == f"127.0.0.2:{running.port}"


def test_a_face_for_each_name(tmp_path: Path, shell: Shell) -> None:
    """Client authentication only for the name: without SNI, or for another name, there is none."""
    default = ROOT.issue("default.halfshake.test", days=(-60, -1))
    server = nginx_with(
        Face([default], None),
        Face([LONG], CLIENT_CA, name=NAME),
        Face([ROOT.issue(OTHER)], None, name=OTHER),
    )
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--sni", f"none,unknown,{OTHER},{NAME}")
    # The default server's expired certificate is for nobody: it informs, and alarms nobody.
    assert code == 1
    assert {reading["face"].get("sni"): reading["verdict"]["status"] for reading in readings} == {
        None: "ok",
        "none": "ok",
        "unknown": "ok",
        OTHER: "ok",
    }
    assert "sni" not in next(r for r in readings if r["face"].get("sni") == "none")
    assert codes(summary) == ["sni-differ-client-auth", "sni-differ-certificate"]
    asked = summary["verdict"]["findings"][0]["message"]
    assert asked.startswith(f"a client certificate is asked for under {NAME}, and not ")
    assert "without SNI" in asked


def test_a_server_that_refuses_unknown_names(tmp_path: Path, shell: Shell) -> None:
    """That is fine: absent, and exit 0."""
    server = nginx_with(
        Face([LONG], CLIENT_CA, directives="ssl_reject_handshake on;"),
        Face([LONG], CLIENT_CA, name=NAME),
    )
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--sni", "none,unknown")
    assert code == 0
    assert len(readings) == 1
    assert sorted(absent["sni"] for absent in summary["faces"]["absent"]) == ["none", "unknown"]
    assert {absent["alert"]["name"] for absent in summary["faces"]["absent"]} == {
        "unrecognized_name"
    }


@pytest.mark.parametrize(
    ("hello", "arguments", "open_"),
    [
        # supported_versions is there at all: a TLS 1.3 client.
        ("002b000908", ["--all-versions"], "in TLSv1.2"),
        # The protocols offered are a list of one, http/1.1.
        (
            "0009" + b"\x08http/1.1".hex(),
            ["--alpn", "http/1.1,http/1.0"],
            "without ALPN, with ALPN http/1.0",
        ),
    ],
)
def test_a_client_certificate_is_asked_for_on_one_face_alone(
    hello: str, arguments: list[str], open_: str, tmp_path: Path, shell: Shell
) -> None:
    """HAProxy sends some ClientHellos to a server that asks, the others to one that does not."""
    closed, open_server = nginx_with(Face([LONG], CLIENT_CA)), nginx_with(Face([SHORT], None))
    with (
        closed.running(SETTINGS, tmp_path / "closed") as asks,
        open_server.running(SETTINGS, tmp_path / "open") as asks_not,
        haproxy_that_sends(hello, to=asks.port, others_to=asks_not.port).running(
            SETTINGS, tmp_path / "haproxy"
        ) as running,
    ):
        code, _, summary = shell.lines(running, *arguments)
    axis = "alpn" if "--alpn" in arguments else "versions"
    assert code == 2
    assert codes(summary) == [f"{axis}-differ-client-auth", f"{axis}-differ-certificate"]
    message = summary["verdict"]["findings"][0]["message"]
    assert message.partition(", and not ")[2].endswith(open_)


def test_each_version(tmp_path: Path, shell: Shell) -> None:
    """TLS 1.3 and 1.2 are read, and one more visit shows that there is nothing older."""
    server = nginx_with(Face([LONG], CLIENT_CA))
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--all-versions")
    assert code == 0
    assert [reading["tls"]["version"] for reading in readings] == ["TLSv1.3", "TLSv1.2"]
    assert [absent["tls_version"] for absent in summary["faces"]["absent"]] == ["TLSv1.1"]


def test_each_protocol(tmp_path: Path, shell: Shell) -> None:
    """Several --alpn are offered one by one; one alone is offered, and nothing compared."""
    server = nginx_with(Face([LONG], CLIENT_CA, listen="ssl http2"))
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        code, readings, summary = shell.lines(running, "--alpn", "h2,http/1.1", "--alpn", "x")
        _, single = shell.text(running, "--json", "--alpn", "http/1.1")
    assert code == 0
    assert {reading["tls"].get("alpn_protocol") for reading in readings} == {None, "http/1.1", "h2"}
    assert "x" in {absent["alpn"] for absent in summary["faces"]["absent"]}
    assert json.loads(single)["tls"]["alpn_protocol"] == "http/1.1"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--sni", "192.0.2.1"], "SNI can only hold names"),
        (["--sni", "a b"], "--sni"),
        (["--alpn", "h2,"], "is not a protocol"),
        (["--per-host", "0", "--all-addresses"], "--per-host must be"),
        (["--all-key-types", "--key-type", "rsa"], "leave out --key-type"),
    ],
)
def test_wrong_usage(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, exit 3, nothing read."""
    assert main(["check", *arguments, "127.0.0.1:1"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err


def test_saved_faces_are_compared_again(
    tmp_path: Path, shell: Shell, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`judge` says the same about saved faces as `check` said."""
    names.append("127.0.0.2")
    server = nginx_with(Face([LONG], CLIENT_CA), Face([LONG], None, address="127.0.0.2"))
    with server.running(SETTINGS, tmp_path / "nginx") as running:
        _, out = shell.text(running, "--all-addresses", "--all-key-types", "--json", "--with-der")
    saved = tmp_path / "saved.jsonl"
    saved.write_text(out)
    assert main(["judge", "--json", "--ca-file", str(shell.ca_file), str(saved)]) == 2
    again = json.loads(capsys.readouterr().out.splitlines()[-1])
    before = json.loads(out.splitlines()[-1])
    assert again["verdict"] == before["verdict"]
    assert again["faces"]["absent"] == before["faces"]["absent"]
