"""The table of docs/datadog.md, case by case, through the Agent's own runner, on real servers."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from agent_cases.case import GOOD_LEAF, mtls12
from agent_cases.cases import CASES
from agent_cases.ground import NAME, ROOT, accepting_on, nginx_with_another, serving
from agent_cases.running import assert_sent, instance_of, metadata, summary, tags_of
from datadog_checks.halfshake import HalfshakeCheck
from servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_cases.case import Case

PAGE = Path(__file__).parent.parent.parent / "docs" / "datadog.md"
BEGIN, END = "<!-- the table: `make datadog-docs` -->\n", "<!-- the table's end -->\n"
ROWS: dict[str, tuple[str, str]] = {}


def row(title: str, shipped: str, ours: str) -> None:
    """Keep a row for the page."""
    ROWS[title] = (shipped, ours)


@pytest.mark.interop
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_row_of_the_table(
    case: Case,
    tmp_path: Path,
    ca_file: Path,
    aggregator: Any,
    dd_run_check: Callable[..., None],
) -> None:
    """Metrics, service checks, tags and messages match the row, and nothing else is sent."""
    with case.serve(tmp_path / "server") as port:
        instance = instance_of(port, ca_file, **case.instance)
        dd_run_check(HalfshakeCheck("halfshake", {}, [instance]), extract_message=True)
    assert_sent(aggregator, case, tags_of(instance))
    row(case.title, case.shipped, summary(aggregator))


@pytest.mark.interop
def test_a_client_certificate_is_ignored(
    tmp_path: Path, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """No key on any Agent: the server is read without one, and neither file is opened."""
    with mtls12(GOOD_LEAF)(tmp_path / "server") as port:
        instance = instance_of(
            port, ca_file, tls_cert="/no/such.pem", tls_private_key="/no/such.key"
        )
        check = HalfshakeCheck("halfshake", {}, [instance])
        dd_run_check(check, extract_message=True)
    assert "`tls_cert`, `tls_private_key` are ignored" in check.warnings[0]
    row(
        "mTLS TLS1.2, with a client certificate (`tls_cert`)",
        "4xOK; needs a key on every Agent",
        f"{summary(aggregator)}; `tls_cert` accepted and ignored: never read, never sent",
    )


@pytest.mark.interop
def test_each_certificate_of_a_server_with_two(
    tmp_path: Path, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """An expired RSA certificate does not hide behind a valid ECDSA one."""
    expired = ROOT.issue(NAME, key_type="rsa", days=(-33, -3))
    both = nginx_with_another(expired)
    with serving(both, ROOT.issue(NAME), client_auth=True)(tmp_path / "server") as port:
        instance = instance_of(port, ca_file, key_types=["rsa", "ecdsa"])
        dd_run_check(HalfshakeCheck("halfshake", {}, [instance]), extract_message=True)
    for kind, days, valid, status in (("rsa", -3, 0, 2), ("ecdsa", 60, 1, 0)):
        tags = [*tags_of(instance), f"key_type:{kind}"]
        aggregator.assert_metric("halfshake.dates_valid", valid, tags=tags, count=1)
        aggregator.assert_service_check("halfshake.cert_expiration", status, tags=tags, count=1)
        (left,) = (
            metric.value
            for metric in aggregator.metrics("halfshake.days_left")
            if tags[-1] in metric.tags
        )
        assert abs(left - days) < 0.1
    aggregator.assert_no_duplicate_all()
    aggregator.assert_metrics_using_metadata(metadata())
    row(
        "RSA expired and ECDSA valid on one server",
        "**4xOK, the expired RSA certificate is never seen**",
        "`key_types: [rsa, ecdsa]`: key_type:rsa cert_validation and cert_expiration CRITICAL, "
        "days_left -3; key_type:ecdsa **4xOK**, days_left 60",
    )


@pytest.mark.interop
def test_each_address_of_a_name(
    tmp_path: Path, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """The second address of a name has a server of its own, and an expired certificate."""
    port = free_port()
    addresses = [(2, 1, 6, "", (f"127.0.0.{number}", port)) for number in (1, 2)]
    resolve = socket.getaddrinfo

    def resolved(host: str, *arguments: Any, **options: Any) -> Any:
        return addresses if host == NAME else resolve(host, *arguments, **options)

    instance = {"server": NAME, "port": port, "tls_ca_cert": str(ca_file), "all_addresses": True}
    with (
        accepting_on("127.0.0.1", port, ROOT.issue(NAME), tmp_path / "good"),
        accepting_on("127.0.0.2", port, ROOT.issue(NAME, days=(-33, -3)), tmp_path / "expired"),
        mock.patch("socket.getaddrinfo", resolved),
    ):
        dd_run_check(HalfshakeCheck("halfshake", {}, [instance]), extract_message=True)
    tags = [f"server_hostname:{NAME}", f"server:{NAME}", f"port:{port}"]
    for address, valid, status in (("127.0.0.1", 1, 0), ("127.0.0.2", 0, 2)):
        own = [*tags, f"address:{address}"]
        aggregator.assert_metric("halfshake.dates_valid", valid, tags=own, count=1)
        aggregator.assert_service_check("halfshake.cert_expiration", status, tags=own, count=1)
    aggregator.assert_no_duplicate_all()
    row(
        "a name with two addresses, the second one's certificate expired",
        "4xOK (first address only)",
        "`all_addresses: true`: the first address **4xOK**; the second cert_validation and "
        "cert_expiration CRITICAL, days_left -3",
    )


def test_the_page_has_this_table() -> None:
    """The table in docs/datadog.md matches the results of the rows above."""
    if len(ROWS) < len(CASES) + 3:
        pytest.skip("not every row was run")
    lines = [f"| {title} | {shipped} | {ours} |" for title, (shipped, ours) in ROWS.items()]
    table = "\n".join(
        ["| server | shipped `tls` check | Halfshake |", "| --- | --- | --- |", *lines]
    )
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    written = f"{before}{BEGIN}\n{table}\n\n{END}{after}"
    if os.environ.get("HALFSHAKE_WRITE_TABLE"):
        PAGE.write_text(written, "utf-8")
    assert PAGE.read_text("utf-8") == written, "run `make datadog-docs`"
