"""From files, environment and option text to the values that judging needs."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.certificate import parse_certificate
from halfshake.errors import TrustStoreInvalid, UsageError
from halfshake.trust.client_cas import PartnerChain
from halfshake.trust.finding_guide import FINDING_GUIDES
from halfshake.trust.findings import Severity
from halfshake.trust.policy import ExpectedFile, LifetimeRatio
from halfshake.trust.store import TrustStore, certificates_in, trust_store_from_pem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.trust.policy import Threshold
    from halfshake.trust.revocation import RevocationList


def load_trust_store(
    ca_files: Sequence[str] = (), ca_paths: Sequence[str] = (), *, system: bool | None = None
) -> TrustStore:
    """Load CA files and directories; the system's store where none is named, or with `system`.

    Raises TrustStoreInvalid with a sentence that names the file.
    """
    stores = [_from_file(path) for path in ca_files]
    stores += [_from_directory(path, hashed_names_only=False) for path in ca_paths]
    if system or (system is None and not stores):
        stores.append(_system_store())
    return TrustStore.joined(stores)


def parse_threshold(text: str) -> Threshold:
    """Read "14" or "14d" (days), "36h", "3600s" or "33%" (of the lifetime)."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([dhs%]?)", text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no threshold: write 14d, 36h, 3600s or 33%")
    number = float(match[1])
    match match[2]:
        case "%":
            return LifetimeRatio(number / 100)
        case "h":
            return timedelta(hours=number)
        case "s":
            return timedelta(seconds=number)
        case _:
            return timedelta(days=number)


def parse_moment(text: str) -> datetime:
    """Read a day or a moment, in UTC unless it says otherwise: 2027-01-01, 2027-01-01T12:00+01:00.

    Raises UsageError.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no time: write 2027-01-01 or 2027-01-01T12:00:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_severity(text: str) -> tuple[str, Severity | None]:
    """Read "cn-only=critical"; ignore mutes. Raises UsageError."""
    code, equals, level = text.partition("=")
    if not equals or code not in FINDING_GUIDES:
        raise UsageError(
            f"{text!r} names no finding: write CODE=LEVEL, with a code of docs/findings.md"
        )
    if level == "ignore":
        return code, None
    if level not in Severity.__members__:
        raise UsageError(f"{text!r}: a finding is made info, warning or critical, or ignore")
    return code, Severity[level]


def parse_spki_pin(text: str) -> str:
    """Read the SHA-256 of a public key: hex, or base64 as curl's --pinnedpubkey has it.

    Returns lower-case hex; raises UsageError.
    """
    bare = text.strip().removeprefix("sha256//").removeprefix("sha256/")
    colonless = bare.replace(":", "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", colonless):
        return colonless
    try:
        digest = base64.b64decode(bare, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 32:
        raise UsageError(f"{text!r} is no SHA-256: write 64 hex digits, or sha256//BASE64")
    return digest.hex()


def load_expected_file(path: str) -> ExpectedFile:
    """Load the first certificate of a PEM or DER file; a private key beside it is not looked at.

    Raises UsageError.
    """
    data = _read(Path(path))
    first = certificates_in(data)[:1] or [data]
    if parse_certificate(first[0]) is None:
        raise UsageError(f"{path} holds no certificate")
    return ExpectedFile(path, first[0])


def load_revocation_lists(
    paths: Sequence[str], store: TrustStore, now: datetime
) -> tuple[RevocationList, ...]:
    """Load CRLs, PEM or DER, and check whose they are and that they are fresh at `now`.

    A CRL is signed by a CA of the trust store; the certificate of an intermediate that signs its
    own may stand beside the CRL in the file, itself signed by a CA of the store. Raises UsageError.
    """
    # Few have CRLs: the others do not wait for the import.
    from halfshake.trust.crl_files import read_revocation_lists  # noqa: PLC0415

    lists: list[RevocationList] = []
    for path in paths:
        lists += read_revocation_lists(_read(Path(path)), path, store, now)
    return tuple(lists)


def read_password(path: str) -> bytes:
    """Read the first line of a file. Raises UsageError; the password is in no sentence."""
    try:
        return Path(path).read_bytes().partition(b"\n")[0].rstrip(b"\r")
    except OSError as error:
        raise UsageError(f"--password-file {path} cannot be read: {error.strerror}") from error


def load_partner(path: str) -> PartnerChain:
    """Load a partner's public chain, PEM or a single certificate in DER, the end entity first.

    Raises UsageError; for a file with a private key in it too: nobody has to give us one.
    """
    data = _read(Path(path))
    ders = certificates_in(data)
    if b"PRIVATE KEY" in data or _DER_WITH_A_NUMBER_FIRST.match(data):
        raise UsageError(
            f"{path} holds a private key, and Halfshake takes none: give it the certificates "
            f"alone, of `openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs`"
        )
    ders = ders or [data]
    if any(parse_certificate(der) is None for der in ders):
        raise UsageError(f"{path} holds no certificate that can be read")
    return PartnerChain(path, tuple(ders))


def _system_store() -> TrustStore:
    # It looks at SSL_CERT_FILE and SSL_CERT_DIR first, as every OpenSSL client does.
    paths = ssl.get_default_verify_paths()
    stores: list[TrustStore] = []
    if paths.cafile:
        stores.append(_from_file(paths.cafile))
    if paths.capath and not stores:
        directories = paths.capath.split(":")
        stores += [_from_directory(path, hashed_names_only=True) for path in directories]
    if not stores:
        raise TrustStoreInvalid(
            "this system has no trust store (ca-certificates is not installed?): "
            "name one with --ca-file"
        )
    joined = TrustStore.joined(stores)
    return TrustStore(joined.anchors, ("the system's trust store",))


def _from_file(path: str) -> TrustStore:
    return trust_store_from_pem(_read(Path(path)), path)


def _from_directory(path: str, *, hashed_names_only: bool) -> TrustStore:
    # OpenSSL finds only names like 4042bcee.0 in its directories; a --ca-path may be any directory.
    try:
        files = sorted(file for file in Path(path).iterdir() if file.is_file())
    except OSError as error:
        raise TrustStoreInvalid(f"{path} cannot be read: {error.strerror}") from error
    wanted = _HASHED_NAME if hashed_names_only else _CERTIFICATE_NAME
    stores = [_from_file(str(file)) for file in files if wanted.fullmatch(file.name)]
    if not stores:
        raise TrustStoreInvalid(f"{path} holds no certificate file (*.pem, *.crt, *.cer)")
    return TrustStore(TrustStore.joined(stores).anchors, (path,))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrustStoreInvalid(f"{path} cannot be read: {error.strerror}") from error


# A certificate begins with a SEQUENCE in a SEQUENCE; private keys (RFC 5958, RFC 8017, RFC 5915)
# and PKCS#12 (RFC 7292) have their version there.
_DER_WITH_A_NUMBER_FIRST = re.compile(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...)\x02", re.DOTALL)

_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")
_CERTIFICATE_NAME = re.compile(r".*\.(?:pem|crt|cer)|[0-9a-f]{8}\.\d+")
