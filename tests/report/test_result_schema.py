"""The published JSON Schema: every kind of document fits, and no key is missing from it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from deploy_texts import ROOT
from halfshake.cli import main
from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = json.loads((ROOT / "docs/result-document.schema.json").read_text("utf-8"))


def _strict(schema: Any) -> Any:
    """The schema for our own documents: a key that it does not name is a mistake in it."""
    schema = copy.deepcopy(schema)

    def close(each: Any) -> None:
        if isinstance(each, dict):
            if "properties" in each and each.get("type") == "object" and "description" not in each:
                each["additionalProperties"] = False
            for below in each.values():
                close(below)
        elif isinstance(each, list):
            for below in each:
                close(below)

    close(schema["properties"])
    schema["additionalProperties"] = False
    return schema


VALIDATOR = jsonschema.Draft202012Validator(
    _strict(SCHEMA), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def _documents(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    main(["check", "--json", *arguments])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for document in found:
        VALIDATOR.validate(document)
    assert found
    return found


def test_the_schema_is_one() -> None:
    """Of the draft that it names."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.interop
def test_what_check_prints_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A reading with all that can be asked for, its faces and their summary, a failure, files."""
    root, partners = Authority.root("Corp Root CA"), Authority.root("Partner CA")
    ca_file, partner_file, client_ca = (
        tmp_path / name for name in ("ca.pem", "partner.pem", "client-ca.pem")
    )
    ca_file.write_bytes(root.pem)
    client_ca.write_bytes(partners.pem)
    issued = partners.issue("partner.example")
    partner_file.write_bytes(issued.chain_pem)
    settings = Settings(root.issue("127.0.0.1", days=(-30, 5.01)), partners.pem)
    with NGINX.running(settings, tmp_path / "nginx") as running:
        options = ["--ca-file", str(ca_file), "--enforcement", "--with-der"]
        options += ["--client-ca-file", str(client_ca), "--would-accept", str(partner_file)]
        (full,) = _documents(capsys, *options, f"127.0.0.1:{running.port}")
        faces = _documents(capsys, "--all-versions", "--all-key-types", f"127.0.0.1:{running.port}")
    assert full["client_auth"]["enforcement"]
    assert full["verdict"]["would_accept"][0]["accepted"] is True
    assert full["verdict"]["acceptable_cas"]
    assert {each["outcome"] for each in faces} == {"read", "summary"}
    (failed,) = _documents(capsys, "127.0.0.1:1")
    assert failed["failure"]["reason"] == "connection-refused"
    (file,) = _documents(capsys, f"file:{ca_file}")
    assert "tls" not in file
    (store,) = _documents(capsys, "--audit-store", "--ca-file", str(ca_file))
    assert "trusted" not in store["verdict"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("outcome", "maybe"), ("observed_at", 5), ("schema", "halfshake/2"), ("verdict", {})],
)
def test_another_document_does_not_fit(
    key: str, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """The schema says something."""
    (document,) = _documents(capsys, "127.0.0.1:1")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {key: value}, SCHEMA)


def test_each_outcome_has_what_belongs_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A failure says why; a reading has a chain."""
    (document,) = _documents(capsys, "127.0.0.1:1")
    del document["failure"]
    with pytest.raises(jsonschema.ValidationError, match="'failure' is a required property"):
        jsonschema.validate(document, SCHEMA)
    with pytest.raises(jsonschema.ValidationError, match="'chain' is a required property"):
        jsonschema.validate(document | {"outcome": "read"}, SCHEMA)
