"""The calls of Datadog's `tls` check, on the Agent's own base: CPU microseconds for each run.

The check itself is not on PyPI. This one does the same in the same order: connects, makes a context
from its options, handshakes, takes the certificate, sends its dates and its service checks. Runs in
the Agent's environment: datadog_tls.py PORT COUNT IN_FLIGHT CA_FILE
"""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from cryptography.x509 import load_der_x509_certificate
from datadog_checks.base import AgentCheck

NAME = "api.halfshake.test"


class TLSCheck(AgentCheck):
    """As much of the `tls` check as a healthy server makes it run."""

    def check(self, instance: dict[str, object]) -> None:
        """One run of one instance."""
        port = int(str(instance["port"]))
        tags = [f"server_hostname:{NAME}", "server:127.0.0.1", f"port:{port}"]
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            self.service_check("tls.can_connect", self.OK, tags=tags)
            context = self.get_tls_context(refresh=True)
            try:
                with context.wrap_socket(connection, server_hostname=NAME) as client:
                    raw, version = client.getpeercert(binary_form=True), client.version()
            except ssl.SSLError as error:
                self.service_check("tls.cert_validation", self.CRITICAL, tags, message=str(error))
                return
        if raw is None:
            raise ValueError("no certificate")
        status = self.OK if version in {"TLSv1.2", "TLSv1.3"} else self.CRITICAL
        self.service_check("tls.version", status, tags=tags)
        certificate = load_der_x509_certificate(raw)
        self.service_check("tls.cert_validation", self.OK, tags=tags)
        left = (certificate.not_valid_after_utc - datetime.now(UTC)).total_seconds()
        self.gauge("tls.days_left", left / 86400, tags=tags)
        self.gauge("tls.seconds_left", left, tags=tags)
        self.service_check("tls.cert_expiration", self.OK if left > 0 else self.CRITICAL, tags)


def main(port: int, count: int, in_flight: int, ca_file: str) -> None:
    """Print the figure; each thread has an instance of its own, as in the Agent."""
    logging.disable(logging.WARNING)
    instance = {"server": "127.0.0.1", "port": port, "tls_ca_cert": ca_file}
    checks = [TLSCheck("tls", {}, [instance]) for _ in range(in_flight)]

    def share(check: TLSCheck) -> None:
        for _ in range(count // in_flight):
            check.check(instance)

    checks[0].check(instance)
    before = time.process_time()
    with ThreadPoolExecutor(in_flight) as threads:
        list(threads.map(share, checks))
    visits = count // in_flight * in_flight
    print(f"{1e6 * (time.process_time() - before) / visits:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
