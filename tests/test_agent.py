"""The parts of the Agent's check: fetching issuers within limits, and a robust memory."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from agent_cases.certificates import issue
from agent_cases.ground import NAME, ROOT, STRANGER, web_server
from halfshake.agent.issuers import LIMITS, IssuerFetcher
from halfshake.agent.memory import Memory
from halfshake.agent.option_reader import OptionsInvalid
from halfshake.agent.options import read_options
from halfshake.agent.rounds import Judged
from halfshake.certificate import read_certificate
from halfshake.inputs.target_text import parse_target
from halfshake.observation import (
    ClientAuth,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    Timings,
)
from halfshake.trust.assessment import Expectations, assess
from halfshake.trust.policy import LifetimeRatio, Policy
from halfshake.trust.rules.pointers import issuer_urls
from halfshake.trust.store import TrustStore
from halfshake.trust.verdict import judge

if TYPE_CHECKING:
    from pki import Authority, Credential

INTERMEDIATE = ROOT.intermediate()


def observed(credential: Credential) -> Observation:
    """A reading of a server that sends exactly this chain."""
    return Observation(
        target=parse_target("127.0.0.1:1", server_name=NAME),
        observed_at=datetime.now(UTC),
        address="127.0.0.1:1",
        tls_version="TLSv1.3",
        cipher_suite="TLS_AES_128_GCM_SHA256",
        named_group="x25519",
        client_auth=ClientAuth(requested=True),
        key_possession=KeyPossessionEvidence(KeyPossession.proven),
        chain=tuple(
            read_certificate(certificate.public_bytes(Encoding.DER))
            for certificate in credential.chain
        ),
        timings=Timings(),
    )


def completed(
    url: str, fetcher: IssuerFetcher | None = None, authority: Authority = INTERMEDIATE
) -> int:
    """Complete the chain of a leaf that points to its issuer; return its number of certificates."""
    leaf = issue(authority, NAME, names=[x509.DNSName(NAME)], issuer_url=url)
    reading = observed(leaf.without_intermediates())
    complete = (fetcher or IssuerFetcher()).complete(reading, kept_seconds=60, timeout_seconds=1)
    return len(asyncio.run(complete).chain)


DER = INTERMEDIATE.certificate.public_bytes(Encoding.DER)


def test_an_issuer_is_fetched_once() -> None:
    """DER or PEM; the answer is kept for as long as the owner says."""
    with web_server({"/ca": DER, "/pem": INTERMEDIATE.pem}) as address:
        fetcher = IssuerFetcher()
        assert completed(f"{address}/ca", fetcher) == 2
        assert completed(f"{address}/pem") == 2
    assert completed(f"{address}/ca", fetcher) == 2  # nobody is there any more


def test_what_is_no_issuer_is_left_out() -> None:
    """Missing, too large, rubbish, self-signed, or https: the chain stays as it was served."""
    root = STRANGER.certificate.public_bytes(Encoding.DER)
    paths = {"/large": bytes(LIMITS.max_bytes + 1), "/rubbish": b"rubbish", "/root": root}
    with web_server(paths) as address:
        for path in ("/missing", "/large", "/rubbish"):
            assert completed(f"{address}{path}") == 1
        assert completed(f"{address}/root", authority=STRANGER) == 1
    assert completed("https://127.0.0.1/ca") == 1


def test_clouds_credentials_are_not_asked_for() -> None:
    """The server chooses the address: an address with machine credentials is not contacted."""
    with mock.patch("halfshake.dial.fetch.connect") as connect:
        assert completed("http://169.254.169.254/latest/meta-data") == 1
        assert completed("http://[fe80::1]/ca") == 1
    connect.assert_not_called()


def test_a_silent_publisher_has_its_time() -> None:
    """No longer than the reading's remaining time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        thread = threading.Thread(target=lambda: held.append(listener.accept()[0]))
        thread.start()
        assert completed(f"http://127.0.0.1:{listener.getsockname()[1]}/ca") == 1
        thread.join()
        held[0].close()


def test_addresses_of_a_broken_certificate() -> None:
    """There are none."""
    assert issuer_urls((b"rubbish",), ()) == ()
    assert issuer_urls((DER,), ()) == ()


def test_what_a_broken_off_flight_did_not_tell_is_no_change() -> None:
    """Whether it asks for a client certificate is remembered from the reading before."""
    reading = observed(INTERMEDIATE.issue(NAME))
    store = TrustStore((ROOT.certificate.public_bytes(Encoding.DER),), ("ca.pem",))
    memory = Memory()
    changes = []
    for requested in (True, None, True, None, False):
        seen = reading._replace(client_auth=ClientAuth(requested=requested))
        verdict = judge(seen, store, Policy(), datetime.now(UTC))
        assessment = assess(seen, verdict, Expectations())
        changes.append(
            [change.code for change in memory.take("one", Judged(seen, verdict, assessment, None))]
        )
    assert changes == [[], [], [], [], ["client_auth_changed"]]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "5", '{"a": 5}', '{"a": {"b": 1}}'])
def test_a_damaged_memory_begins_anew(text: str | None) -> None:
    """Another release may have written the file."""
    memory = Memory(text)
    assert memory.not_after("a") is None
    assert memory.text_if_changed() is None


@pytest.mark.parametrize(
    ("server", "more", "text"),
    [
        ("api.example.com", {}, "api.example.com:443"),
        ("api.example.com:8443", {}, "api.example.com:8443"),
        ("api.example.com:8443", {"port": "9443"}, "api.example.com:9443"),
        ("https://api.example.com/health?x=1", {}, "api.example.com:443"),
        ("tcp://api.example.com:8443", {}, "api.example.com:8443"),
        ("::1", {"port": 8443}, "[::1]:8443"),
        ("https://[::1]:99", {}, "[::1]:99"),
        ("192.0.2.7", {"port": 8443.0}, "192.0.2.7:8443"),
    ],
)
def test_where_to_look(server: str, more: dict[str, object], text: str) -> None:
    """Host, address or URL, as the tls check takes them; `port` overrides."""
    (watched,) = read_options({"server": server, **more}, {}).watched
    assert watched.target.text == text


def test_init_config_holds_defaults() -> None:
    """An instance overrides them, and a target its instance."""
    options = read_options(
        {"targets": ["a", {"server": "b", "timeout": 3, "tags": ["own:1"]}], "tags": ["all:1"]},
        {"timeout": 5, "metric_namespace": "tls", "server": "ignored"},
    )
    assert [watched.timeout_seconds for watched in options.watched] == [5, 3]
    assert options.watched[1].tags[-2:] == ("all:1", "own:1")
    assert options.namespace == "tls"


def test_every_mistake_of_every_target() -> None:
    """Once under the instance's key, or under the target's number."""
    with pytest.raises(OptionsInvalid) as caught:
        read_options({"targets": ["a", {"server": "b", "port": 0}], "timeout": "soon"}, {})
    assert [mistake.key for mistake in caught.value.mistakes] == ["timeout", "targets -> 2 -> port"]


def test_the_families_whose_refusal_counts() -> None:
    """A list of families; one that is none is a mistake."""
    (watched,) = read_options({"server": "a.test", "clients": ["go", "java"]}, {}).watched
    assert watched.policy.clients == ("go", "java")
    with pytest.raises(OptionsInvalid, match="clients: must be a list of openssl"):
        read_options({"server": "a.test", "clients": ["netscape"]}, {})


def test_the_nearer_threshold_counts() -> None:
    """In any unit and under any name: instance overrides init_config, target overrides both."""
    init_config = {"seconds_warning": 5, "days_critical": 3, "tls_ca_cert": "/general.pem"}
    instance = {
        "targets": ["a", {"server": "b", "lifetime_ratio_warning": 0.5, "ca_cert": "/own.pem"}],
        "days_warning": 20,
        "ca_cert": "/instance.pem",
        "name": "payments",
    }
    first, second = read_options(instance, init_config).watched
    assert first.policy == Policy(timedelta(days=20), timedelta(days=3))
    assert second.policy == Policy(LifetimeRatio(0.5), timedelta(days=3))
    assert (first.ca_path, second.ca_path) == ("/instance.pem", "/own.pem")
    assert first.tags[0] == second.tags[0] == "name:payments"


@pytest.mark.parametrize(
    ("options", "warning", "trust"),
    [
        ({}, timedelta(days=14), True),
        ({"days_warning": 0, "seconds_warning": 0}, timedelta(days=14), True),
        ({"days_warning": 30, "seconds_warning": 0}, timedelta(days=30), True),
        ({"days_warning": 30, "seconds_warning": 60}, timedelta(seconds=60), True),
        ({"days_warning": -1}, timedelta(0), True),
        ({"days_warning": "-1", "lifetime_ratio_warning": 0.5}, LifetimeRatio(0.5), True),
        ({"tls_verify": False}, timedelta(days=14), False),
        ({"tls_verify": False, "tls_ca_cert": "ca.pem"}, timedelta(days=14), True),
    ],
)
def test_in_the_place_of_the_tls_check(
    options: dict[str, object], warning: object, trust: bool
) -> None:
    """Its defaults, what 0 and -1 mean there, and whose CA is checked."""
    (watched,) = read_options({"server": "a", **options}, {"metric_namespace": "tls"}).watched
    assert watched.policy.warning == warning
    assert watched.expected.trust is trust


@pytest.mark.parametrize(
    ("spelling", "version"),
    [
        ("1.2", "TLSv1.2"),
        (1.2, "TLSv1.2"),
        (1, "TLSv1"),
        ("v1.0", "TLSv1"),
        ("tlsv1.0", "TLSv1"),
        ("TLS1.2", "TLSv1.2"),
        ("tls 1.3", "TLSv1.3"),
        ("TLSV1.1", "TLSv1.1"),
        ("sslv3", "SSLv3"),
        ("tlsv9000", "tlsv9000"),
        ("2.0", "2.0"),
    ],
)
def test_spellings_of_a_version(spelling: object, version: str) -> None:
    """Those of the tls check, and more; what does not exist stays, and is never chosen."""
    for given in (spelling, [spelling]):
        (watched,) = read_options({"server": "a", "allowed_versions": given}, {}).watched
        assert watched.expected.tls_versions == (version,)
    (watched,) = read_options({"server": "a", "allowed_versions": []}, {}).watched
    assert watched.expected.tls_versions == ("TLSv1.2", "TLSv1.3")


def test_a_name_that_is_none() -> None:
    """It is an error only if the certificate is checked for it."""
    instance = {"server": "a.example", "server_hostname": "*.example"}
    with pytest.raises(OptionsInvalid, match="server_hostname: must be a host name"):
        read_options(instance, {})
    options = read_options({**instance, "tls_validate_hostname": False}, {})
    assert options.watched[0].target.server_name == "a.example"
    assert "`server_hostname: *.example` is not a host name" in options.warnings[0]


@pytest.mark.parametrize("namespace", ["a b", "1a", "a..b", "a.", "ä", ".a"])
def test_a_namespace_is_a_metrics_name(namespace: str) -> None:
    """Datadog would change any other."""
    with pytest.raises(OptionsInvalid, match="metric_namespace"):
        read_options({"server": "a", "metric_namespace": namespace}, {})
