"""The configuration: what it takes, and every mistake at once with file, line and key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.cli import main
from halfshake.commands.check import GROUPS
from halfshake.commands.watching import opening
from halfshake.inputs.options import TARGETS
from halfshake.report.options import FOR_PEOPLE, OUTPUT
from halfshake.trust.policy import ExpectedClientAuth
from halfshake.watch.reader import VisitKind
from halfshake.watch.settings.default_file import configuration_file
from halfshake.watch.settings.keys.document import Document, TargetEntry
from halfshake.watch.settings.keys.option_fields import LEFT_OUT, watched_options
from halfshake.watch.settings.plan import load_plan
from halfshake.watch.settings.text.mistakes import ConfigurationInvalid
from halfshake.watch.web.web_config import WebConfig
from pki import Authority

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from halfshake.watch.settings.plan import Plan

ROOT = Authority.root()


def plan_of(
    directory: Path, text: str, *, name: str = "watch.yaml", environment: Mapping[str, str] = {}
) -> Plan:
    """Load a configuration from a directory that holds a CA."""
    (directory / "corp-ca.pem").write_bytes(ROOT.pem)
    (directory / name).write_text(text)
    return load_plan(directory / name, opening(), environment)


def mistakes_of(directory: Path, text: str, **more: Any) -> list[str]:
    """Every mistake of a configuration, without the directory."""
    with pytest.raises(ConfigurationInvalid) as caught:
        plan_of(directory, text, **more)
    return [str(mistake).replace(f"{directory}/", "") for mistake in caught.value.mistakes]


CONTRACT = """
listen: 127.0.0.1:9943
trust: {ca_files: [corp-ca.pem], system: false}
defaults: {interval: 60s, timeout: 10s}
targets:
  - api.example.com
  - {target: "10.0.0.7:8443", server_name: api.example.com, interval: 30s,
     expect_client_auth: requested, labels: {team: payments}}
target_files: ["targets.d/*.yaml"]
"""


def test_the_least_that_must_work(tmp_path: Path) -> None:
    """The configuration of the contract, with a file of targets as Prometheus has them."""
    (tmp_path / "targets.d").mkdir()
    (tmp_path / "targets.d" / "sd.yaml").write_text(
        "- targets: [a.example.com:8443]\n  labels: {env: prod, __meta_zone: z}\n- b.example.com\n"
    )
    plan = plan_of(tmp_path, CONTRACT)
    first, second, third, fourth = plan.watched
    assert first.labels == 'target="api.example.com"'
    assert second.labels == 'target="10.0.0.7:8443",team="payments"'
    assert second.target.server_name == "api.example.com"
    assert second.settings.intervals == {VisitKind.usual: 30}
    assert third.labels == 'target="a.example.com:8443",env="prod"'
    assert fourth.settings is first.settings
    assert str(tmp_path / "corp-ca.pem") in plan.files


def test_toml_has_the_same_keys(tmp_path: Path) -> None:
    """And mistakes have their lines there, too."""
    text = (
        '[defaults]\ninterval = "30s"\n\n[[targets]]\ntarget = "a"\n\n[[targets]]\ntarget = "b"\n'
    )
    assert len(plan_of(tmp_path, text, name="watch.toml").watched) == 2
    assert mistakes_of(tmp_path, text + 'warning = "soon"\n', name="watch.toml") == [
        (
            "watch.toml:9: targets[1].warning: 'soon' is not a valid threshold: "
            "write 14d, 36h, 3600s or 33%"
        )
    ]
    assert mistakes_of(tmp_path, "listen = \n", name="watch.toml")[0].startswith("watch.toml:1: ")


def test_every_mistake_at_once(tmp_path: Path) -> None:
    """Each with its line, its key, and what to write instead."""
    text = """listen: nowhere
trust: {ca_files: [missing.pem], sytem: true}
defaults: {interval: soon}
targets:
  - api.example.com:99999
  - {target: "10.0.0.7:8443", modul: x, expect_client_auth: requird}
  - {target: x, module: nope}
  - 5
  - {target: y, interval: 0, labels: {"a b": c, target: z}}
  - {target: z, trust: nope}
sinks: {jsonlines: {}}
target_files: [nowhere.yaml]
"""
    found = mistakes_of(tmp_path, text)
    for line, key in [
        (1, "listen"),
        (2, "trust.ca_files[0]"),
        (2, "trust.sytem"),
        (3, "defaults.interval"),
        (5, "targets[0]"),
        (6, "targets[1].modul"),
        (6, "targets[1].expect_client_auth"),
        (7, "targets[2].module"),
        (8, "targets[3]"),
        (9, "targets[4].interval"),
        (9, "targets[4].labels.a b"),
        (9, "targets[4].labels.target"),
        (10, "targets[5].trust"),
        (11, "sinks.jsonlines.path"),
        (12, "target_files[0]"),
    ]:
        assert any(each.startswith(f"watch.yaml:{line}: {key}: ") for each in found), (line, key)
    assert len(found) == 15
    assert any("did you mean module?" in each for each in found)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("targets: [a]\ntargets: [b]\n", "watch.yaml:2: the key 'targets' stands here again"),
        ("targets: [a\n", "watch.yaml:2: "),
        ("- a\n", "watch.yaml:1: has to be a map of keys"),
        ("targets: a\n", "watch.yaml:1: targets: has to be a list"),
        ("targets: ['${NO_SUCH}']\n", "watch.yaml:1: targets[0]: the environment has no NO_SUCH"),
        ("targets:\n - {target: a}\n - {target: a, warning: 3d}\n", "watch.yaml:3: targets[1]: a "),
        (
            "sinks: {otlp: {endpoint: 'localhost:4318'}}\n",
            "watch.yaml:1: sinks.otlp.endpoint: is no URL: write http://127.0.0.1:4318/v1/metrics",
        ),
        ("targets: [{targets: [a], lables: {}}]\n", "watch.yaml:1: targets[0].lables: a group"),
    ],
)
def test_a_file_that_makes_no_sense(tmp_path: Path, text: str, mistake: str) -> None:
    """One sentence, and where."""
    assert mistakes_of(tmp_path, text)[0].startswith(mistake)


def test_yaml_is_read_as_people_mean_it(tmp_path: Path) -> None:
    """YAML 1.1 would make a boolean of `no`, and a number of 12:30."""
    plan = plan_of(tmp_path, "targets: [{target: no, labels: {country: no, at: 12:30}}]\n")
    assert plan.watched[0].labels == 'target="no",at="12:30",country="no"'


def test_the_environment_and_modules(tmp_path: Path) -> None:
    """`${VAR}`, a default for it, and layers: the target's own word counts most."""
    text = """
defaults: {warning: 10d, labels: {env: "${ENV:-test}"}}
modules: {payments: {warning: 20d, timeout: 3, labels: {team: payments}, enforcement: true}}
targets:
  - {target: "${HOST}", module: payments, timeout: 4}
"""
    plan = plan_of(tmp_path, text, environment={"HOST": "api.example.com"})
    (watched,) = plan.watched
    assert watched.labels == 'target="api.example.com",env="test",team="payments"'
    assert watched.settings.timeout_seconds == 4
    assert VisitKind.enforcement in watched.settings.intervals
    reader: Any = watched.settings.reader
    assert reader._judging.policy.warning.days == 20


def test_an_expectation_asks_for_the_second_visit_it_needs(tmp_path: Path) -> None:
    """At an interval of its own; the first visit is held to what it can see."""
    text = "targets: [{target: a, expect_client_auth: tls-required, enforcement_interval: 1h}]\n"
    (watched,) = plan_of(tmp_path, text).watched
    assert watched.settings.intervals == {VisitKind.usual: 60, VisitKind.enforcement: 3600}
    reader: Any = watched.settings.reader
    assert reader._judging.policy.expected_client_auth is ExpectedClientAuth.tls_required
    assert reader._usual_judging.policy.expected_client_auth is ExpectedClientAuth.requested


def test_labels_are_escaped(tmp_path: Path) -> None:
    """As the text format wants it."""
    text = 'targets: [{target: a, labels: {note: "say \\"hi\\"\\n\\\\"}}]\n'
    assert plan_of(tmp_path, text).watched[0].labels == r'target="a",note="say \"hi\"\n\\"'


def test_the_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`config check` says ok, or what is wrong with exit code 3; `config schema` is JSON Schema."""
    path = tmp_path / "watch.yaml"
    path.write_text("targets: [a]\n")
    assert main(["config", "check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: ok: 1 target, 0 modules\n"
    path.write_text("targets: [a b, c d]\n")
    assert main(["config", "check", "-c", str(path)]) == 3
    error = capsys.readouterr().err
    assert "2 mistakes" in error
    assert "Traceback" not in error
    assert main(["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    entry = schema["$defs"]["TargetEntry"]["properties"]
    assert {option.key for option in watched_options()} <= set(entry)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("halfshake.watch.settings.default_file.SYSTEM_DIRECTORY", tmp_path)
    assert main(["config", "check"]) == 3
    assert "no configuration was found: write " in capsys.readouterr().err


def test_where_the_configuration_is_looked_for(tmp_path: Path) -> None:
    """The user's own before the system's."""
    (tmp_path / "halfshake").mkdir()
    file = tmp_path / "halfshake" / "watch.toml"
    file.write_text("")
    assert configuration_file(None, {"XDG_CONFIG_HOME": str(tmp_path)}) == file


BLACKBOX = """
modules:
  http_2xx:
    prober: http
    http: {valid_status_codes: [200], preferred_ip_protocol: ip4, ip_protocol_fallback: false}
  tcp_tls:
    prober: tcp
    timeout: 5s
    tcp:
      tls: true
      tls_config: {ca_file: corp-ca.pem, server_name: a.test, cert_file: client.pem}
  insecure: {prober: tcp, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}
  smtp:
    prober: tcp
    tcp: {query_response: [{expect: "^220"}, {send: "EHLO me"}, {send: STARTTLS}, {starttls: true}]}
  plain: {prober: tcp}
  ping: {prober: icmp}
"""


def test_a_blackbox_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Modules with TLS become ours under the same names; what has no meaning is named."""
    (tmp_path / "blackbox.yml").write_text(BLACKBOX)
    assert main(["config", "from-blackbox", str(tmp_path / "blackbox.yml")]) == 0
    text = capsys.readouterr().out
    plan = plan_of(tmp_path, text)
    assert set(plan.modules) == {"http_2xx", "tcp_tls", "insecure", "smtp"}
    assert plan.modules["tcp_tls"].timeout_seconds == 5
    assert plan.modules["tcp_tls"].server_name == "a.test"
    assert plan.modules["insecure"].verify is False
    assert plan.modules["smtp"].starttls == "smtp"
    for remark in (
        "http_2xx: http.valid_status_codes has no meaning here",
        "tcp_tls: tcp.tls_config.cert_file: no client certificate is needed here",
        "plain: tcp without tls reads no certificate",
        "ping: the prober icmp reads no TLS",
    ):
        assert f"# {remark}" in text
    (tmp_path / "other.yml").write_text("a: b")
    assert main(["config", "from-blackbox", str(tmp_path / "other.yml")]) == 3


NOTIFY = """
notify:
  services:
    chat: json://127.0.0.1:1/hook
    pager:
      url_file: url
      group_wait: 0
      remind_every: null
      quiet_hours: []
  group_by: team
  remind_every: 4h
  quiet_hours: {time_zone: Europe/Berlin, begin: "22:00", end: "07:00"}
  routes:
    - {services: chat}
    - {services: [pager], statuses: critical, labels: {team: [pay*, stock]}, kinds: [went-dark]}
sinks: {alertmanager: {url: "http://127.0.0.1:9093/", headers: {Authorization: "${KEY}"}}}
"""


def test_notifications(tmp_path: Path) -> None:
    """What a service says goes before what holds for all; a URL may stand in a file."""
    (tmp_path / "url").write_text("json://127.0.0.1:2/\n")
    document = plan_of(tmp_path, NOTIFY, environment={"KEY": "t0p-secret"}).document
    notify = document.notify
    policies = notify.policies()
    assert policies["chat"].remind_seconds == 4 * 3600
    assert policies["chat"].group_by == ("team",)
    assert len(policies["chat"].quiet) == 1
    assert policies["pager"].remind_seconds is None
    assert (policies["pager"].quiet, policies["pager"].group_wait_seconds) == ((), 0)
    assert notify.services["pager"].secret_url() == "json://127.0.0.1:2/"
    assert notify.routing()[1].labels == (("team", ("pay*", "stock")),)
    assert document.sinks.alertmanager is not None
    assert document.sinks.alertmanager.url == "http://127.0.0.1:9093"
    assert "secret" not in repr(document)


def test_every_mistake_in_notifications(tmp_path: Path) -> None:
    """Also those between keys; and never with the URL in the sentence."""
    (tmp_path / "url").write_text("nosuch://t0p-secret\n")
    text = """notify:
  services:
    one: nosuch://t0p-secret
    two: {}
    three: {url_file: url}
    four: {url: json://localhost, quiet_hours: {begin: soon, end: "07:00", time_zone: Mars}}
    five: {url: json://localhost, quiet_hours: {begin: "00:00", end: "24:00"}}
  routes:
    - {services: [six], kinds: [exploded]}
  remind_evry: 1h
  group_wait: -1
sinks: {alertmanager: {url: localhost:9093}}
"""
    found = mistakes_of(tmp_path, text)
    for line, key, sentence in [
        (3, "services.one.url", "apprise knows no service 'nosuch'"),
        (4, "services.two", "needs `url` or `url_file`"),
        (5, "services.three.url_file", "apprise knows no service 'nosuch'"),
        (6, "services.four.quiet_hours[0].begin", "'soon' is no time of day"),
        (6, "services.four.quiet_hours[0].time_zone", "'Mars' is no time zone"),
        (7, "services.five.quiet_hours", "it is always quiet"),
        (9, "routes[0].services", "'six' is not in notify.services: one, two"),
        (9, "routes[0].kinds[0]", "has to be 'renewed'"),
        (10, "remind_evry", "there is no such key; did you mean remind_every?"),
        (11, "group_wait", "has to be 0 or more"),
    ]:
        start = f"watch.yaml:{line}: notify.{key}: {sentence}"
        assert any(each.startswith(start) for each in found), (start, found)
    assert any("sinks.alertmanager.url: is no URL" in each for each in found)
    assert len(found) == 11
    assert "secret" not in "".join(found)


def _without_description(schema: Any, where: str) -> list[str]:
    missing = []
    for key, value in schema.get("properties", {}).items():
        if not value.get("description"):
            missing.append(f"{where}.{key}")
    return missing


def test_every_key_has_a_description() -> None:
    """In the schema that editors read, of the configuration and of web.config.file."""
    for model in (Document, TargetEntry, WebConfig):
        schema = model.model_json_schema()
        missing = _without_description(schema, model.__name__)
        for name, each in schema.get("$defs", {}).items():
            missing += _without_description(each, name)
        assert missing == []


def test_every_option_of_check_is_a_key_or_left_out_with_a_reason() -> None:
    """Whoever adds an option to `check` decides about the monitor, too."""
    keys = set(TargetEntry.model_fields)
    reports = {option.key for group in (OUTPUT, FOR_PEOPLE, TARGETS) for option in group.options}
    options = {option.key for group in GROUPS for option in group.options}
    of_the_whole = {"concurrency"}  # at the top of the configuration
    assert options - keys - reports - of_the_whole == set(LEFT_OUT)
    assert not set(LEFT_OUT) & keys


def test_one_mistake_hides_no_other(tmp_path: Path) -> None:
    """In the same entry: of a group what all have in common is told once, where it stands."""
    (tmp_path / "sd.json").write_text(
        """[
  {"targets": ["a b", "good.example.com", "c:99999", 7],
   "labels": {
     "9bad": "x",
     "target": "y",
     "__param_module": "none",
     "__param_hostname": "no name"}},
  {"targets": ["d e"], "labels": {"z": {"no": "text"}}, "odd": 1},
  {"targets": [8], "labels": {"__x": "Prometheus' own", "8bad": "x"}}
]"""
    )
    (tmp_path / "more.yaml").write_text("- targets: [f g]\n  labels: [x]\n- targets: h i\n")
    target = "is not a valid target: write host, host:port, [IPv6]:port, https://host or unix:/path"
    label = "is not a label: use letters, digits and _, and do not begin with __"
    name = "is neither a host name nor an address"
    group = "a group of targets has `targets`, a list, and `labels`, a map; nothing else"
    found = mistakes_of(
        tmp_path,
        """target_files: [sd.json, more.yaml]
targets:
  - {target: "j k", interval: never, labels: {7x: y}, module: none, trust: nowhere}
  - {target: "l m", warning: 1d, critical: 5d}
  - {interval: soon, labels: {6x: y}}
""",
    )
    assert found == [
        "watch.yaml:3: targets[0].interval: 'never' is not a duration: write 30s, 5m or 1h30m",
        f"watch.yaml:3: targets[0].labels.7x: '7x' {label}",
        "watch.yaml:3: targets[0].module: 'none' is not in modules: there are none",
        "watch.yaml:3: targets[0].trust: 'nowhere' is not in trust_stores: there are none",
        f"watch.yaml:3: targets[0].target: 'j k' {target}",
        "watch.yaml:4: targets[1]: critical is more than warning: give critical the smaller value",
        f"watch.yaml:4: targets[1].target: 'l m' {target}",
        "watch.yaml:5: targets[2].interval: 'soon' is not a duration: write 30s, 5m or 1h30m",
        f"watch.yaml:5: targets[2].labels.6x: '6x' {label}",
        "watch.yaml:5: targets[2].target: is missing",
        f"sd.json:4: [0].labels.9bad: '9bad' {label}",
        "sd.json:5: [0].labels.target: target is a label of Halfshake's own: choose another name",
        f"sd.json:7: [0].labels.__param_hostname: 'no name': 'no name' {name}",
        "sd.json:6: [0].labels.__param_module: 'none' is not in modules: there are none",
        f"sd.json:2: [0].targets[0]: 'a b' {target}",
        "sd.json:2: [0].targets[2]: 'c:99999': the port 99999 is not between 1 and 65535",
        "sd.json:2: [0].targets[3]: has to be a text: host:port",
        f"sd.json:8: [1].odd: {group}",
        "sd.json:8: [1].labels.z: has to be a valid string",
        f"sd.json:8: [1].targets[0]: 'd e' {target}",
        f"sd.json:9: [2].labels.8bad: '8bad' {label}",
        "sd.json:9: [2].targets[0]: has to be a text: host:port",
        f"more.yaml:2: [0].labels: {group}",
        f"more.yaml:1: [0].targets[0]: 'f g' {target}",
        f"more.yaml:3: [1].targets: {group}",
    ]
    # The next time everything is said again.
    assert len(mistakes_of(tmp_path, "target_files: [sd.json]")) == 12


def test_a_mistake_is_followed_by_no_false_one(tmp_path: Path) -> None:
    """What is left out because it is wrong contradicts nothing, and is no target of its own."""
    found = mistakes_of(
        tmp_path,
        """defaults: {warning: 10d}
targets:
  - {target: a, warning: thirty, critical: 20d}
  - {target: a, labels: {7x: y}}
  - {target: a, module: none, critical: 20d}
  - a
""",
    )
    assert [each.partition(": ")[2].partition(":")[0] for each in found] == [
        "targets[0].warning",
        "targets[1].labels.7x",
        "targets[2].module",
    ]
