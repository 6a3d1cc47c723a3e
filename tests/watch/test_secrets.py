"""Secrets: in a variable, or in a file of their own; one mechanism for every key that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from halfshake.watch.changes import stamp
from halfshake.watch.settings.keys import document, notify, sinks
from halfshake.watch.settings.keys.secret_files import secrets_of
from watch.test_configuration import mistakes_of, plan_of

if TYPE_CHECKING:
    from pathlib import Path

PROXY = "http://user:pa55@proxy.example:3128"


def test_every_secret_can_stand_in_a_file() -> None:
    """Each declared secret has the twin that names its file."""
    rooms = (document, notify, sinks)
    models = [each for room in rooms for each in vars(room).values() if _is_model(each)]
    secrets = [(model, name) for model in models for name in secrets_of(model)]
    assert {name for _, name in secrets} >= {"proxy", "headers"}
    for model, name in secrets:
        assert f"{name}_file" in model.model_fields, (model, name)


def _is_model(each: Any) -> bool:
    return isinstance(each, type) and issubclass(each, BaseModel)


@pytest.mark.parametrize(
    "text",
    [
        "defaults: {proxy_file: proxy}\ntargets: [a]\n",
        "modules: {m: {proxy_file: proxy}}\ntargets: [{target: a, module: m}]\n",
        "targets: [{target: a, proxy_file: proxy}]\n",
        "defaults: {proxy: '${PROXY}'}\ntargets: [a]\n",
    ],
)
def test_a_proxy(tmp_path: Path, text: str) -> None:
    """Its password is neither in the configuration nor in the labels."""
    (tmp_path / "proxy").write_text(f"{PROXY}\n")
    plan = plan_of(tmp_path, text, environment={"PROXY": PROXY})
    (watched,) = plan.watched
    assert not watched.settings.reader.is_direct(watched.target)
    if "proxy_file" in text:
        # A file that changes makes the plan old.
        assert str(tmp_path / "proxy") in plan.files
        before = stamp(plan)
        (tmp_path / "proxy").write_text("http://other.example:3128\n")
        assert stamp(plan) != before


def test_headers(tmp_path: Path) -> None:
    """A header a line."""
    (tmp_path / "headers").write_text("# the collector's\nX-Key: secret\n\nX-Other: a: b\n")
    plan = plan_of(tmp_path, "sinks: {otlp: {headers_file: headers}}\n")
    assert plan.document.sinks.otlp is not None
    headers = plan.document.sinks.otlp.headers
    assert {name: value.get_secret_value() for name, value in headers.items()} == {
        "X-Key": "secret",
        "X-Other": "a: b",
    }
    assert "secret" not in repr(plan.document)
    assert str(tmp_path / "headers") in plan.files


def test_what_makes_no_sense(tmp_path: Path) -> None:
    """Each at its line, and no secret in the sentence."""
    (tmp_path / "headers").write_text("secret\n")
    (tmp_path / "proxy").write_text("ftp://user:secret@proxy.example\n")
    assert mistakes_of(tmp_path, "sinks:\n  otlp: {headers_file: headers}\n") == [
        "watch.yaml:2: sinks.otlp: headers_file: each line has to be NAME: VALUE"
    ]
    assert mistakes_of(tmp_path, "defaults: {proxy: 'http://p:1', proxy_file: proxy}\n") == [
        "watch.yaml:1: defaults: proxy and proxy_file say the same: leave one of them out"
    ]
    assert mistakes_of(tmp_path, "defaults: {proxy_file: none}\n") == [
        "watch.yaml:1: defaults.proxy_file: none cannot be read: No such file or directory"
    ]
    (mistake,) = mistakes_of(tmp_path, "defaults: {proxy_file: proxy}\n")
    assert "secret" not in mistake
