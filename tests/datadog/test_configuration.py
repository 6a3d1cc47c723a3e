"""Configuration: the shipped check's options, our own options, and every mistake by its key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from agent_cases.ground import NAME, ROOT
from agent_cases.running import INTEGRATION, halfshake, instance_of, metadata
from datadog_checks.halfshake import HalfshakeCheck
from datadog_checks.halfshake.config_models import InstanceConfig, SharedConfig
from halfshake.agent.declared.every_option import KNOWN_OPTIONS, SHARED_OPTIONS
from halfshake.agent.options import read_options
from servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.interop
def test_the_tls_namespace_is_the_shipped_checks(
    nginx_port: int, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """The same names, types, tags and service checks; with fact_metrics off, nothing more."""
    # As conf.yaml.example of the tls check documents it, legacy names and all.
    init_config = {"allowed_versions": ["TLSv1.2", "TLSv1.3"], "fetch_intermediate_certs": False}
    instance = {
        "server": f"https://127.0.0.1:{nginx_port}/health",
        "transport": "TCP",
        "server_hostname": NAME,
        "send_cert_duration": True,
        "days_warning": 14.0,
        "days_critical": 7.0,
        "timeout": 10,
        "name": "payments",
        "validate_cert": True,
        "validate_hostname": True,
        "ca_cert": str(ca_file),
        "tls_ciphers": "ALL",
        "tags": ["team:payments"],
        "min_collection_interval": 15,
        "empty_default_hostname": False,
        "metric_namespace": "tls",
        "fact_metrics": False,
    }
    check = HalfshakeCheck("halfshake", init_config, [instance])
    dd_run_check(check, extract_message=True)
    tags = [
        "name:payments",
        f"server_hostname:{NAME}",
        "server:127.0.0.1",
        f"port:{nginx_port}",
        "team:payments",
    ]
    for name in ("can_connect", "version", "cert_validation", "cert_expiration"):
        aggregator.assert_service_check(f"tls.{name}", check.OK, tags=tags, count=1)
    for name, kind in (
        ("days_left", aggregator.GAUGE),
        ("seconds_left", aggregator.GAUGE),
        ("issued_days", aggregator.COUNT),
        ("issued_seconds", aggregator.COUNT),
    ):
        aggregator.assert_metric(f"tls.{name}", metric_type=kind, tags=tags, count=1)
    aggregator.assert_metric("tls.issued_days", 90)
    aggregator.assert_all_metrics_covered()
    assert len(aggregator.service_check_names) == 4
    assert check.warnings == []


@pytest.mark.interop
def test_facts_in_the_tls_namespace(
    nginx_port: int, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """The facts are added to the shipped metrics, under the same namespace."""
    dd_run_check(halfshake(**instance_of(nginx_port, ca_file, metric_namespace="tls")))
    aggregator.assert_metric("tls.client_auth_requested", 1)
    aggregator.assert_metrics_using_metadata(metadata("tls"))


@pytest.mark.interop
def test_service_checks_can_be_switched_off(
    nginx_port: int, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """Datadog is phasing out service checks; the gauges say the same."""
    dd_run_check(halfshake(**instance_of(nginx_port, ca_file, service_checks=False)))
    assert aggregator.service_check_names == []
    aggregator.assert_metric("halfshake.status", 0)


@pytest.mark.interop
def test_thresholds(
    nginx_port: int, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """Days, seconds over days, a ratio of the lifetime (90 days, 60 left); 0 is 0."""
    for options, status in (
        ({"days_warning": 61}, 1),
        ({"days_critical": 61}, 2),
        ({"days_warning": 61, "seconds_warning": 5}, 0),
        ({"lifetime_ratio_warning": 0.7}, 1),
        ({"lifetime_ratio_warning": "0.7", "lifetime_ratio_critical": 0.67}, 2),
        ({"days_warning": 0, "days_critical": 0}, 0),
    ):
        aggregator.reset()
        dd_run_check(halfshake(**instance_of(nginx_port, ca_file, **options)))
        aggregator.assert_service_check("halfshake.cert_expiration", status, count=1)


@pytest.mark.interop
@pytest.mark.parametrize(("expected", "as_expected"), [("requested", 1), ("none", 0)])
def test_expected_client_authentication(
    expected: str,
    as_expected: int,
    nginx_port: int,
    ca_file: Path,
    aggregator: Any,
    dd_run_check: Callable[..., None],
) -> None:
    """The owner says whether the server should ask for a client certificate."""
    dd_run_check(halfshake(**instance_of(nginx_port, ca_file, expect_client_auth=expected)))
    aggregator.assert_metric("halfshake.client_auth_as_expected", as_expected)
    aggregator.assert_service_check("halfshake.client_auth", 0 if as_expected else 2, count=1)
    aggregator.assert_metric("halfshake.status", 0 if as_expected else 2)


@pytest.mark.parametrize(
    ("options", "metrics", "service_check"),
    [
        ({"enforcement": True}, {"client_auth_enforced": 1, "client_auth_enforcement": 2}, None),
        ({"expect_client_auth": "http-enforced"}, {"client_auth_as_expected": 1}, 0),
        ({"expect_client_auth": "tls-required"}, {"client_auth_as_expected": 0}, 2),
        ({"enforcement_path": "/health"}, {"client_auth_enforced": 1}, None),
    ],
    ids=["asked for", "as expected", "not as expected", "by a path"],
)
def test_does_it_still_refuse_strangers(
    options: dict[str, Any],
    metrics: dict[str, int],
    service_check: int | None,
    nginx_port: int,
    ca_file: Path,
    aggregator: Any,
    dd_run_check: Callable[..., None],
) -> None:
    """A second visit without a certificate: nginx lets it into TLS, and answers 400."""
    dd_run_check(halfshake(**instance_of(nginx_port, ca_file, **options)))
    for name, value in metrics.items():
        aggregator.assert_metric(f"halfshake.{name}", value)
    sent = [check.status for check in aggregator.service_checks("halfshake.client_auth")]
    assert sent == ([] if service_check is None else [service_check])


def test_no_second_visit_is_made_unasked(
    nginx_port: int, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """By default there is only the half handshake."""
    dd_run_check(halfshake(**instance_of(nginx_port, ca_file)))
    assert not aggregator.metrics("halfshake.client_auth_enforced")


MISTAKES = {
    "enforcement_path": "no path",
    "port": 70000,
    "timeout": -1,
    "days_warning": "soon",
    "tls_verify": "perhaps",
    "allowed_versions": [True],
    "expect_client_auth": "always",
    "metric_namespace": "no way",
    "tls_ca_crt": "ca.pem",
}


def test_every_mistake_is_named_at_once(
    nginx_port: int, ca_file: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """Each by its key, with a sentence; another instance keeps running."""
    with pytest.raises(Exception, match=r"mistake|errors") as caught:
        dd_run_check(halfshake(server="127.0.0.1", **MISTAKES), extract_message=True)
    message = str(caught.value)
    for key in MISTAKES:
        assert f"\n{key}\n  " in message
    assert "is not an option: did you mean `tls_ca_cert`?" in message
    dd_run_check(halfshake(**instance_of(nginx_port, ca_file)))
    aggregator.assert_metric("halfshake.cert_read", 1)


@pytest.mark.parametrize(
    ("instance", "sentence"),
    [
        ({}, "server\n  is missing"),
        ({"targets": []}, "targets\n  must be a list of targets"),
        ({"targets": ["a", 5]}, "targets -> 2\n  must be a text or a mapping"),
        ({"targets": ["b c"]}, "targets -> 1 -> server\n  "),
        ({"targets": ["a"], "server": "b"}, "server\n  cannot be used beside `targets`"),
        ({"local_cert_path": "a.pem"}, "server_hostname\n  is missing beside `local_cert_path`"),
        ({"server": "a", "lifetime_ratio_warning": 0.5, "days_warning": 3}, "choose one"),
        ({"server": "http://[::1"}, "server\n  must be a host"),
    ],
)
def test_a_mistake(
    instance: dict[str, Any], sentence: str, dd_run_check: Callable[..., None]
) -> None:
    """Each has its key and its sentence."""
    with pytest.raises(Exception, match=r"(?s).") as caught:
        dd_run_check(halfshake(**instance), extract_message=True)
    assert sentence in str(caught.value)


def test_unsupported_options_are_warned_of_once(dd_run_check: Callable[..., None]) -> None:
    """A copied configuration works; its first round warns about options without effect."""
    check = halfshake(
        server="127.0.0.1",
        port=free_port(),
        transport="UDP",
        tls_ciphers="AES",
        colour="red",
        cert="client.pem",
        tls_private_key="client.key",
        tls_private_key_password="secret",
        proxy={"https": "http://proxy.example"},
        allowed_versions=["TLSv1.4", 1.2],
        timeout=0,
    )
    dd_run_check(check)
    warnings = list(check.warnings)
    assert [warning.split("`")[1] for warning in warnings] == [
        "cert",
        "proxy",
        "transport: UDP",
        "tls_ciphers",
        "timeout: 0",
        "allowed_versions",
        "colour",
    ]
    assert "`cert`, `tls_private_key`, `tls_private_key_password` are ignored" in warnings[0]
    assert "secret" not in "".join(warnings)
    check.warnings.clear()
    dd_run_check(check)
    assert check.warnings == []


@pytest.mark.interop
def test_a_ca_file_that_is_missing(
    nginx_port: int, tmp_path: Path, aggregator: Any, dd_run_check: Callable[..., None]
) -> None:
    """The server is read all the same; nothing is trusted until the file is there."""
    check = halfshake(**instance_of(nginx_port, tmp_path / "ca.pem"))
    dd_run_check(check)
    aggregator.assert_service_check("halfshake.cert_validation", check.CRITICAL, count=1)
    (validation,) = aggregator.service_checks("halfshake.cert_validation")
    assert "ca.pem, which cannot be read" in validation.message
    assert "no chain is trusted until it can be read" in check.warnings[0]
    aggregator.assert_metric("halfshake.days_left", count=1)
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    aggregator.reset()
    dd_run_check(check)
    aggregator.assert_service_check("halfshake.cert_validation", check.OK, count=1)


def test_an_untrusted_provider_may_not_name_files(
    datadog_agent: Any, ca_file: Path, dd_run_check: Callable[..., None]
) -> None:
    """If the Agent is configured so, a pod annotation cannot make it read a file."""
    datadog_agent._config["integration_ignore_untrusted_file_params"] = True
    check = halfshake(server="127.0.0.1", tls_ca_cert=str(ca_file))
    check.provider = "kubernetes-service"
    with pytest.raises(Exception, match=r"(?s)tls_ca_cert.*not allowed from untrusted provider"):
        dd_run_check(check, extract_message=True)


def test_the_example_is_a_configuration() -> None:
    """Both as it is, and with every commented line enabled."""
    text = (INTEGRATION / "datadog_checks" / "halfshake" / "data" / "conf.yaml.example").read_text(
        "utf-8"
    )
    example = yaml.safe_load(text)
    options = read_options(example["instances"][0], example["init_config"] or {})
    assert [watched.target.text for watched in options.watched] == ["api.example.com:443"]
    every = yaml.safe_load(re.sub(r"(?m)^(\s*)# (\s*(?:- )?\S)", r"\1\2", text))
    (instance,) = every["instances"]
    assert set(instance) - KNOWN_OPTIONS == set()
    assert set(every["init_config"]) - SHARED_OPTIONS == {"service"}


def test_the_models_know_every_option() -> None:
    """And no other options, except the Agent's own."""
    assert set(InstanceConfig.model_fields) == KNOWN_OPTIONS
    assert set(SharedConfig.model_fields) == SHARED_OPTIONS | {"service"}


def test_without_verification_no_store_is_needed(
    aggregator: Any, dd_run_check: Callable[..., None], nginx_port: int
) -> None:
    """`tls_verify: false` reads a server without a CA file."""
    options = {"tls_verify": False, "tls_validate_hostname": False}
    instance = instance_of(nginx_port, Path("/no/such/ca.pem"), **options)
    dd_run_check(halfshake(**instance))
    aggregator.assert_metric("halfshake.cert_read", 1)
    aggregator.assert_metric("halfshake.status", 0)
    aggregator.assert_metric("halfshake.trusted", count=0)
