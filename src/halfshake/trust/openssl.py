"""What OpenSSL clients (curl, Python, PHP, Ruby, nginx) would say of a chain: they are asked.

The captured chain is shown to the local OpenSSL (`replay.py`). Time is passed in, not read from the
clock: OpenSSL judges everything but dates, on those certificates whose dates hold; where only the
others make a path, their dates are the fault. So its answer depends on nothing but chain, anchors
and name, and the same question is asked once.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import read_certificate
from halfshake.replay import Replayed, replay
from halfshake.trust.store import dates_hold

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.store import TrustStore


class OpenSslVerdict(NamedTuple):
    """OpenSSL's answer on the chain, and apart from it on the name.

    `trusted` and `name_matches` are None where it could not tell; `verify_code` is an
    X509_V_ERR_... number, 0 for none; `path` is the path it built, in DER, the end entity first.
    """

    trusted: bool | None
    verify_code: int | None
    message: str
    name_matches: bool | None
    path: tuple[bytes, ...]


def openssl_verdict(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    *,
    reference_identifier: str,
    now: datetime,
) -> OpenSslVerdict:
    """Judge a presented chain as an OpenSSL client would at the time `now`."""
    presented = tuple(certificate.der for certificate in chain)
    rsa = chain[0].key_type == "RSA"
    anchors = store.valid_at(now)
    in_date = (presented[0], *(der for der in presented[1:] if dates_hold(der, now)))
    shown = in_date
    replayed = _ask(in_date, anchors, None, rsa=rsa)
    if replayed.verify_code != 0 and (in_date != presented or anchors != store.anchors):
        with_expired = _ask(presented, store.anchors, None, rsa=rsa)
        if with_expired.verify_code == 0:
            shown, anchors, replayed = presented, store.anchors, with_expired
    name_matches = None
    if replayed.verify_code == 0:
        named = _ask(shown, anchors, reference_identifier, rsa=rsa)
        name_matches = named.verify_code not in _NAME_MISMATCHES
    path = replayed.path or (shown if replayed.verify_code == 0 else ())
    if replayed.verify_code == 0:
        for der in path:
            if not dates_hold(der, now):
                return _outside_its_dates(der, path, name_matches=name_matches, now=now)
    return OpenSslVerdict(
        trusted=None if replayed.verify_code is None else replayed.verify_code == 0,
        verify_code=replayed.verify_code,
        message=replayed.message,
        name_matches=name_matches,
        path=path,
    )


def _outside_its_dates(
    der: bytes, path: tuple[bytes, ...], *, name_matches: bool | None, now: datetime
) -> OpenSslVerdict:
    not_before = read_certificate(der).not_before
    early = not_before is not None and now < not_before
    code, message = (
        (CERT_NOT_YET_VALID, "certificate is not yet valid")
        if early
        else (CERT_HAS_EXPIRED, "certificate has expired")
    )
    return OpenSslVerdict(
        trusted=False,
        verify_code=code,
        message=message,
        name_matches=name_matches,
        path=path,
    )


@functools.lru_cache(maxsize=4096)
def _ask(
    chain: tuple[bytes, ...], anchors: tuple[bytes, ...], name: str | None, *, rsa: bool
) -> Replayed:
    context = _context(anchors, check_name=name is not None)
    return replay(context, chain, server_name=name, rsa=rsa)


@functools.lru_cache(maxsize=32)
def _context(anchors: tuple[bytes, ...], *, check_name: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = check_name
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    # curl sets PARTIAL_CHAIN; from Python 3.13 the default would be STRICT as well.
    context.verify_flags = (
        ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
        | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        | _NO_CHECK_TIME
    )
    if anchors:
        _load(context, anchors)
    return context


def _load(context: ssl.SSLContext, anchors: tuple[bytes, ...]) -> None:
    try:
        context.load_verify_locations(cadata=b"".join(anchors))
    except ssl.SSLError:
        # OpenSSL stops at the first one that it refuses: that one anchors nothing, the others do.
        for anchor in anchors:
            with contextlib.suppress(ssl.SSLError):
                context.load_verify_locations(cadata=anchor)


# openssl/x509_vfy.h; Python has no names for them.
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
CERT_NOT_YET_VALID = 9
CERT_HAS_EXPIRED = 10
DEPTH_ZERO_SELF_SIGNED = 18
SELF_SIGNED_IN_CHAIN = 19
ISSUER_NOT_FOUND = frozenset({2, 20, 21})
INVALID_PURPOSE = 26
_NAME_MISMATCHES = frozenset({62, 63, 64})
