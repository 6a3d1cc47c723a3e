"""A real Prometheus and Alertmanager read the monitor; blackbox_exporter stands beside it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import parser

from pki import Authority
from servers import Settings, find_program, free_port
from servers.catalogue import HAPROXY, NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]

ROOT, CLIENTS = Authority.root(), Authority.root("Client CA")
NAME = "api.halfshake.test"
DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus"


def program(name: str) -> str:
    """Where a program of Debian's is; skips the test where it is not installed."""
    found = find_program(name)
    if found is None:
        message = f"{name} is not installed: run `make servers`"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@contextlib.contextmanager
def started(directory: Path, ready: str, *command: str) -> Iterator[None]:
    """Run a program until the end of the block; it is ready when this URL answers."""
    log = directory / f"{Path(command[0]).name}.log"
    with log.open("w") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=directory)
    try:
        deadline = time.monotonic() + 40
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(ready, timeout=5).close()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(log.read_text()[-3000:])
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait(5)


@contextlib.contextmanager
def watching(directory: Path, text: str) -> Iterator[int]:
    """The monitor, by this configuration; its port."""
    port = free_port()
    (directory / "ca.pem").write_bytes(ROOT.pem)
    (directory / "watch.yaml").write_text(f"listen: 127.0.0.1:{port}\n{text}")
    command = [sys.executable, "-m", "halfshake", "watch", "-c", str(directory / "watch.yaml")]
    with started(directory, f"http://127.0.0.1:{port}/-/ready", *command):
        yield port


def answer(url: str) -> Any:
    """What a JSON API answers."""
    with urllib.request.urlopen(url, timeout=10) as got:
        return json.load(got)


def until(seconds: float, look: Any) -> Any:
    """Look until something is there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    pytest.fail("it never came")


def query(port: int, expression: str) -> dict[str, float]:
    """Ask Prometheus; the values by job and target or instance."""
    text = urllib.parse.quote(expression)
    result = answer(f"http://127.0.0.1:{port}/api/v1/query?query={text}")["data"]["result"]
    return {
        f"{each['metric']['job']} {each['metric'].get('target') or each['metric']['instance']}": (
            float(each["value"][1])
        )
        for each in result
    }


PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s, scrape_timeout: 1s}}
rule_files: [rules.yaml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]}}
scrape_configs:
  - job_name: halfshake
    static_configs: [{{targets: ['127.0.0.1:{watch}']}}]
  - job_name: probe
    metrics_path: /probe
    params: {{module: [tcp_tls]}}
    static_configs: [{{targets: ['127.0.0.1:{nginx}']}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: '127.0.0.1:{watch}'}}
"""


def test_from_an_expiring_server_to_an_alert(tmp_path: Path) -> None:
    """Scraped by /metrics and by /probe with the usual relabelling; the alert arrives."""
    prometheus, alertmanager = program("prometheus"), program("prometheus-alertmanager")
    own, manager = free_port(), free_port()
    # The shipped rules; but nobody waits for five minutes here.
    rules = (DEPLOY / "halfshake-rules.yaml").read_text().replace("for: 5m", "for: 0s")
    (tmp_path / "rules.yaml").write_text(rules)
    (tmp_path / "alertmanager.yaml").write_text(
        "route: {receiver: nobody, group_wait: 0s}\nreceivers: [{name: nobody}]\n"
    )
    settings = Settings(ROOT.issue(NAME, days=(-80, 3)), CLIENTS.pem, ("TLSv1.2",))
    with NGINX.running(settings, tmp_path / "nginx") as nginx:
        target = f"127.0.0.1:{nginx.port}"
        text = (
            f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{interval: 1s, server_name: {NAME}}}\n"
            f"modules: {{tcp_tls: {{}}}}\ntargets: ['{target}']\n"
        )
        with watching(tmp_path, text) as watch:
            config = PROMETHEUS.format(alertmanager=manager, watch=watch, nginx=nginx.port)
            (tmp_path / "prometheus.yaml").write_text(config)
            at_manager = f"http://127.0.0.1:{manager}"
            with (
                started(
                    tmp_path,
                    f"{at_manager}/-/ready",
                    alertmanager,
                    f"--config.file={tmp_path}/alertmanager.yaml",
                    f"--storage.path={tmp_path}/alertmanager",
                    f"--web.listen-address=127.0.0.1:{manager}",
                    "--cluster.listen-address=",
                ),
                started(
                    tmp_path,
                    f"http://127.0.0.1:{own}/-/ready",
                    prometheus,
                    f"--config.file={tmp_path}/prometheus.yaml",
                    f"--storage.tsdb.path={tmp_path}/data",
                    f"--web.listen-address=127.0.0.1:{own}",
                ),
            ):
                up = until(30, lambda: len(query(own, "up == 1")) == 2 and query(own, "up"))
                success = until(30, lambda: query(own, "probe_success"))
                expiry = query(own, "probe_ssl_earliest_cert_expiry")
                ours = query(own, "halfshake_certificate_not_after_timestamp_seconds")

                def alerts() -> list[dict[str, str]]:
                    found = answer(f"{at_manager}/api/v2/alerts")
                    return [each["labels"] for each in found]

                fired = until(
                    60,
                    lambda: [
                        labels
                        for labels in alerts()
                        if labels["alertname"] == "HalfshakeCertificateExpiresSoon"
                    ],
                )
    assert set(up.values()) == {1}
    assert success == {f"probe {target}": 1}
    assert list(expiry.values()) == list(ours.values())
    assert fired[0]["target"] == target
    assert fired[0]["severity"] == "critical"


BLACKBOX = f"""
modules:
  tcp_tls:
    prober: tcp
    timeout: 5s
    tcp: {{tls: true, tls_config: {{ca_file: ca.pem, server_name: {NAME}}}}}
"""

# What blackbox_exporter 0.23 tells, and has to be the same.
COMPARED = (
    "probe_success",
    "probe_ip_protocol",
    "probe_ip_addr_hash",
    "probe_ssl_earliest_cert_expiry",
    "probe_ssl_last_chain_expiry_timestamp_seconds",
    "probe_tls_version_info",
)


def probed(port: int, target: str) -> dict[str, Any]:
    """Probe by the module `tcp_tls`; each sample's value and labels."""
    url = f"http://127.0.0.1:{port}/probe?module=tcp_tls&target={target}"
    with urllib.request.urlopen(url, timeout=20) as got:
        text = got.read().decode()
    parse: Any = parser.text_string_to_metric_families
    return {
        sample.name: (sample.value, dict(sample.labels))
        for family in parse(text)
        for sample in family.samples
    }


def test_side_by_side_with_blackbox_exporter(tmp_path: Path) -> None:
    """The same values where both answer, by the same blackbox.yml; and where only we do, we do.

    With HALFSHAKE_WRITE_TABLE=1 the table of docs/prometheus.md is printed.
    """
    blackbox = program("prometheus-blackbox-exporter")
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    (tmp_path / "blackbox.yml").write_text(BLACKBOX)
    translate = [sys.executable, "-m", "halfshake", "config", "from-blackbox"]
    ours = subprocess.run(
        [*translate, str(tmp_path / "blackbox.yml")], check=True, capture_output=True, text=True
    ).stdout
    modules = ours[ours.index("modules:") :]
    servers = {
        "plain, TLS 1.3 (nginx)": (NGINX, ("TLSv1.3",), False),
        "plain, TLS 1.2 (nginx)": (NGINX, ("TLSv1.2",), False),
        "mTLS, TLS 1.3 (nginx)": (NGINX, ("TLSv1.3",), True),
        "mTLS, TLS 1.2 (nginx)": (NGINX, ("TLSv1.2",), True),
        "mTLS, TLS 1.3 (HAProxy)": (HAPROXY, ("TLSv1.3",), True),
        "mTLS, TLS 1.2 (HAProxy)": (HAPROXY, ("TLSv1.2",), True),
    }
    with contextlib.ExitStack() as stack:
        targets = {}
        for number, (label, (server, versions, client_auth)) in enumerate(servers.items()):
            settings = Settings(ROOT.issue(NAME), CLIENTS.pem, versions, client_auth)
            running = stack.enter_context(server.running(settings, tmp_path / str(number)))
            targets[label] = f"127.0.0.1:{running.port}"
        listed = "".join(f"  - {target}\n" for target in targets.values())
        watch = stack.enter_context(watching(tmp_path, f"{modules}targets:\n{listed}"))
        port = free_port()
        stack.enter_context(
            started(
                tmp_path,
                f"http://127.0.0.1:{port}/-/healthy",
                blackbox,
                f"--config.file={tmp_path}/blackbox.yml",
                f"--web.listen-address=127.0.0.1:{port}",
            )
        )
        rows = {
            label: (probed(port, target), probed(watch, target))
            for label, target in targets.items()
        }
    for label, (theirs, own) in rows.items():
        assert own["probe_success"][0] == 1, label
        assert "probe_ssl_earliest_cert_expiry" in own, label
        if theirs["probe_success"][0] == 1:
            for name in COMPARED:
                assert own[name] == theirs[name], (label, name)
    assert rows["plain, TLS 1.3 (nginx)"][0]["probe_success"][0] == 1
    # What this is for: blackbox_exporter has no date of a server that refuses it in TLS 1.2.
    refused = rows["mTLS, TLS 1.2 (HAProxy)"][0]
    assert refused["probe_success"][0] == 0
    assert "probe_ssl_earliest_cert_expiry" not in refused
    if os.environ.get("HALFSHAKE_WRITE_TABLE"):
        sys.stdout.write(table(rows))


def table(rows: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> str:
    """The comparison, for docs/prometheus.md."""
    lines = [
        "| server | `probe_success`: blackbox_exporter, Halfshake | same expiry | asks for one |",
        "| --- | --- | --- | --- |",
    ]
    name = "probe_ssl_earliest_cert_expiry"
    for label, (theirs, own) in rows.items():
        expiry = "yes" if theirs.get(name) == own[name] else "only Halfshake has it"
        asked = "yes" if own["probe_tls_client_auth_requested"][0] else "no"
        success = f"{theirs['probe_success'][0]:.0f}, {own['probe_success'][0]:.0f}"
        lines.append(f"| {label} | {success} | {expiry} | {asked} |")
    return "\n".join(lines)


def test_the_shipped_rules() -> None:
    """Pass `promtool check rules` and `promtool test rules`."""
    promtool = program("promtool")
    for arguments in (
        ["check", "rules", "halfshake-rules.yaml"],
        ["test", "rules", "rules-test.yaml"],
    ):
        done = subprocess.run(
            [promtool, *arguments], cwd=DEPLOY, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
