"""Both visits leave the lines in the logs of real servers that docs/client-auth.md shows."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import halfshake
from pki import Authority
from servers import Settings
from servers.postures import POSTURES, Posture

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")
PAGE = Path(__file__).parents[2] / "docs" / "client-auth.md"

SILENT = {"apache require", "caddy require", "caddy request", "caddy none"}
TALKATIVE = {
    *("nginx on", "nginx optional", "nginx at the location"),
    *("apache optional", "apache at its location"),
    *("haproxy required", "haproxy optional", "haproxy optional, denying"),
    *("stunnel requireCert", "stunnel no requireCert"),
    *("gnutls-serv require", "gnutls-serv request", "openssl -Verify"),
}
LOGGED = [posture for posture in POSTURES if posture.name in SILENT | TALKATIVE]

VARYING = re.compile(
    r"""\[[^]]*\d\d:\d\d:\d\d[^]]*]     # the time, in brackets
    | ^\d{4}\.\d\d\.\d\d\ \S+           # the time, at the beginning
    | \d+(?:\.\d+){3}(?::\d+)?          # addresses
    | pid\ \d+:tid\ \d+
    | (?<=LOG\d)\[\d+]                  # connections are numbered
    | ^[0-9A-F]{12,}                    # so are OpenSSL's threads
    | \.c:\d+                           # lines of its sources
    | (?<="\ \d{3}\ )\d+                # sizes of answers
    | \d+(?=\ byte)
    | (?<=\ \d{3}\ )\d+(?=\ -\ -)
    | [-\d]+(?:/[-\d]+){4}\ |(?<=\ )\d+/\d+(?=\ ")
    | (?<=halfshake/)[\d.]+""",
    re.VERBOSE,
)


def lines(text: str) -> set[str]:
    """The lines without the parts that differ in each visit."""
    return {VARYING.sub("…", line.strip()) for line in text.splitlines() if line.strip()}


@pytest.mark.interop
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("posture", LOGGED, ids=lambda posture: posture.name)
def test_the_page_shows_what_is_logged(posture: Posture, version: str, tmp_path: Path) -> None:
    """Every line matches, and there is none if the page says so."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, (version,))
    with posture.server.running(settings, tmp_path / "server") as running:
        target = halfshake.parse_target(f"127.0.0.1:{running.port}", server_name=NAME)
        result = halfshake.probe_blocking(target, enforcement=True, enforcement_path=posture.path)
        time.sleep(0.3)
        logged = lines(running.log())
    assert isinstance(result, halfshake.Observation)
    assert logged <= lines(PAGE.read_text()), logged
    assert (logged == set()) == (posture.name in SILENT)
