"""Thirty instances in the shipped check's dialect: nothing refused, each difference a warning."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from agent_cases.case import GOOD_LEAF, mtls12, plain
from agent_cases.ground import CLIENT_CA, NAME, ROOT, STRANGER
from agent_cases.running import CHECK_NAMES, STATUS_NAMES
from agent_cases.thirty import INIT_CONFIG, THIRTY, Instance
from datadog_checks.halfshake import HalfshakeCheck
from servers import Settings
from servers.starttls_catalogue import STARTTLS_SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Every option that the shipped check documents, in init_config and in an instance.
OPTIONS = {
    *("server", "port", "transport", "local_cert_path", "server_hostname", "allowed_versions"),
    *("fetch_intermediate_certs", "send_cert_duration", "intermediate_cert_refresh_interval"),
    *("days_warning", "days_critical", "seconds_warning", "seconds_critical", "timeout", "name"),
    *("start_tls", "tags", "service", "min_collection_interval", "empty_default_hostname"),
    *("metric_patterns", "disable_generic_tags", "enable_legacy_tags_normalization"),
    *("tls_verify", "tls_ca_cert", "tls_cert", "tls_private_key", "tls_private_key_password"),
    *("tls_validate_hostname", "tls_ciphers"),
    *("cert", "private_key", "ca_cert", "validate_hostname", "validate_cert"),
}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Run every server that the instances name, and write every file; gives ports and paths."""
    directory = tmp_path_factory.mktemp("thirty")
    (directory / "ca.pem").write_bytes(ROOT.pem)
    (directory / "valid.pem").write_bytes(GOOD_LEAF.chain_pem)
    (directory / "expired.pem").write_bytes(ROOT.issue(NAME, days=(-33, -3)).chain_pem)
    CLIENT_CA.issue("client").write(directory, "client")
    (postgres,) = (peer for peer in STARTTLS_SERVERS if peer.scheme == "postgres")
    servers = {
        "good": plain(GOOD_LEAF),
        "tls12": plain(GOOD_LEAF, "TLSv1.2"),
        "mtls12": mtls12(GOOD_LEAF),
        "stranger": plain(STRANGER.issue(NAME)),
    }
    with contextlib.ExitStack() as stack:
        ports = {
            name: stack.enter_context(serve(directory / name)) for name, serve in servers.items()
        }
        settings = Settings(GOOD_LEAF, CLIENT_CA.pem, client_auth=False)
        running = postgres.server.running(settings, directory / "postgres")
        ports["postgres"] = stack.enter_context(running).port
        yield {"ports": ports, "ca": directory / "ca.pem", "files": directory}


def filled(instance: Instance, ground: dict[str, Any]) -> dict[str, Any]:
    """Write the instance with the ports and paths of this run."""
    text = json.dumps(instance.values)
    port = str(ground["ports"].get(instance.on, 0))
    text = text.replace('"{port}"', port).replace("{port}", port)
    text = text.replace("{ca}", str(ground["ca"])).replace("{files}", str(ground["files"]))
    values: dict[str, Any] = json.loads(text)
    return values


def sent(aggregator: Any) -> tuple[str, list[str], set[tuple[str, ...]]]:
    """Give what was sent: statuses, names of metrics, and the tags of everything."""
    tags: set[tuple[str, ...]] = set()
    statuses = []
    for name in CHECK_NAMES:
        found = aggregator.service_checks(f"tls.{name}")
        statuses.append(STATUS_NAMES[found[0].status] if found else "-")
        tags |= {tuple(sorted(one.tags)) for one in found}
    names = sorted(aggregator.metric_names)
    for name in names:
        tags |= {tuple(sorted(one.tags)) for one in aggregator.metrics(name)}
    return " ".join(statuses), [name.removeprefix("tls.") for name in names], tags


@pytest.mark.interop
@pytest.mark.parametrize("number", range(len(THIRTY)))
def test_one_of_thirty(
    number: int, ground: dict[str, Any], aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """Sent as by the shipped check, or better; and warned of, option by option."""
    instance = THIRTY[number]
    values = filled(instance, ground)
    init_config = {**INIT_CONFIG, "metric_namespace": "tls", "fact_metrics": False}
    check = HalfshakeCheck("halfshake", init_config, [values])
    dd_run_check(check, extract_message=True)
    statuses, metrics, tags = sent(aggregator)
    assert statuses == (instance.ours or instance.sends)
    assert metrics == sorted(instance.ours_metrics)
    assert tags == {tuple(sorted(tags_there(values)))}
    assert tuple(warning.split("`")[1] for warning in check.warnings) == instance.warns


def tags_there(values: dict[str, Any]) -> list[str]:
    """Name the tags of the shipped check, as they were measured."""
    named = [f"name:{values['name']}"] if "name" in values else []
    tags = [*values.get("tags", []), *named]
    if "local_cert_path" in values:
        verified = values.get("tls_validate_hostname", True)
        return [*tags, f"server_hostname:{values['server_hostname']}"] if verified else tags
    port = values.get("port") or values["server"].rpartition(":")[2]
    return [*tags, f"server_hostname:{NAME}", "server:127.0.0.1", f"port:{port}"]


def test_every_option_is_in_use() -> None:
    """Thirty, and all that the shipped check has."""
    assert len(THIRTY) == 30
    used = {key for instance in THIRTY for key in instance.values}
    assert OPTIONS - used == set()
    assert set(INIT_CONFIG) == {"allowed_versions", "fetch_intermediate_certs", "service"}
