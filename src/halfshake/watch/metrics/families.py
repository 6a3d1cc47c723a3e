"""The families of /metrics: name and help of every series that a target has.

Names and units are Prometheus' conventions: timestamps in seconds since 1970, facts as 0 or 1,
identity in `_info` series, so that an alert on a date goes on when a certificate is renewed.
"""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """One family; all are gauges. `info` ones are 1, and say what they say in their `labels`.

    `series` says how many a target has of it, for docs/metrics.md.
    """

    name: str
    help: str
    info: bool = False
    labels: tuple[str, ...] = ()
    series: str = "1"

    @property
    def header(self) -> str:
        """What stands before its series, in both text formats."""
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} gauge\n"


USUAL = (
    Family(
        "halfshake_probe_success",
        "Whether the server's certificate was read. A server may refuse us afterwards.",
    ),
    Family(
        "halfshake_probe_timestamp_seconds",
        "When the target was last tried, in seconds since 1970.",
    ),
    Family("halfshake_probe_duration_seconds", "How long the last reading took."),
    Family(
        "halfshake_probe_failure_info",
        "Why the certificate was not read; the series is there only while it is not.",
        info=True,
        labels=("phase", "reason"),
        series="1 while it is not read, otherwise 0",
    ),
    Family(
        "halfshake_status",
        "The whole verdict: 0 ok, 1 warning, 2 critical, 3 unknown, as Nagios numbers them.",
    ),
    Family(
        "halfshake_certificate_not_after_timestamp_seconds",
        "When the server's own certificate expires.",
    ),
    Family(
        "halfshake_certificate_not_before_timestamp_seconds",
        "When the server's own certificate began to be valid.",
    ),
    Family(
        "halfshake_path_not_after_timestamp_seconds",
        "When the first certificate of the trusted path expires; only where there is one.",
    ),
    Family("halfshake_trusted", "Whether OpenSSL trusts the chain by the trust store in force."),
    Family("halfshake_name_matches", "Whether the certificate is for the name asked for."),
    Family("halfshake_dates_valid", "Whether the certificate is within its dates."),
    Family(
        "halfshake_key_possession_proven",
        "Whether the server proved that it holds the key; absent where it could not be seen.",
    ),
    Family("halfshake_client_auth_requested", "Whether the server asks for a client certificate."),
    Family(
        "halfshake_client_auth_as_expected",
        "Whether clients without a certificate are met as expect_client_auth says.",
        series="1 with `expect_client_auth`, otherwise 0",
    ),
    Family(
        "halfshake_tls_info",
        "What was negotiated.",
        info=True,
        labels=("tls_version", "cipher_suite"),
        series="1",
    ),
    Family(
        "halfshake_certificate_info",
        "Which certificate the server shows.",
        info=True,
        labels=("sha256", "serial", "subject", "issuer"),
        series="1; a new one after a renewal",
    ),
    Family(
        "halfshake_finding",
        "What is wrong: a series for each warning and critical.",
        info=True,
        labels=("code", "severity"),
        series="1 for each kind of finding, 0 if all is well",
    ),
)
"""What each reading says."""

SECOND_VISIT = (
    Family(
        "halfshake_client_auth_enforced",
        "Whether a client without a certificate is refused, by TLS or by HTTP.",
        series="1 with `enforcement`, otherwise 0",
    ),
    Family(
        "halfshake_client_auth_enforcement_info",
        "What becomes of a client without a certificate.",
        info=True,
        labels=("enforcement",),
        series="1 with `enforcement`, otherwise 0",
    ),
    Family(
        "halfshake_client_auth_enforcement_as_expected",
        "Whether the second visit found what expect_client_auth says.",
        series="1 with both, otherwise 0",
    ),
    Family(
        "halfshake_client_auth_enforcement_timestamp_seconds",
        "When the second visit was last made, in seconds since 1970.",
        series="1 with `enforcement`, otherwise 0",
    ),
)
"""What the second visit says."""

FACES = (
    Family(
        "halfshake_faces_compared",
        "How many faces of the target were read when they were last compared.",
        series="1 where faces are read, otherwise 0",
    ),
    Family(
        "halfshake_faces_status",
        "The verdict on the faces together: 0 ok, 1 warning, 2 critical.",
        series="1 where faces are read, otherwise 0",
    ),
    Family(
        "halfshake_faces_differ",
        "How the faces of a target differ: a series for each difference.",
        info=True,
        labels=("code", "severity"),
        series="1 for each kind of difference, at most 14; 0 if they are alike",
    ),
    Family(
        "halfshake_faces_timestamp_seconds",
        "When the faces were last read, in seconds since 1970.",
        series="1 where faces are read, otherwise 0",
    ),
)
"""What the comparison of a target's faces says."""

FAMILIES = USUAL + SECOND_VISIT + FACES
