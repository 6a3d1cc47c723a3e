"""Certificates in files: every format, bundles, globs, directories, kubeconfigs, trust stores."""

from __future__ import annotations

import base64
import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from halfshake.cli import main
from halfshake.errors import FileFailed
from halfshake.stored.formats import certificates_in
from pki import Authority, Credential

if TYPE_CHECKING:
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
CREDENTIAL = ROOT.intermediate().issue(NAME)
LEAF = CREDENTIAL.chain[0]


def check(
    capsys: pytest.CaptureFixture[str], directory: Path, *arguments: str
) -> tuple[int, list[dict[str, Any]]]:
    """Run `halfshake check --json`; exit code and documents."""
    ca_file = directory / "trusted-root"
    ca_file.write_bytes(ROOT.pem)
    code = main(["check", "--json", "--ca-file", str(ca_file), *arguments])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, [json.loads(line) for line in captured.out.splitlines()]


def p12(credential: Credential, password: bytes | None = None) -> bytes:
    """A key store, with its key."""
    return pkcs12.serialize_key_and_certificates(
        b"api",
        credential.key,
        credential.chain[0],
        credential.chain[1:],
        BestAvailableEncryption(password) if password else NoEncryption(),
    )


def broken_key() -> bytes:
    """A key block that no parser accepts: reading it fails."""
    return b"-----BEGIN PRIVATE KEY-----\nbm8ga2V5IGF0IGFsbA==\n-----END PRIVATE KEY-----\n"


FORMATS = {
    "bundle.pem": CREDENTIAL.chain_pem,
    "with-text.pem": b"subject: me\r\n" + CREDENTIAL.chain_pem.replace(b"\n", b"\r\n"),
    "with-key.pem": broken_key() + CREDENTIAL.chain_pem,
    "cert.der": LEAF.public_bytes(Encoding.DER),
    "chain.p7b": pkcs7.serialize_certificates(list(CREDENTIAL.chain), Encoding.PEM),
    "chain.p7c": pkcs7.serialize_certificates(list(CREDENTIAL.chain), Encoding.DER),
    "store.p12": p12(CREDENTIAL),
    "secret.pfx": p12(CREDENTIAL, b"geheim"),
}


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Judged like a chain that was presented; what only a server can say is absent."""
    (tmp_path / name).write_bytes(FORMATS[name])
    (tmp_path / "password").write_text("geheim\n")
    arguments = ["--server-name", NAME, "--password-file", str(tmp_path / "password")]
    code, (document,) = check(capsys, tmp_path, *arguments, f"file:{tmp_path}/{name}")
    assert document["outcome"] == "read", document
    fingerprints = {certificate["sha256"] for certificate in document["chain"]}
    assert LEAF.fingerprint(_sha256()).hex() == document["chain"][0]["sha256"]
    if name != "cert.der":
        assert len(fingerprints) == 2
        assert code == 0
        assert document["verdict"]["trusted"] is True
        assert document["verdict"]["findings"] == []
    else:  # a leaf alone is an incomplete chain, as it would be on a server
        assert document["verdict"]["trusted"] is False
    assert document["verdict"]["name_matches"] is True
    assert document["key_possession"] == "unproven"
    for absent in ("tls", "client_auth", "host", "port"):
        assert absent not in document


def test_the_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and for Nagios, without a word of TLS."""
    (tmp_path / "a.pem").write_bytes(CREDENTIAL.chain_pem)
    (tmp_path / "ca").write_bytes(ROOT.pem)
    for option in ([], ["--nagios"]):
        arguments = ["check", *option, "--ca-file", str(tmp_path / "ca")]
        assert main([*arguments, f"file:{tmp_path}/a.pem"]) == 0
        page = capsys.readouterr().out
        assert "None" not in page
        assert "client certificate" not in page


def test_every_certificate_of_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An expired certificate after the first is found, on the path and off it."""
    expired = Authority.root("Old Root").issue("old.test", days=(-60, -30))
    (tmp_path / "a.pem").write_bytes(CREDENTIAL.chain_pem + expired.chain_pem)
    code, (document,) = check(capsys, tmp_path, f"file:{tmp_path}/a.pem")
    assert code == 1
    (finding,) = document["verdict"]["findings"]
    assert (finding["code"], finding["depth"]) == ("stored-certificate-expired", 2)
    old = ROOT.intermediate("Old CA", days=(-300, -1)).issue(NAME)
    (tmp_path / "b.pem").write_bytes(old.chain_pem)
    code, (document,) = check(capsys, tmp_path, f"file:{tmp_path}/b.pem")
    assert code == 2
    assert document["verdict"]["trusted"] is False


@pytest.mark.parametrize(
    ("name", "content", "arguments", "reason", "sentence"),
    [
        ("gone.pem", None, [], "file-unreadable", "No such file"),
        ("empty.pem", b"", [], "file-without-certificate", "no certificate"),
        ("notes.txt", b"hello", [], "file-without-certificate", "no certificate"),
        ("key.pem", broken_key(), [], "file-without-certificate", "the key was not read"),
        ("cut.pem", CREDENTIAL.chain_pem[:200], [], "file-without-certificate", "no certificate"),
        (
            "bad.pem",
            b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
            [],
            "file-broken",
            "base64",
        ),
        ("bad.p7b", b"\x30\x03\x06\x01\x00", [], "file-broken", "PKCS#7"),
        ("bad.p12", b"\x30\x03\x02\x01\x03", [], "file-broken", "PKCS#12"),
        ("secret.p12", p12(CREDENTIAL, b"geheim"), [], "file-password", "needs a password"),
        ("key.der", b"\x30\x03\x02\x01\x00", [], "file-without-certificate", "no certificate"),
        ("one-byte", b"\x30", [], "file-without-certificate", "no certificate"),
    ],
)
def test_a_file_that_cannot_be_read(
    name: str,
    content: bytes | None,
    arguments: list[str],
    reason: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One clear sentence that names the file, exit 3."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, (document,) = check(capsys, tmp_path, *arguments, f"file:{tmp_path}/{name}")
    assert code == 3
    failure = document["failure"]
    assert (failure["phase"], failure["reason"]) == ("file", reason), failure
    assert sentence in failure["detail"]
    assert f"{tmp_path}/{name}" in failure["detail"]


def test_a_wrong_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It appears nowhere; a missing password file is wrong usage."""
    (tmp_path / "a.p12").write_bytes(p12(CREDENTIAL, b"geheim"))
    (tmp_path / "password").write_text("falsch")
    target = f"file:{tmp_path}/a.p12"
    _, (document,) = check(capsys, tmp_path, "--password-file", f"{tmp_path}/password", target)
    assert document["failure"]["reason"] == "file-password"
    assert "falsch" not in json.dumps(document)
    assert main(["check", "--password-file", f"{tmp_path}/none", target]) == 3
    assert "cannot be read" in capsys.readouterr().err


def test_directories_and_globs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file in it is a target; a key with its certificate is skipped."""
    directory = tmp_path / "tls"
    (directory / "below").mkdir(parents=True)
    (directory / "tls.crt").write_bytes(CREDENTIAL.chain_pem)
    (directory / "tls.key").write_bytes(broken_key())
    (directory / "key.pem").write_bytes(broken_key())
    (directory / "other.pem").write_bytes(ROOT.issue("other.test").chain_pem)
    (directory / "README").write_text("not a certificate")
    for pattern in ("", "/*.*"):
        code, documents = check(capsys, tmp_path, f"file:{directory}{pattern}")
        assert code == 0, documents
        assert [document["target"] for document in documents] == [
            f"file:{directory}/other.pem",
            f"file:{directory}/tls.crt",
        ]
    for nothing in ("/below", "/*.nothing"):
        code, (document,) = check(capsys, tmp_path, f"file:{directory}{nothing}")
        assert code == 3
        assert document["failure"]["phase"] == "file"


def test_an_unreadable_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The operating system's own words; this file can be opened, but not even root can read it."""
    _, (document,) = check(capsys, tmp_path, "file:/proc/self/mem")
    assert document["failure"]["reason"] == "file-unreadable"
    assert "Input/output error" in document["failure"]["detail"]
    os.mkfifo(tmp_path / "pipe.pem")
    for target in (f"file:{tmp_path}/pipe.pem", f"kubeconfig:{tmp_path}/pipe.pem"):
        _, (document,) = check(capsys, tmp_path, target)
        assert "not a regular file" in document["failure"]["detail"]


def test_a_kubeconfig(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each certificate in it, inline or named; for a client's, only the dates are judged."""
    client = ROOT.issue("kubernetes-admin", days=(-300, 3))
    (tmp_path / "ca.crt").write_bytes(ROOT.pem)
    path = tmp_path / "config"
    encoded = base64.b64encode(client.chain_pem).decode()
    key = base64.b64encode(broken_key()).decode()
    path.write_text(f"""apiVersion: v1
kind: Config
users:
- name: admin
  user: {{client-certificate-data: {encoded}, client-key-data: {key}}}
- name: by-token
  user: {{token: abc}}
clusters:
- name: prod
  cluster: {{certificate-authority: ca.crt, server: "https://10.0.0.1"}}
""")
    code, documents = check(capsys, tmp_path, f"kubeconfig:{path}")
    assert code == 2
    assert [document["target"] for document in documents] == [
        f"kubeconfig:{path}#user/admin",
        f"kubeconfig:{path}#cluster/prod",
    ]
    (finding,) = documents[0]["verdict"]["findings"]
    assert finding["code"] == "expires-soon"
    assert "trusted" not in documents[0]["verdict"]
    assert documents[1]["verdict"]["status"] == "ok"


@pytest.mark.parametrize("content", [None, "{}", "a: [", "- x", "users: [{name: a, user: 1}, 7]"])
def test_a_kubeconfig_that_is_none(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence, not a traceback."""
    path = tmp_path / "config"
    with contextlib.suppress(TypeError):
        path.write_text(content)  # type: ignore[arg-type]
    code, (document,) = check(capsys, tmp_path, f"kubeconfig:{path}")
    assert code == 3
    assert document["failure"]["phase"] == "file"


def test_a_trust_store_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--audit-store reports what has expired in it, and needs no other target."""
    old = Authority.root("Any Root").intermediate("Old CA", days=(-300, -1))
    (tmp_path / "old.pem").write_bytes(old.pem)
    store = ["--ca-file", str(tmp_path / "old.pem"), "--audit-store"]
    code, (document,) = check(capsys, tmp_path, *store)
    assert code == 1
    (finding,) = document["verdict"]["findings"]
    assert finding["code"] == "stored-certificate-expired"
    assert "CN=Old CA" in finding["message"]
    code, (document,) = check(capsys, tmp_path, "--audit-store")
    assert code == 0
    assert document["verdict"]["findings"] == []


def test_a_key_is_never_decoded() -> None:
    """Keys in PEM are skipped by their label; a DER key by its version."""
    key = CREDENTIAL.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert certificates_in(key + CREDENTIAL.chain_pem) == certificates_in(
        broken_key() + CREDENTIAL.chain_pem
    )


@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"\x30", *FORMATS.values()]))
def test_any_file(data: bytes, start: bytes) -> None:
    """Only certificates, or one of our reasons."""
    with contextlib.suppress(FileFailed):
        assert certificates_in(start[: -len(data)] + data, b"geheim")


@given(name=st.sampled_from(sorted(FORMATS)), at=st.integers(0, 5000), value=st.integers(0, 255))
def test_a_file_with_a_wrong_byte(name: str, at: int, value: int) -> None:
    """Wherever it is."""
    content = bytearray(FORMATS[name])
    content[at % len(content)] = value
    with contextlib.suppress(FileFailed):
        assert certificates_in(bytes(content), b"geheim")


def _sha256() -> Any:
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()
