"""/probe: blackbox_exporter's contract, for mTLS servers too, and safe by default."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pki import Authority
from watch.serving import NAME, mtls_server, watching

if TYPE_CHECKING:
    from pathlib import Path

TRUST = f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{timeout: 5s, server_name: {NAME}}}\n"


async def probe(url: str, headers: Any = None, **query: Any) -> tuple[int, str]:
    """Ask for a probe; status and text."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/probe", params=query, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def samples(text: str) -> dict[str, Any]:
    """Each sample by its name."""
    return {
        sample.name: sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_an_mtls_server_by_the_names_of_blackbox_exporter(tmp_path: Path) -> None:
    """What existing rules and boards look for, of a server that blackbox_exporter cannot read."""
    async with mtls_server(tmp_path) as port:
        text = f"{TRUST}targets: ['127.0.0.1:{port}']\n"
        async with watching(tmp_path, text) as served:
            status, answer = await probe(served.url, target=f"127.0.0.1:{port}")
    assert status == 200
    found = samples(answer)
    assert found["probe_success"].value == 1
    assert found["probe_ip_protocol"].value == 4
    assert found["probe_tls_client_auth_requested"].value == 1
    assert found["probe_tls_version_info"].labels == {"version": "TLS 1.3"}
    expiry = found["probe_ssl_earliest_cert_expiry"].value
    assert found["probe_ssl_last_chain_expiry_timestamp_seconds"].value == expiry
    info = found["probe_ssl_last_chain_info"].labels
    assert set(info) == {
        "fingerprint_sha256", "issuer", "serialnumber", "subject", "subjectalternative",
    }  # fmt: skip
    assert info["subjectalternative"] == NAME


async def test_an_untrusted_chain_keeps_its_dates(tmp_path: Path) -> None:
    """It is a failure unless `verify` is off; its expiry is told all the same."""
    stranger = Authority.root("Stranger")
    async with mtls_server(tmp_path, authority=stranger, days=(-30, -1)) as port:
        text = (
            f"{TRUST}targets: ['127.0.0.1:{port}']\nmodules: {{lax: {{verify: false}}, "
            f"ssl: {{exporter: ssl_exporter, server_name: {NAME}}}}}\n"
        )
        async with watching(tmp_path, text) as served:
            target = f"127.0.0.1:{port}"
            strict = samples((await probe(served.url, target=target))[1])
            lax = samples((await probe(served.url, target=target, module="lax"))[1])
            other = samples((await probe(served.url, target=target, module="ssl"))[1])
    assert strict["probe_success"].value == 0
    assert "probe_ssl_earliest_cert_expiry" in strict
    assert "probe_ssl_last_chain_expiry_timestamp_seconds" not in strict
    assert lax["probe_success"].value == 1
    assert other["ssl_probe_success"].value == 0
    assert other["ssl_cert_not_after"].labels["dnsnames"] == f",{NAME},"
    assert "probe_success" not in other
    assert "ssl_verified_cert_not_after" not in other


async def test_what_cannot_be_read_says_only_that(tmp_path: Path) -> None:
    """No expiry of 0; and debug=true says why."""
    async with watching(tmp_path, "targets: ['127.0.0.1:1']\n") as served:
        status, answer = await probe(served.url, target="127.0.0.1:1")
        _, debug = await probe(served.url, target="127.0.0.1:1", debug="true")
    assert status == 200
    assert samples(answer)["probe_success"].value == 0
    assert not any(name.startswith("probe_ssl") for name in samples(answer))
    assert debug.startswith("Logs for the probe:\n")
    assert "refused the connection" in debug
    assert "Metrics that would have been returned:\n" in debug


async def test_prometheus_own_patience_is_kept(tmp_path: Path) -> None:
    """The answer is there before Prometheus gives up, whatever the module's timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = f"127.0.0.1:{silent.getsockname()[1]}"
        async with watching(tmp_path, f"defaults: {{timeout: 30s}}\ntargets: ['{target}']\n") as on:
            began = asyncio.get_running_loop().time()
            header = {"X-Prometheus-Scrape-Timeout-Seconds": "1"}
            status, answer = await probe(on.url, header, target=target)
            took = asyncio.get_running_loop().time() - began
            bad = {"X-Prometheus-Scrape-Timeout-Seconds": "soon"}
            assert (await probe(on.url, bad, target=target))[0] == 400
    assert status == 200
    assert samples(answer)["probe_success"].value == 0
    assert 0.4 < took < 10


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({}, "Target parameter is missing"),
        ({"target": "a", "module": "nope"}, "Unknown module 'nope'"),
        ({"target": "a:b:c"}, "is not a valid target"),
        ({"target": "2852039166"}, "looks like an IPv4 address"),
    ],
)
async def test_a_request_that_makes_no_sense(
    tmp_path: Path, query: dict[str, str], sentence: str
) -> None:
    """400, and one sentence."""
    async with watching(tmp_path, "") as served:
        status, answer = await probe(served.url, **query)
    assert status == 400
    assert sentence in answer


ALLOWED = "probe: {allow: {names: ['*'], networks: ['0.0.0.0/0', '::/0'], ports: [80, 443]}}\n"


@pytest.mark.parametrize(
    "target",
    [
        "169.254.169.254:80",
        "[::ffff:169.254.169.254]:80",
        "[::1]:443",
        "[0:0:0:0:0:ffff:7f00:1]:443",
        "0xa9fea9fe:80",
        "0x7f000001:443",
        "127.0.0.1:443",
        "localhost:443",
        "metadata.test:80",
        "https://metadata.test/latest/meta-data",
        "unix:/run/docker.sock",
    ],
)
async def test_ways_into_this_machine_are_refused_and_counted(tmp_path: Path, target: str) -> None:
    """Whatever the allow-list says."""

    async def look_up(host: str, port: int) -> Any:
        if host == "metadata.test":
            return [(socket.AF_INET, ("169.254.169.254", port))]
        infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [(info[0], info[4]) for info in infos]

    async with watching(tmp_path, ALLOWED, look_up=look_up) as served:
        status, answer = await probe(served.url, target=target)
        health = served.monitor.health.text(openmetrics=False).decode()
    assert status == 403, answer
    assert 'halfshake_probe_requests_total{result="refused-' in health


async def test_the_address_that_was_judged_is_the_one_that_is_dialled(tmp_path: Path) -> None:
    """A name whose answer changes between the two leads nowhere: it is looked up once."""
    async with mtls_server(tmp_path) as port:
        answers = ["127.0.0.1", "169.254.169.254", "169.254.169.254"]

        async def look_up(_: str, port: int) -> Any:
            return [(socket.AF_INET, (answers.pop(0), port))]

        text = f"{TRUST}probe: {{allow: {{networks: ['127.0.0.0/8'], ports: [{port}]}}}}\n"
        async with watching(tmp_path, text, look_up=look_up) as served:
            status, answer = await probe(served.url, target=f"changing.test:{port}")
            assert samples(answer)["probe_success"].value == 1
            assert len(answers) == 2
            status, _ = await probe(served.url, target=f"changing.test:{port}")
    assert status == 403


async def test_a_configured_name_that_has_become_a_metadata_service(tmp_path: Path) -> None:
    """Is not read through /probe either."""

    async def look_up(_: str, port: int) -> Any:
        return [(socket.AF_INET, ("169.254.169.254", port))]

    async with watching(tmp_path, "targets: [api.test]\n", look_up=look_up) as served:
        assert (await probe(served.url, target="api.test"))[0] == 403


async def test_ad_hoc_probes_are_limited(tmp_path: Path) -> None:
    """Those of the configuration are not: they are known, and few."""

    async def look_up(_: str, port: int) -> Any:
        return [(socket.AF_INET, ("127.0.0.1", port))]

    text = (
        "probe: {per_second: 1, allow: {networks: ['127.0.0.0/8'], ports: [1]}}\n"
        "targets: ['127.0.0.1:1']\n"
    )
    async with watching(tmp_path, text, look_up=look_up) as served:
        ad_hoc = [(await probe(served.url, target="other.test:1"))[0] for _ in range(6)]
        known = [(await probe(served.url, target="127.0.0.1:1"))[0] for _ in range(6)]
    assert 429 in ad_hoc
    assert set(known) == {200}


async def test_a_target_is_found_however_it_is_written(tmp_path: Path) -> None:
    """Prometheus passes host:port on where the configuration has the host, or a name."""
    text = "targets: [api.invalid, {target: 'https://other.invalid:8443', name: other}]\n"
    async with watching(tmp_path, text) as served:
        for target in ("api.invalid", "api.invalid:443", "other", "other.invalid:8443"):
            assert (await probe(served.url, target=target))[0] == 200, target
        assert (await probe(served.url, target="api.invalid:8443"))[0] == 403
