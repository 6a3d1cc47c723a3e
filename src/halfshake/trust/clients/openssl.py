"""OpenSSL clients, lenient and strict: the local OpenSSL's own answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.clients.client_verdict import ClientVerdict
from halfshake.trust.findings import Finding, found
from halfshake.trust.openssl import faults
from halfshake.trust.path import steps_of

if TYPE_CHECKING:
    from halfshake.trust.openssl.asking import OpenSslVerdict
    from halfshake.trust.store import TrustStore


def of_openssl(profile: str, clients: str, answer: OpenSslVerdict) -> ClientVerdict:
    """Name OpenSSL's answer as a family's."""
    if answer.trusted is None:
        return ClientVerdict(profile, clients, None, answer.message)
    if answer.faults:
        fault = answer.faults[0]
        reason = f"{fault.message} (code {fault.code})"
        return ClientVerdict(profile, clients, False, reason)
    if answer.name_matches is False:
        return ClientVerdict(profile, clients, False, "the name does not match")
    return ClientVerdict(profile, clients, True, "")


def strict_clients_reject(
    strict: OpenSslVerdict, path: tuple[bytes, ...], store: TrustStore
) -> Finding:
    """Say which certificate the strict ones stumble over."""
    fault = strict.faults[0]
    located = faults.strict(fault.code, steps_of(path, store.anchors))
    where = f": {located[1]}" if located else ""
    return found(
        "strict-clients-reject",
        f"{STRICT_CLIENTS} reject this chain: {fault.message} (code {fault.code}){where}",
        {"openssl_code": fault.code, "openssl_message": fault.message},
    )


OPENSSL_CLIENTS = "OpenSSL clients (curl, PHP, Ruby, nginx, Python up to 3.12)"
STRICT_CLIENTS = "Python 3.13 and later"
