"""The three families that ask OpenSSL: the local one answers, under the flags of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.clients.chain.regular import is_regular
from halfshake.trust.clients.client_verdict import ClientVerdict
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.findings import Finding, found
from halfshake.trust.openssl import faults
from halfshake.trust.openssl.asking import Profile, openssl_verdict
from halfshake.trust.path import is_self_issued, key_identifiers_agree, parsed, steps_of

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.openssl.asking import OpenSslVerdict
    from halfshake.trust.store import TrustStore


def strict_answer(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    now: datetime,
    answer: OpenSslVerdict,
) -> OpenSslVerdict:
    """Ask under X509_STRICT and PARTIAL_CHAIN, Python's default from 3.13.

    It only adds checks: what OpenSSL rejects without it is rejected, and a path that is in every
    way as RFC 5280 wants it is accepted. Then nothing has to be asked.
    """
    if not answer.trusted or (answer.path and is_regular(answer.path)):
        return answer
    strict = openssl_verdict(
        chain, store, reference_identifier="", now=now, profile=Profile(strict=True)
    )
    return strict._replace(name_matches=answer.name_matches)


def answer_without_partial_chain(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    now: datetime,
    answer: OpenSslVerdict,
) -> OpenSslVerdict:
    """Ask without PARTIAL_CHAIN: the path has to end in a root that is signed by itself.

    It only asks for more: what OpenSSL rejects with it is rejected, and a path that ends in a root
    anyway is the same path. Then nothing has to be asked.
    """
    if not answer.trusted or (answer.path and _is_root(answer.path[-1])):
        return answer
    without = openssl_verdict(
        chain, store, reference_identifier="", now=now, profile=Profile(partial_chain=False)
    )
    return without._replace(name_matches=answer.name_matches)


def _is_root(der: bytes) -> bool:
    certificate = parsed(der)
    return (
        certificate is not None
        and is_self_issued(certificate)
        and key_identifiers_agree(certificate, certificate)
    )


def of_openssl(profile: str, answer: OpenSslVerdict) -> ClientVerdict:
    """Name OpenSSL's answer as a family's."""
    clients = FAMILIES[profile].clients
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
    clients = FAMILIES["openssl-strict"].clients
    return found(
        "strict-clients-reject",
        f"{clients} reject this chain: {fault.message} (code {fault.code}){where}",
        {
            "openssl_code": fault.code,
            "openssl_message": fault.message,
            "profile": "openssl-strict",
        },
    )
