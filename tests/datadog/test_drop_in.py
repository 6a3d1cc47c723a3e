"""In the place of the shipped `tls` check: what its own public tests expect, on servers of ours."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from agent_cases.case import GOOD_LEAF
from agent_cases.certificates import issue
from agent_cases.ground import CLIENT_CA, NAME, ROOT
from agent_cases.running import CHECK_NAMES, STATUS_NAMES
from agent_cases.shipped_suite import EXPIRED, FILES, SERVERS, Shipped
from datadog_checks.halfshake import HalfshakeCheck
from servers import Settings
from servers.starttls_catalogue import STARTTLS_SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parent.parent.parent / "docs" / "datadog.md"
BEGIN, END = "<!-- the cases: `make datadog-docs` -->\n", "<!-- the end of the cases -->\n"
IN_ITS_PLACE = {"metric_namespace": "tls", "fact_metrics": False}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of certificates, and of what is none."""
    directory = tmp_path_factory.mktemp("files")
    for name, content in {
        "valid.pem": GOOD_LEAF.chain_pem,
        "valid.der": GOOD_LEAF.leaf_der,
        "expired.pem": EXPIRED.chain_pem,
        "junk.pem": b"junk",
    }.items():
        (directory / name).write_bytes(content)
    return directory


@pytest.mark.interop
@pytest.mark.parametrize("case", [*FILES, *SERVERS], ids=lambda case: case.title)
def test_a_case_of_the_shipped_checks_own_suite(
    case: Shipped,
    files: Path,
    tmp_path: Path,
    ca_file: Path,
    aggregator: Any,
    dd_run_check: Callable[..., None],
) -> None:
    """Service checks, metrics and tags as there; and where ours are better, as the case says."""
    serve = contextlib.nullcontext(0) if case.serve is None else case.serve(tmp_path / "server")
    with serve as port:
        instance = instance_of_case(case, port, files, ca_file)
        check = HalfshakeCheck("halfshake", {**IN_ITS_PLACE, **case.init_config}, [instance])
        if case.refused is not None:
            with pytest.raises(Exception, match=f"{case.refused}\n  is missing"):
                dd_run_check(check, extract_message=True)
            assert aggregator.service_check_names == []
            return
        dd_run_check(check, extract_message=True)
    tags = sorted(tags_there(instance))
    for name, status in zip(CHECK_NAMES, case.checks.split(), strict=True):
        sent = aggregator.service_checks(f"tls.{name}")
        assert [STATUS_NAMES[one.status] for one in sent] == ([] if status == "-" else [status])
        assert all(sorted(one.tags) == tags for one in sent)
        assert all(case.says.get(name, "") in (one.message or "") for one in sent)
    for metric in case.metrics:
        aggregator.assert_metric(f"tls.{metric}", tags=tags, count=1)
    aggregator.assert_all_metrics_covered()
    assert aggregator.events == []


def instance_of_case(case: Shipped, port: int, files: Path, ca_file: Path) -> dict[str, Any]:
    """Write the instance as the case has it, with what this run's server or file is."""
    if case.file is not None:
        return {"local_cert_path": str(files / case.file), **case.instance}
    if case.serve is None:
        return {}
    common = {
        "server": "https://127.0.0.1",
        "port": port,
        "server_hostname": NAME,
        "tls_ca_cert": str(ca_file),
    }
    instance = {**common, **case.instance}
    instance["server"] = instance["server"].format(port=port)
    return {key: value for key, value in instance.items() if value is not None}


def tags_there(instance: dict[str, Any]) -> list[str]:
    """Name the tags that the shipped check puts on everything."""
    named = instance.get("server_hostname")
    if "local_cert_path" in instance:
        return [f"server_hostname:{named}"] if named else []
    host, _, port = instance["server"].removeprefix("https://").partition(":")
    return [
        f"server_hostname:{named or host}",
        f"server:{host}",
        f"port:{instance.get('port') or port or 443}",
    ]


@pytest.mark.interop
@pytest.mark.parametrize("protocol", ["postgres", "mysql"])
def test_a_database(
    protocol: str,
    tmp_path: Path,
    ca_file: Path,
    aggregator: Any,
    dd_run_check: Callable[..., None],
) -> None:
    """Both protocols that the shipped check can begin TLS in."""
    (peer,) = (peer for peer in STARTTLS_SERVERS if peer.scheme == protocol)
    settings = Settings(GOOD_LEAF, CLIENT_CA.pem, client_auth=False)
    with peer.server.running(settings, tmp_path / "server") as running:
        instance = {
            "server": "127.0.0.1",
            "port": running.port,
            "server_hostname": NAME,
            "start_tls": protocol,
            "tls_ca_cert": str(ca_file),
        }
        dd_run_check(HalfshakeCheck("halfshake", IN_ITS_PLACE, [instance]), extract_message=True)
    for name in CHECK_NAMES:
        aggregator.assert_service_check(f"tls.{name}", 0, tags=tags_there(instance), count=1)
    for metric in ("days_left", "seconds_left"):
        aggregator.assert_metric(f"tls.{metric}", tags=tags_there(instance), count=1)
    aggregator.assert_all_metrics_covered()


def test_a_file_with_an_arn(
    tmp_path: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """An alternative name that is a URI with colons stops nothing."""
    arn = x509.UniformResourceIdentifier("arn:aws:acm:eu-west-1:1:certificate/1")
    credential = issue(ROOT, NAME, names=[arn, x509.DNSName(NAME)])
    file = tmp_path / "arn.crt"
    file.write_bytes(credential.chain[0].public_bytes(Encoding.PEM))
    instance = {"local_cert_path": str(file), "server_hostname": NAME}
    dd_run_check(HalfshakeCheck("halfshake", IN_ITS_PLACE, [instance]), extract_message=True)
    aggregator.assert_service_check("tls.cert_validation", 0, count=1)


@pytest.mark.parametrize(
    ("instance", "tags"),
    [
        ({"local_cert_path": "c.pem", "tls_validate_hostname": False}, []),
        ({"local_cert_path": "c.pem", "server_hostname": NAME}, [f"server_hostname:{NAME}"]),
        (
            {
                "local_cert_path": "c.pem",
                "server_hostname": NAME,
                "tls_validate_hostname": True,
                "validate_hostname": False,
            },
            [],
        ),
        (
            {"local_cert_path": "c.pem", "server": "https://a.example:8443"},
            ["server_hostname:a.example"],
        ),
        (
            {"server": "https://a.example", "port": 8443},
            ["server_hostname:a.example", "server:a.example", "port:8443"],
        ),
        (
            {"server": "A.example.", "server_hostname": "B\u00fccher.Example."},
            ["server_hostname:B\u00fccher.Example.", "server:a.example.", "port:443"],
        ),
        (
            {"server": "a.example", "local_cert_path": "", "start_tls": "", "tls_ca_cert": ""},
            ["server_hostname:a.example", "server:a.example", "port:443"],
        ),
        (
            {"server": "ldaps://a.example", "timeout": 1},
            ["server_hostname:a.example", "server:a.example", "port:443"],
        ),
        (
            {"server": "a.example", "start_tls": "postgres"},
            ["server_hostname:a.example", "server:a.example", "port:443"],
        ),
    ],
)
def test_tags_and_defaults(instance: dict[str, Any], tags: list[str]) -> None:
    """Name first, then what the shipped check makes of server, port and the name to look for."""
    from halfshake.agent.options import read_options

    (watched,) = read_options({"name": "foo", **instance, **IN_ITS_PLACE}, {}).watched
    assert list(watched.tags) == ["name:foo", *tags]


def test_where_nothing_was_read_it_is_critical_as_there(
    aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """Whoever is paged by `tls.cert_validation` goes on being paged, unless told otherwise."""
    from servers.blocking import closes, scripted

    for options, status in (({}, 2), ({"on_failure": "unknown"}, 3)):
        aggregator.reset()
        with scripted(closes) as port:
            instance = {"server": "127.0.0.1", "port": port, **options}
            dd_run_check(HalfshakeCheck("halfshake", IN_ITS_PLACE, [instance]))
        aggregator.assert_service_check("tls.can_connect", 0, count=1)
        aggregator.assert_service_check("tls.cert_validation", status, count=1)
        assert len(aggregator.service_check_names) == 2


def test_an_expired_file_in_our_own_namespace(
    files: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """There, a certificate that has expired is not valid, and the file is named."""
    file = str(files / "expired.pem")
    instance = {"local_cert_path": file, "tls_validate_hostname": False}
    check = HalfshakeCheck("halfshake", {}, [instance])
    dd_run_check(check, extract_message=True)
    tags = [f"local_cert_path:{file}"]
    for name in ("cert_validation", "cert_expiration"):
        aggregator.assert_service_check(f"halfshake.{name}", check.CRITICAL, tags=tags, count=1)


def test_the_page_has_these_cases() -> None:
    """The list in docs/datadog.md is the list above."""
    lines = [
        f"| {case.title} | {case.checks if case.refused is None else 'configuration error'} "
        f"| {f'better: {case.better}' if case.better else 'same'} |"
        for case in (*SERVERS, *FILES)
    ]
    head = (
        "| case | can_connect, version, cert_validation, cert_expiration | beside the `tls` check |"
    )
    table = "\n".join([head, "| --- | --- | --- |", *lines])
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    written = f"{before}{BEGIN}\n{table}\n\n{END}{after}"
    if os.environ.get("HALFSHAKE_WRITE_TABLE"):
        PAGE.write_text(written, "utf-8")
    assert PAGE.read_text("utf-8") == written, "run `make datadog-docs`"
