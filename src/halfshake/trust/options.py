"""The options that say by what a reading is judged: trust, thresholds, expectations, clients."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup
from halfshake.trust.policy import ExpectedClientAuth

CLIENTS_SIDE = OptionGroup(
    "the clients' side",
    (
        Option(
            "client_ca_file",
            "certificates of client CAs: shows when those that the server accepts expire",
            Kind.path,
            placeholder="FILE",
            several=True,
            doc="when the client CAs expire that the server accepts; whether it would let this "
            "partner in",
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

TRUST = OptionGroup(
    "trust",
    (
        CA_FILE,
        Option(
            "ca_path",
            "trust the CA files of a directory",
            Kind.path,
            placeholder="DIR",
            several=True,
        ),
        Option(
            "system_store",
            "trust the system's CAs as well as --ca-file",
            Kind.flag,
        ),
        Option(
            "crl_file",
            "look certificates up in the CRLs of this file, PEM or DER; may be repeated",
            Kind.path,
            placeholder="FILE",
            several=True,
            doc="look certificates up in your CAs' CRLs",
        ),
        Option(
            "at",
            "judge as of this time: 2027-01-01",
            placeholder="TIME",
            doc="judge as of another time: `2027-01-01`",
        ),
    ),
)

ON_FAILURE = Option(
    "on_failure",
    "what a failed reading counts as (unknown)",
    choices=("critical", "warning", "unknown"),
    default="unknown",
    doc="what a failed reading counts as; [what each failure means](docs/failures.md)",
)

THRESHOLDS = OptionGroup(
    "thresholds",
    (
        Option(
            "warning",
            "time left that is a warning: 14d, 36h, 33%",
            flags=("-w", "--warning"),
            placeholder="LEFT",
            doc="how much time left is a warning, and critical: `14d`, `36h`, `33%` of the "
            "lifetime; `--path-…` for the CA certificates above",
        ),
        Option(
            "critical",
            "time left that is critical",
            flags=("-c", "--critical"),
            placeholder="LEFT",
        ),
        Option(
            "path_warning",
            "the same for the CA certificates above it",
            placeholder="LEFT",
        ),
        Option("path_critical", "the same, critical", placeholder="LEFT"),
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
    doc='pins; "the server serves what this file holds"',
)
EXPECT_ISSUER = Option(
    "expect_issuer",
    "a part of the issuer's name: 'CN=Corp CA'; may be repeated",
    placeholder="TEXT",
    several=True,
)
EXPECT_CLIENT_AUTH = Option(
    "expect_client_auth",
    "what should happen to clients without a certificate; all but `requested` imply "
    "`check --enforcement`",
    choices=tuple(ExpectedClientAuth),
    doc="critical where that is not what happens to clients without a certificate",
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
