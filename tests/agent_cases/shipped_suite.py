"""What the shipped `tls` check's public tests expect of it, case by case, as facts in our words.

Each is run against servers and files of ours, under `metric_namespace: tls` and without facts.
Where `better` stands, ours does more than is expected there, and what stands here is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent_cases.case import GOOD, GOOD_LEAF, NOT_CONNECTED, plain
from agent_cases.ground import NAME, ROOT, no_such_name, nothing, old_openssl, serving
from pki import self_signed

if TYPE_CHECKING:
    from agent_cases.case import Serve

DAY = 86_400

EXPIRED = ROOT.issue(NAME, days=(-33, -3))


@dataclass(frozen=True)
class Shipped:
    """One case: a server or a file, an instance, and what is sent.

    `serve` gives a port; without it the case is about a file, named by `file`. The instance is put
    on top of the address, the name and the CA. `checks` are can_connect, version, cert_validation
    and cert_expiration. `refused` is the option that a configuration error names.
    """

    title: str
    instance: dict[str, Any] = field(default_factory=dict)
    serve: Serve | None = None
    file: str | None = None
    checks: str = GOOD
    metrics: tuple[str, ...] = ("days_left", "seconds_left")
    says: dict[str, str] = field(default_factory=dict)
    init_config: dict[str, Any] = field(default_factory=dict)
    refused: str | None = None
    better: str = ""


LOCAL = "- - OK OK"
UNNAMED = {"tls_validate_hostname": False}
VALID = plain(GOOD_LEAF)

FILES = [
    Shipped("file: no name to look for", file="cert.pem", refused="server_hostname"),
    Shipped(
        "file: missing",
        UNNAMED,
        file="missing.pem",
        checks="- - CRITICAL -",
        metrics=(),
        says={"cert_validation": "it cannot be read"},
    ),
    Shipped("file: valid, PEM", UNNAMED, file="valid.pem", checks=LOCAL),
    Shipped("file: valid, DER", UNNAMED, file="valid.der", checks=LOCAL),
    Shipped("file: the right name", {"server_hostname": NAME}, file="valid.pem", checks=LOCAL),
    Shipped(
        "file: another name",
        {"server_hostname": "wrong.host"},
        file="valid.pem",
        checks="- - CRITICAL OK",
        says={"cert_validation": "not for wrong.host"},
    ),
    Shipped(
        "file: no certificate in it",
        UNNAMED,
        file="junk.pem",
        checks="- - CRITICAL -",
        metrics=(),
    ),
    Shipped("file: expired", UNNAMED, file="expired.pem", checks="- - OK CRITICAL"),
    Shipped(
        "file: critical by days",
        {**UNNAMED, "days_critical": 200},
        file="valid.pem",
        checks="- - OK CRITICAL",
    ),
    Shipped(
        "file: critical by seconds, not by days",
        {**UNNAMED, "days_critical": -1, "seconds_critical": 200 * DAY},
        file="valid.pem",
        checks="- - OK CRITICAL",
    ),
    Shipped(
        "file: warning by days",
        {**UNNAMED, "days_warning": 200},
        file="valid.pem",
        checks="- - OK WARNING",
    ),
    Shipped(
        "file: warning by seconds, not by days",
        {**UNNAMED, "days_warning": -1, "seconds_warning": 200 * DAY},
        file="valid.pem",
        checks="- - OK WARNING",
    ),
]

SERVERS = [
    Shipped("server: none named", refused="server"),
    Shipped("server: valid", serve=VALID),
    Shipped("server: valid, by address", UNNAMED, VALID),
    Shipped("server: valid, by address, over UDP", {**UNNAMED, "transport": "udp"}, VALID),
    Shipped(
        "server: a name without an address",
        {"server": "https://no-such-host.invalid", "port": None, "server_hostname": None},
        no_such_name,
        checks=NOT_CONNECTED,
        metrics=(),
        says={"can_connect": "has no address"},
    ),
    Shipped(
        "server: nothing listens",
        {"server": "localhost"},
        nothing,
        checks=NOT_CONNECTED,
        metrics=(),
    ),
    Shipped(
        "server: nothing listens, port in `server`",
        {"server": "localhost:{port}", "port": None},
        nothing,
        checks=NOT_CONNECTED,
        metrics=(),
    ),
    Shipped(
        "server: TLS 1.1",
        serve=serving(old_openssl("-tls1_1"), ROOT.issue(NAME, key_type="rsa"), client_auth=False),
        checks="OK CRITICAL OK OK",
        says={"version": "Disallowed protocol version: TLSv1.1"},
        better="there, `cert_validation` fails and nothing else is sent: here `version` says what "
        "is wrong, and `days_left` stays",
    ),
    Shipped("server: TLS 1.2", serve=plain(GOOD_LEAF, "TLSv1.2")),
    Shipped("server: TLS 1.3", serve=plain(GOOD_LEAF, "TLSv1.3")),
    Shipped(
        "server: TLS 1.2, allowed as `1.2` by init_config",
        serve=plain(GOOD_LEAF, "TLSv1.2"),
        init_config={"allowed_versions": ["1.2"]},
    ),
    Shipped(
        "server: another name, not verified",
        {"tls_verify": False, "tls_ca_cert": None},
        plain(ROOT.issue("other.halfshake.test")),
        checks="OK OK CRITICAL OK",
    ),
    Shipped(
        "server: self-signed, not verified",
        {"tls_verify": False, "tls_ca_cert": None},
        plain(self_signed(NAME)),
    ),
    Shipped(
        "server: expired",
        serve=plain(EXPIRED),
        checks="OK OK CRITICAL CRITICAL",
        says={"cert_expiration": "expired"},
        better="there, neither `version` nor `days_left` is sent: here both are, `days_left` "
        "negative",
    ),
    Shipped("server: critical by days", {"days_critical": 200}, VALID, checks="OK OK OK CRITICAL"),
    Shipped(
        "server: critical by seconds, not by days",
        {"days_critical": -1, "seconds_critical": 200 * DAY},
        VALID,
        checks="OK OK OK CRITICAL",
    ),
    Shipped("server: warning by days", {"days_warning": 200}, VALID, checks="OK OK OK WARNING"),
    Shipped(
        "server: warning by seconds, not by days",
        {"days_warning": -1, "seconds_warning": 200 * DAY},
        VALID,
        checks="OK OK OK WARNING",
    ),
    Shipped(
        "server: for how long it was issued",
        {"send_cert_duration": True},
        VALID,
        metrics=("days_left", "seconds_left", "issued_days", "issued_seconds"),
    ),
]
