"""The options that say by what a reading is judged: trust, thresholds, expectations, clients."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.policy import ExpectedClientAuth

CLIENTS_SIDE = OptionGroup(
    "the clients' side",
    (
        Option(
            "client_ca_file",
            "certificates of client CAs: shows when the CAs that the server accepts expire",
            Kind.path,
            placeholder="FILE",
            several=True,
            doc="when the client CAs that the server accepts expire; whether it would let "
            "this partner in",
        ),
        Option(
            "would_accept",
            "a partner's public certificate chain: would the server let this client in?",
            Kind.path,
            placeholder="FILE",
            several=True,
        ),
    ),
)

CA_FILE = Option(
    "ca_file",
    "trust the CAs in this PEM file instead of the system's; may be repeated",
    Kind.path,
    placeholder="FILE",
    several=True,
    doc="which CAs to trust; by default the system's (`SSL_CERT_FILE`, `SSL_CERT_DIR`)",
)

CLIENTS = Option(
    "clients",
    "the families of clients whose refusal is critical, such as go,java; by default OpenSSL's",
    placeholder="FAMILY,…",
    doc="whose refusal is critical, by default OpenSSL's: "
    + ", ".join(f"`{profile}`" for profile in FAMILIES)
    + " ([clients](docs/clients.md))",
)

TRUST = OptionGroup(
    "trust",
    (
        CA_FILE,
        Option(
            "ca_path",
            "trust the CA files in this directory",
            Kind.path,
            placeholder="DIR",
            several=True,
        ),
        Option(
            "system_store",
            "trust the system's CAs as well as --ca-file",
            Kind.flag,
        ),
        CLIENTS,
        Option(
            "crl_file",
            "check certificates against the CRLs in this file, PEM or DER; may be repeated",
            Kind.path,
            placeholder="FILE",
            several=True,
            doc="check certificates against your CAs' CRLs",
        ),
        Option(
            "at",
            "judge as of this time, such as 2027-01-01",
            placeholder="TIME",
            doc="judge as of another time, such as `2027-01-01`",
        ),
    ),
)

ON_FAILURE = Option(
    "on_failure",
    "the status of a failed reading (unknown)",
    choices=("critical", "warning", "unknown"),
    default="unknown",
    doc="the status of a failed reading; [what each failure means](docs/failures.md)",
)

THRESHOLDS = OptionGroup(
    "thresholds",
    (
        Option(
            "warning",
            "warn when less time is left: 14d, 36h, 33%",
            flags=("-w", "--warning"),
            placeholder="LEFT",
            doc="warning or critical when less time is left: `14d`, `36h`, `33%` of the "
            "lifetime; `--path-…` for the CA certificates above",
        ),
        Option(
            "critical",
            "critical when less time is left",
            flags=("-c", "--critical"),
            placeholder="LEFT",
        ),
        Option(
            "path_warning",
            "the same as --warning, for the CA certificates above",
            placeholder="LEFT",
        ),
        Option(
            "path_critical",
            "the same as --critical, for the CA certificates above",
            placeholder="LEFT",
        ),
        Option(
            "severity",
            "make a finding info, warning or critical, or ignore it; may be repeated",
            placeholder="CODE=LEVEL",
            several=True,
            doc="make a [finding](docs/findings.md) info, warning or critical, or ignore it",
        ),
        ON_FAILURE,
    ),
)

EXPECT_SPKI = Option(
    "expect_spki",
    "the public key's SHA-256, in hex or as sha256//BASE64; may be repeated",
    placeholder="SHA256",
    several=True,
    doc="pins: this key, this issuer, the certificate in this file",
)
EXPECT_ISSUER = Option(
    "expect_issuer",
    "a part of the issuer's name, such as 'CN=Corp CA'; may be repeated",
    placeholder="TEXT",
    several=True,
)
EXPECT_CLIENT_AUTH = Option(
    "expect_client_auth",
    "how the server should treat clients without a certificate; all except `requested` imply "
    "`check --enforcement`",
    choices=tuple(ExpectedClientAuth),
    doc="critical if the server does not treat clients without a certificate like this",
)

EXPECTATIONS = OptionGroup(
    "expectations",
    (
        EXPECT_SPKI,
        EXPECT_ISSUER,
        Option(
            "expect_file",
            "the certificate file that the server should serve",
            Kind.path,
            placeholder="FILE",
        ),
        EXPECT_CLIENT_AUTH,
    ),
)

JUDGING = (CLIENTS_SIDE, TRUST, THRESHOLDS, EXPECTATIONS)
