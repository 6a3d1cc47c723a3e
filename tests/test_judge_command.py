"""`halfshake judge` on saved readings; and what both commands reject before they do anything."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from pathlib import Path

NAME = "api.halfshake.test"


class Desk:
    """A directory with a CA, a saved reading, and a shell to run commands in."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.root = Authority.root("Corp CA")
        self.credential = self.root.issue(NAME)
        (directory / "ca.pem").write_bytes(self.root.pem)
        (directory / "other.pem").write_bytes(Authority.root("Next year's CA").pem)

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run halfshake here."""
        return subprocess.run(
            [sys.executable, "-m", "halfshake", *arguments],
            cwd=self.directory,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def verdict(self, *arguments: str) -> dict[str, object]:
        """Judge the saved reading; return its verdict."""
        done = self.run("judge", "saved.jsonl", "--json", *arguments)
        assert done.stderr == ""
        verdict: dict[str, object] = json.loads(done.stdout)["verdict"]
        return verdict


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a reading of a real nginx that requires a client certificate."""
    directory = tmp_path_factory.mktemp("desk")
    desk = Desk(directory)
    settings = Settings(desk.credential, Authority.root("Client CA").pem)
    with NGINX.running(settings, directory / "nginx") as running:
        done = desk.run(
            "check", "--json", "--with-der", "--ca-file", "ca.pem",
            "--server-name", NAME, f"127.0.0.1:{running.port}",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (directory / "saved.jsonl").write_text(done.stdout)
    return desk


def test_it_says_what_the_live_check_said(desk: Desk) -> None:
    """At the time of the reading, with the same store."""
    saved = json.loads((desk.directory / "saved.jsonl").read_text())
    live = saved["verdict"]
    again = desk.verdict("--ca-file", "ca.pem", "--at", saved["observed_at"])
    for late in (live, again):  # the live verdict came a little after the reading
        for key in ("seconds_left", "path_seconds_left", "days_left", "lifetime_ratio_left"):
            late[key] = round(float(late[key]))  # type: ignore[arg-type]
    assert abs(live.pop("seconds_left") - again.pop("seconds_left")) <= 30  # a busy machine
    live.pop("path_seconds_left"), again.pop("path_seconds_left")
    assert again == live


def test_time_travel(desk: Desk) -> None:
    """On another day it is another verdict."""
    assert desk.run("judge", "saved.jsonl", "--ca-file", "ca.pem").returncode == 0
    later = (datetime.now(UTC) + timedelta(days=95)).date().isoformat()
    done = desk.run("judge", "saved.jsonl", "--ca-file", "ca.pem", "--at", later)
    assert done.returncode == 2
    assert "expired 3" in done.stdout


def test_another_trust_store(desk: Desk) -> None:
    """Will our partners' root of next year accept us?"""
    verdict = desk.verdict("--ca-file", "other.pem")
    assert verdict["trusted"] is False
    assert verdict["status"] == "critical"


def test_another_name(desk: Desk) -> None:
    """The name can be changed as well."""
    assert desk.verdict("--ca-file", "ca.pem", "--server-name", "x.test")["name_matches"] is False


def test_a_pipe(desk: Desk) -> None:
    """`-` is standard input; the page and Nagios's line are available too."""
    saved = (desk.directory / "saved.jsonl").read_text()
    done = desk.run("judge", "-", "--ca-file", "ca.pem", "--nagios", stdin=saved)
    assert done.stdout.startswith("HALFSHAKE OK - 127.0.0.1:")


def test_bad_lines_stop_no_other(desk: Desk) -> None:
    """Each is reported, and the good one between them is judged."""
    saved = (desk.directory / "saved.jsonl").read_text()
    bare = json.loads(saved)
    for entry in bare["chain"]:
        del entry["der"]
    lines = ["{", "[]", '{"schema": "other/2"}', json.dumps(bare), "", saved.strip(), '"\xff"']
    done = desk.run("judge", "-", "--ca-file", "ca.pem", "--json", stdin="\n".join(lines))
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    complaints = done.stderr.splitlines()
    assert [line.partition(":")[2].split()[2].rstrip(":") for line in complaints] == [
        "1", "2", "3", "4", "7",
    ]  # fmt: skip
    assert "--with-der" in complaints[3]
    assert "Traceback" not in done.stderr


def test_a_failed_reading_stays_failed(desk: Desk) -> None:
    """Its reason and advice are printed again."""
    failed = desk.run("check", "--json", "127.0.0.1:1", "--timeout", "5").stdout
    done = desk.run("judge", "-", "--ca-file", "ca.pem", stdin=failed)
    assert done.returncode == 3
    assert "connection-refused" in done.stdout


def test_a_key_reused_between_two_readings(desk: Desk) -> None:
    """It is compared with the previous reading of the same target."""
    first = json.loads((desk.directory / "saved.jsonl").read_text())
    second = json.loads(json.dumps(first))
    renewed = desk.root.issue(NAME, key=desk.credential.key).chain[0]
    import base64

    second["chain"][0]["der"] = base64.b64encode(renewed.public_bytes(Encoding.DER)).decode()
    lines = f"{json.dumps(first)}\n{json.dumps(second)}\n"
    done = desk.run("judge", "-", "--ca-file", "ca.pem", "--json", stdin=lines)
    before, after = (json.loads(line)["verdict"]["findings"] for line in done.stdout.splitlines())
    assert before == []
    assert [finding["code"] for finding in after] == ["key-reused"]


NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def bad_files(desk: Desk) -> Desk:
    """Files that are wrong in different ways."""
    directory = desk.directory
    (directory / "empty.pem").write_bytes(b"")
    (directory / "text.pem").write_text("this is no certificate\n")
    half = desk.root.pem[:200]
    (directory / "half.pem").write_bytes(half)
    broken = desk.root.pem.replace(b"\nMII", b"\nMI!", 1)
    (directory / "broken.pem").write_bytes(desk.root.pem + broken)
    stale = desk.root.revocation_list(last=NOW - timedelta(days=9), until=NOW - timedelta(days=1))
    (directory / "stale.crl").write_bytes(stale.public_bytes(Encoding.PEM))
    fresh = {"last": NOW - timedelta(days=1), "until": NOW + timedelta(days=9)}
    impostor = Authority.root("Corp CA").revocation_list(**fresh)
    (directory / "impostor.crl").write_bytes(impostor.public_bytes(Encoding.PEM))
    stranger = Authority.root("Stranger").revocation_list(**fresh)
    (directory / "stranger.crl").write_bytes(stranger.public_bytes(Encoding.DER))
    good = desk.root.revocation_list(desk.credential.chain[0].serial_number, **fresh)
    (directory / "good.crl").write_bytes(good.public_bytes(Encoding.PEM))
    return desk


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--ca-file missing.pem", "missing.pem cannot be read: No such file"),
        ("--ca-file empty.pem", "empty.pem holds no certificate"),
        ("--ca-file text.pem", "text.pem holds no certificate"),
        ("--ca-file half.pem", "half.pem holds no certificate"),
        ("--ca-file broken.pem", "certificate 2 is broken"),
        ("--ca-file ca.pem --crl-file stale.crl", "stale.crl has been out of date since"),
        ("--ca-file ca.pem --crl-file impostor.crl", "is not signed by CN=Corp CA"),
        ("--ca-file ca.pem --crl-file stranger.crl", "CRL of CN=Stranger, which is not in ca.pem"),
        ("--ca-file ca.pem --crl-file ca.pem", "holds no readable CRL"),
        ("--ca-file ca.pem --crl-file missing.crl", "missing.crl cannot be read"),
        ("--ca-file ca.pem -w 5d -c 9d", "--critical is more than --warning"),
        ("--ca-file ca.pem --path-warning 10% --path-critical 20%", "--path-critical is more"),
        ("--ca-file ca.pem --severity nonsense=info", "does not name a finding"),
        ("--ca-file ca.pem --severity cn-only=loud", "info, warning, critical or ignore"),
        ("--ca-file ca.pem --expect-spki abc", "is not a SHA-256"),
        ("--ca-file ca.pem --expect-file text.pem", "text.pem holds no certificate"),
        ("--ca-file ca.pem --at tomorrow", "is not a valid time"),
        ("--ca-file ca.pem --with-der", "--with-der only works together with --json"),
    ],
)
@pytest.mark.parametrize("command", ["check 127.0.0.1:1", "judge saved.jsonl"])
def test_bad_input_is_refused_at_once(
    bad_files: Desk, command: str, arguments: str, says: str
) -> None:
    """One sentence, exit 3, and nothing done."""
    done = bad_files.run(*command.split(), *arguments.split())
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert says in done.stderr


def test_a_good_crl(bad_files: Desk) -> None:
    """A revoked certificate is found."""
    verdict = bad_files.verdict("--ca-file", "ca.pem", "--crl-file", "good.crl")
    assert verdict["status"] == "critical"
    assert [finding["code"] for finding in verdict["findings"]] == ["revoked"]  # type: ignore[attr-defined]


def test_an_intermediates_crl_with_its_certificate(desk: Desk) -> None:
    """An intermediate's CRL needs the intermediate's certificate in the same file."""
    intermediate = desk.root.intermediate()
    crl = intermediate.revocation_list(last=NOW - timedelta(days=1), until=NOW + timedelta(days=9))
    (desk.directory / "alone.crl").write_bytes(crl.public_bytes(Encoding.PEM))
    both = crl.public_bytes(Encoding.PEM) + intermediate.pem
    (desk.directory / "both.crl").write_bytes(both)
    alone = desk.run("judge", "saved.jsonl", "--ca-file", "ca.pem", "--crl-file", "alone.crl")
    assert alone.returncode == 3
    assert "put its certificate into the CRL file" in alone.stderr
    done = desk.run("judge", "saved.jsonl", "--ca-file", "ca.pem", "--crl-file", "both.crl")
    assert "crl-missing" in done.stdout


@pytest.mark.parametrize("form", ["hex", "colons", "curl"])
def test_pins_in_every_spelling(desk: Desk, form: str) -> None:
    """Hex, hex with colons, and curl's sha256//base64."""
    import base64

    digest = json.loads((desk.directory / "saved.jsonl").read_text())["chain"][0]["spki_sha256"]
    spelled = {
        "hex": digest.upper(),
        "colons": ":".join(digest[at : at + 2] for at in range(0, 64, 2)),
        "curl": "sha256//" + base64.b64encode(bytes.fromhex(digest)).decode(),
    }[form]
    assert desk.verdict("--ca-file", "ca.pem", "--expect-spki", spelled)["status"] == "ok"


def test_a_mistake_of_ours_stops_no_other(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If judging fails, the target has a failure that names us, and the next one is judged."""
    from halfshake.cli import main
    from halfshake.trust import verdict
    from halfshake.trust.verdict import judge_again

    calls = []

    def fails_once(*arguments: object, **more: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            raise ZeroDivisionError("oops")
        return judge_again(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(verdict, "judge_again", fails_once)
    saved = (desk.directory / "saved.jsonl").read_text()
    (desk.directory / "two.jsonl").write_text(saved * 2)
    ca_file = str(desk.directory / "ca.pem")
    code = main(["judge", "--json", "--ca-file", ca_file, str(desk.directory / "two.jsonl")])
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["failure"]["reason"] == "internal-error"
    assert second["verdict"]["status"] == "ok"
    assert code == 3


def test_the_families_whose_refusal_counts(desk: Desk) -> None:
    """`--clients` names them; one that is none is wrong usage."""
    done = desk.run("judge", "saved.jsonl", "--ca-file", "ca.pem", "--clients", "go,java")
    assert done.returncode == 0, done.stdout
    assert "accepted by all clients asked: OpenSSL, Python up to 3.12," in done.stdout
    done = desk.run("judge", "saved.jsonl", "--clients", "netscape")
    assert done.returncode == 3
    assert "'netscape' is no family of clients" in done.stderr
