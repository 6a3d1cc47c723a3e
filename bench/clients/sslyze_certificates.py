"""sslyze's certificate information, so many targets at once: CPU microseconds for each target.

Runs in sslyze's own environment: sslyze_certificates.py PORT COUNT IN_FLIGHT [ADDRESS]
"""

from __future__ import annotations

import sys
import time

from sslyze import (
    ScanCommand,
    Scanner,
    ServerHostnameCouldNotBeResolved,
    ServerNetworkConfiguration,
    ServerNetworkLocation,
    ServerScanRequest,
)

NAME = "api.halfshake.test"


def scan(address: str, port: int, count: int, in_flight: int) -> None:
    """Read the certificates of `count` targets; an error ends the program."""
    scanner = Scanner(
        per_server_concurrent_connections_limit=1, concurrent_server_scans_limit=in_flight
    )
    try:
        scanner.queue_scans(
            ServerScanRequest(
                ServerNetworkLocation(hostname=NAME, port=port, ip_address=address),
                ServerNetworkConfiguration(tls_server_name_indication=NAME),
                scan_commands={ScanCommand.CERTIFICATE_INFO},
            )
            for _ in range(count)
        )
    except ServerHostnameCouldNotBeResolved as error:
        sys.exit(str(error))
    read = 0
    for result in scanner.get_results():
        found = result.scan_result and result.scan_result.certificate_info.result
        if not found:
            sys.exit(f"sslyze: {result.connectivity_error_trace or result.scan_result}")
        read += len(found.certificate_deployments) > 0
    if read != count:
        sys.exit(f"sslyze read {read} of {count}")


def main(port: int, count: int, in_flight: int, address: str = "127.0.0.1") -> None:
    """Print the figure."""
    scan(address, port, 1, 1)
    before = time.process_time()
    scan(address, port, count, in_flight)
    print(f"{1e6 * (time.process_time() - before) / count:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
