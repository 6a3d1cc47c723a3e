"""Loads files that users name: an expected certificate, CRLs, a partner's chain."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.certificate_fields import parse_certificate
from halfshake.errors import UsageError
from halfshake.inputs.trust_stores import file_content
from halfshake.trust.policy import ExpectedFile
from halfshake.trust.rules.client_cas import PartnerChain
from halfshake.trust.store import certificates_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from halfshake.trust.rules.revocation.revocation_list import RevocationList
    from halfshake.trust.store import TrustStore


def load_expected_file(path: str) -> ExpectedFile:
    """Load the first certificate of a PEM or DER file; a private key in it is not read.

    Raises UsageError.
    """
    data = file_content(path)
    first = certificates_in(data)[:1] or [data]
    if parse_certificate(first[0]) is None:
        raise UsageError(f"{path} holds no certificate")
    return ExpectedFile(path, first[0])


def load_revocation_lists(
    paths: Sequence[str], store: TrustStore, now: datetime
) -> tuple[RevocationList, ...]:
    """Load CRLs, PEM or DER, and check their signatures, and that they are fresh at `now`.

    A CRL must be signed by a CA of the trust store, or by an intermediate whose certificate is in
    the same file and is signed by a CA of the store. Raises UsageError.
    """
    # Few users have CRLs: the others do not wait for the import.
    from halfshake.trust.rules.revocation.crl_files import read_revocation_lists  # noqa: PLC0415

    lists: list[RevocationList] = []
    for path in paths:
        lists += read_revocation_lists(file_content(path), path, store, now)
    return tuple(lists)


def read_password(path: str) -> bytes:
    """Read the first line of a file. Raises UsageError, which never contains the password."""
    try:
        return Path(path).read_bytes().partition(b"\n")[0].rstrip(b"\r")
    except OSError as error:
        raise UsageError(f"--password-file {path} cannot be read: {error.strerror}") from error


def load_partner(path: str) -> PartnerChain:
    """Load a partner's public chain, PEM or a single certificate in DER, the end entity first.

    Raises UsageError; also for a file that holds a private key: we never need one.
    """
    data = file_content(path)
    ders = certificates_in(data)
    if b"PRIVATE KEY" in data or _DER_WITH_A_NUMBER_FIRST.match(data):
        raise UsageError(
            f"{path} holds a private key, and Halfshake accepts none: give it only the "
            f"certificates, from `openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 "
            "-print_certs`"
        )
    ders = ders or [data]
    if any(parse_certificate(der) is None for der in ders):
        raise UsageError(f"{path} holds no readable certificate")
    return PartnerChain(path, tuple(ders))


# A certificate begins with a SEQUENCE in a SEQUENCE; private keys (RFC 5958, RFC 8017, RFC 5915)
# and PKCS#12 (RFC 7292) have a version there.
_DER_WITH_A_NUMBER_FIRST = re.compile(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...)\x02", re.DOTALL)
