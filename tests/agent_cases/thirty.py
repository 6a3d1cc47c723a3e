"""Thirty instances in the dialect of the shipped `tls` check, which use every option that it has.

`sends` is what the shipped check sends: can_connect, version, cert_validation, cert_expiration, and
its metrics, as measured with the logic of its public source on these servers and files. If ours
differs, `ours` says how; `warns` names the options that ours warns of.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from agent_cases.ground import NAME

LEFT = ("days_left", "seconds_left")
ISSUED = (*LEFT, "issued_days", "issued_seconds")
NONE: tuple[str, ...] = ()
DAY = 86_400


class Instance(NamedTuple):
    """One instance: what it is about, what stands in it, what is sent and warned of.

    `on` names a server of the test, or nothing for a file. In values, {port} is that server's, {ca}
    the CA's file, {files} the directory of files.
    """

    on: str
    values: dict[str, Any]
    sends: str
    metrics: tuple[str, ...] = LEFT
    warns: tuple[str, ...] = ()
    ours: str = ""
    ours_metrics: tuple[str, ...] = LEFT


def _server(**values: Any) -> dict[str, Any]:
    here = {"server": "127.0.0.1", "port": "{port}", "server_hostname": NAME, "tls_ca_cert": "{ca}"}
    return {key: value for key, value in {**here, **values}.items() if value is not None}


def _file(path: str, **values: Any) -> dict[str, Any]:
    return {"server": "localhost", "local_cert_path": f"{{files}}/{path}", **values}


GOOD = "OK OK OK OK"
LOCAL = "- - OK OK"
CLIENT = {
    "tls_cert": "{files}/client.pem",
    "tls_private_key": "{files}/client.key",
    "tls_private_key_password": "password",
}
OLD_NAMES = {"ca_cert": "{ca}", "tls_ca_cert": None}
UNNAMED = {"tls_validate_hostname": False}

INIT_CONFIG = {
    "allowed_versions": ["TLSv1.2", "TLSv1.3"],
    "fetch_intermediate_certs": False,
    "service": "apis",
}

THIRTY = (
    Instance("good", _server(), GOOD),
    Instance("good", _server(server="https://127.0.0.1/health", name="payments"), GOOD),
    Instance("good", _server(server="127.0.0.1:{port}", port=None), GOOD),
    Instance("good", _server(transport="TCP", tags=["team:a", "zone:b"]), GOOD),
    Instance("good", _server(transport="UDP"), GOOD, warns=("transport: UDP",)),
    Instance("good", _server(allowed_versions=["1.2", "v1.3"]), GOOD),
    Instance("tls12", _server(allowed_versions=["tlsv1.3"]), "OK CRITICAL OK OK"),
    Instance(
        "tls12",
        _server(allowed_versions=["tlsv9000"]),
        "OK CRITICAL OK OK",
        warns=("allowed_versions",),
    ),
    Instance("good", _server(send_cert_duration=True), GOOD, ISSUED, ours_metrics=ISSUED),
    Instance("good", _server(days_warning=200.0), "OK OK OK WARNING"),
    Instance("good", _server(days_critical=200.0), "OK OK OK CRITICAL"),
    Instance("good", _server(days_warning=-1, seconds_warning=200 * DAY), "OK OK OK WARNING"),
    Instance("good", _server(days_critical=-1, seconds_critical=200 * DAY), "OK OK OK CRITICAL"),
    Instance("good", _server(seconds_warning=0, days_warning=200), "OK OK OK WARNING"),
    Instance("good", _server(days_warning=0), GOOD),
    Instance("good", _server(timeout=5, min_collection_interval=60), GOOD),
    Instance(
        "good",
        _server(
            service="payments",
            empty_default_hostname=True,
            disable_generic_tags=True,
            enable_legacy_tags_normalization=False,
        ),
        GOOD,
    ),
    Instance(
        "good",
        _server(metric_patterns={"exclude": ["seconds"]}),
        GOOD,
        ("days_left",),
        ours_metrics=("days_left",),
    ),
    Instance(
        "good", _server(tls_ciphers=["ECDHE-ECDSA-AES128-GCM-SHA256"]), GOOD, warns=("tls_ciphers",)
    ),
    Instance("good", _server(tls_ciphers=["ALL"]), GOOD),
    Instance(
        "good",
        _server(fetch_intermediate_certs=True, intermediate_cert_refresh_interval=30),
        GOOD,
    ),
    Instance(
        "mtls12",
        _server(**CLIENT),
        GOOD,
        warns=("tls_cert",),
    ),
    Instance(
        "mtls12",
        _server(),
        "OK - CRITICAL -",
        NONE,
        ours=GOOD,
    ),
    Instance(
        "good",
        _server(**OLD_NAMES, cert="{files}/client.pem", private_key="{files}/client.key"),
        GOOD,
        warns=("cert",),
    ),
    Instance(
        "stranger",
        _server(tls_ca_cert=None, validate_cert=False, validate_hostname=False),
        GOOD,
    ),
    Instance(
        "stranger",
        _server(tls_verify=False),
        "OK - CRITICAL -",
        NONE,
        ours="OK OK CRITICAL OK",
    ),
    Instance("postgres", _server(start_tls="postgres"), GOOD),
    Instance(
        "good",
        _server(proxy={"https": "http://127.0.0.1:1"}, skip_proxy=True),
        GOOD,
        warns=("proxy",),
    ),
    Instance("", _file("valid.pem", server_hostname=NAME, name="file"), LOCAL),
    Instance("", _file("expired.pem", **UNNAMED), "- - OK CRITICAL"),
)
