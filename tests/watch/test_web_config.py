"""web.config.file: TLS, client certificates and passwords, in the exporters' own format."""

from __future__ import annotations

import asyncio
import base64
import ssl
from typing import TYPE_CHECKING, Any

import aiohttp
import bcrypt
import pytest
from aiohttp.test_utils import make_mocked_request

from halfshake.errors import UsageError
from halfshake.watch.web.doorkeeper import Doorkeeper
from pki import Authority
from watch.serving import watching

if TYPE_CHECKING:
    from pathlib import Path

ROOT = Authority.root()


def written(directory: Path, text: str) -> str:
    """A web configuration beside a certificate, a client's, and their CA."""
    (directory / "ca.pem").write_bytes(ROOT.pem)
    ROOT.issue("localhost", "127.0.0.1").write(directory, "web")
    ROOT.issue("scraper.test").write(directory, "client")
    (directory / "web.yaml").write_text(text)
    return "web: {config_file: web.yaml}\n"


TLS = "tls_server_config: {cert_file: web.pem, key_file: web.key"


def context(directory: Path, *, client: bool = False) -> ssl.SSLContext:
    """A client's."""
    made = ssl.create_default_context(cafile=directory / "ca.pem")
    if client:
        made.load_cert_chain(directory / "client.pem", directory / "client.key")
    return made


async def status(url: str, **more: Any) -> int:
    """Ask for /-/healthy on a new connection."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/-/healthy", **more) as got:
        return got.status


def basic(user: str, password: str) -> dict[str, str]:
    """The header of basic auth."""
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


async def test_passwords(tmp_path: Path) -> None:
    """bcrypt, as htpasswd makes it; everybody else stays outside, for every page."""
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")
    text = written(tmp_path, f"basic_auth_users: {{prometheus: '{hashed}'}}\n")
    async with watching(tmp_path, text) as served:
        assert await status(served.url) == 401
        for _ in range(2):
            assert await status(served.url, headers=basic("prometheus", "secret")) == 200
        for user, password in [("prometheus", "wrong"), ("nobody", "secret"), ("", "x" * 500)]:
            assert await status(served.url, headers=basic(user, password)) == 401
        assert await status(served.url, headers={"Authorization": "Basic !!!"}) == 401


async def test_a_password_that_changes_while_it_is_checked(tmp_path: Path) -> None:
    """A check of the old hash that ends after the new one came lets nobody in later."""
    file = tmp_path / "web.yaml"
    before = bcrypt.hashpw(b"before", bcrypt.gensalt(12)).decode()
    file.write_text(f"basic_auth_users: {{prometheus: '{before}'}}\n")
    doorkeeper = Doorkeeper(str(file))
    doorkeeper.load()
    request = make_mocked_request("GET", "/", headers=basic("prometheus", "before"))
    checked = asyncio.create_task(doorkeeper._knows(request))
    await asyncio.sleep(0)
    after = bcrypt.hashpw(b"after", bcrypt.gensalt(4)).decode()
    file.write_text(f"basic_auth_users: {{prometheus: '{after}'}}\n")
    doorkeeper.load()
    assert not checked.done()
    await checked
    assert not await doorkeeper._knows(request)


async def test_tls_and_a_renewed_certificate(tmp_path: Path) -> None:
    """A new certificate is shown without a restart; headers are added."""
    headers = "http_server_config: {headers: {X-Frame-Options: deny}}\n"
    text = written(tmp_path, f"{TLS}}}\n{headers}")
    async with watching(tmp_path, text) as served:
        trust = context(tmp_path)
        assert served.url.startswith("https://")
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{served.url}/", ssl=trust) as got,
        ):
            assert got.headers["X-Frame-Options"] == "deny"
        other = Authority.root("Another")
        other.issue("localhost", "127.0.0.1").write(tmp_path, "web")
        (tmp_path / "ca.pem").write_bytes(other.pem)
        async with asyncio.timeout(20):
            while True:
                try:
                    assert await status(served.url, ssl=context(tmp_path)) == 200
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)


async def test_headers_are_on_every_answer(tmp_path: Path) -> None:
    """As with Prometheus' exporters: also on a refusal, an error and a stream."""
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    headers = "http_server_config: {headers: {X-Frame-Options: deny}}\n"
    text = written(tmp_path, f"basic_auth_users: {{prometheus: '{hashed}'}}\n{headers}")
    known = basic("prometheus", "secret")
    async with watching(tmp_path, text) as served, aiohttp.ClientSession() as session:
        for path, sent, code in (
            ("/metrics", {}, 401),
            ("/metrics", known, 200),
            ("/nothing", known, 404),
            ("/-/reload", known, 405),
            ("/-/healthy", known, 200),
        ):
            async with session.get(f"{served.url}{path}", headers=sent) as got:
                assert (got.status, got.headers.get("X-Frame-Options")) == (code, "deny"), path
        async with session.post(f"{served.url}/-/reload", headers=known) as got:
            assert (got.status, got.headers.get("X-Frame-Options")) == (403, "deny")


async def test_client_certificates(tmp_path: Path) -> None:
    """Who has none, or one for another name, stays outside."""
    required = f"{TLS}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem"
    text = written(tmp_path, f"{required}, client_allowed_sans: [scraper.test]}}\n")
    async with watching(tmp_path, text) as served:
        assert await status(served.url, ssl=context(tmp_path, client=True)) == 200
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await status(served.url, ssl=context(tmp_path))
    headers = "http_server_config: {headers: {X-Frame-Options: deny}}\n"
    text = written(tmp_path, f"{required}, client_allowed_sans: [other.test]}}\n{headers}")
    async with watching(tmp_path, text) as served:
        trust = context(tmp_path, client=True)
        assert await status(served.url, ssl=trust) == 403
        async with aiohttp.ClientSession() as session, session.get(served.url, ssl=trust) as got:
            assert got.headers["X-Frame-Options"] == "deny"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tls_server_config: {cert_file: web.pem}", "cert_file and key_file go together"),
        ("tls_server_config: {cert_file: web.pem, key_file: none.key}", "cannot be read"),
        (
            "tls_server_config: {cert_file: web.pem, key_file: client.key}",
            "not a certificate and its",
        ),
        (f"{TLS}, client_auth_type: RequireAnyClientCert}}", "client_auth_type: has to be"),
        (f"{TLS}, client_auth_type: RequireAndVerifyClientCert}}", "needs client_ca_file"),
        (f"{TLS}, client_allowed_sans: [a]}}", "client_allowed_sans needs"),
        (f"{TLS}, cipher_suites: [X]}}", "cipher_suites cannot be chosen here"),
        ("basic_auth_users: {a: secret}", "is not a bcrypt hash"),
        ("basic_auth: {}", "there is no such key"),
        ("a: [", "web.yaml:"),
    ],
)
def test_a_file_that_makes_no_sense(tmp_path: Path, text: str, sentence: str) -> None:
    """Refused in one sentence: nobody believes in a door that is not there."""
    written(tmp_path, text)
    with pytest.raises(UsageError, match=sentence):
        Doorkeeper(str(tmp_path / "web.yaml")).load()


def test_a_bad_change_changes_nothing(tmp_path: Path) -> None:
    """The old configuration stays in force."""
    written(tmp_path, f"{TLS}}}\n")
    doorkeeper = Doorkeeper(str(tmp_path / "web.yaml"))
    doorkeeper.load()
    before = doorkeeper.tls
    assert not doorkeeper.reload_if_changed()
    for text in ("tls_server_config: [", "basic_auth_users: {}"):
        (tmp_path / "web.yaml").write_text(text)
        assert not doorkeeper.reload_if_changed()
        assert doorkeeper.tls is before
