"""The TARGET grammar."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshake.errors import TargetInvalid
from halfshake.inputs.target_text import parse_target


@pytest.mark.parametrize(
    ("text", "host", "port", "sni"),
    [
        ("api.example.com", "api.example.com", 443, "api.example.com"),
        ("api.example.com:8443", "api.example.com", 8443, "api.example.com"),
        ("API.Example.com.", "api.example.com", 443, "api.example.com"),
        ("192.0.2.7", "192.0.2.7", 443, None),
        ("192.0.2.7:8443", "192.0.2.7", 8443, None),
        ("[2001:db8::7]:8443", "2001:db8::7", 8443, None),
        ("[2001:db8::7]", "2001:db8::7", 443, None),
        ("2001:db8::7", "2001:db8::7", 443, None),
        ("https://api.example.com/v1?x=1", "api.example.com", 443, "api.example.com"),
        ("https://u:p@api.example.com:8443/", "api.example.com", 8443, "api.example.com"),
        ("https://[2001:db8::7]:1/", "2001:db8::7", 1, None),
        ("bücher.example", "xn--bcher-kva.example", 443, "xn--bcher-kva.example"),
        ("a_b.example", "a_b.example", 443, "a_b.example"),
        ("localhost", "localhost", 443, "localhost"),
    ],
)
def test_targets(text: str, host: str, port: int, sni: str | None) -> None:
    """Host, port and SNI of what users type; no SNI for literal addresses."""
    target = parse_target(text)
    assert (target.host, target.port, target.sni) == (host, port, sni)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "host:", "host:0", "host:65536", "host:x", "[::1", "gopher://x", "-a.example",
     "300.1.2.3", "a..b", "x" * 64 + ".example", "https://", "https://[", "https://::1]",
     "https://\N{ACCOUNT OF}.example", "a.example\n.b", "unix:", "unix:/\ud800", "unix:/a\0b"],
)  # fmt: skip
def test_no_targets(text: str) -> None:
    """Each is rejected with a sentence that shows what was typed."""
    with pytest.raises(TargetInvalid) as caught:
        parse_target(text)
    assert repr(text) in str(caught.value)


@given(st.text(st.sampled_from("a1.:[]/?#@%-_\n\0\u2100\u200d\xdf\ud800") | st.characters()))
@pytest.mark.parametrize("scheme", ["", "https://", "smtp://u:p@", "unix:"])
def test_any_text(scheme: str, text: str) -> None:
    """It is a target, or it is refused in a sentence."""
    with contextlib.suppress(TargetInvalid):
        assert parse_target(scheme + text).port in range(65536)


def test_another_server_name() -> None:
    """The address is dialled, the name is asked for."""
    target = parse_target("192.0.2.7:8443", server_name="api.example.com")
    assert (target.host, target.sni) == ("192.0.2.7", "api.example.com")
