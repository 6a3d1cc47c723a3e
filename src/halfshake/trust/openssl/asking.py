"""Asks what OpenSSL clients would say about a chain: curl, and with other flags Python, nginx, PHP.

The captured chain is shown to the local OpenSSL (`openssl/replay.py`). Time is passed in, not read
from the clock: OpenSSL judges everything except dates. It sees the certificates that are valid now
before the others, because it takes the first valid one of several issuers. The dates of the path
that it built are judged here. So its answer depends only on chain, anchors and name, and the same
question is asked only once.

OpenSSL stops at its first complaint. So that one fault does not hide the next, a rejected chain is
shown again without that fault: without the security level, and with the issuers that the server
sends as anchors.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import threading
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import validity
from halfshake.openssl.replay import Replayed, replay
from halfshake.trust.lifetimes import live_first
from halfshake.trust.openssl.codes import (
    CERT_HAS_EXPIRED,
    CERT_NOT_YET_VALID,
    DATE_UNREADABLE,
    ISSUER_UNKNOWN,
    NAME_MISMATCHES,
    SECURITY_LEVEL,
)

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.store import TrustStore


class OpenSslFault(NamedTuple):
    """One complaint: an X509_V_ERR_... number, and OpenSSL's words."""

    code: int
    message: str


class OpenSslVerdict(NamedTuple):
    """OpenSSL's answer about the chain, and separately about the name.

    `trusted` and `name_matches` are None if it could not tell; `message` then says why. Without a
    name to check, `name_matches` is also None. `faults` are the faults of the chain, OpenSSL's
    first complaint first. `path` is the path it built, in DER, the end entity first; for a rejected
    chain, the path it would have built.
    """

    trusted: bool | None
    faults: tuple[OpenSslFault, ...]
    message: str
    name_matches: bool | None
    path: tuple[bytes, ...]


class Profile(NamedTuple):
    """How a client asks OpenSSL; `strict` means X509_STRICT, Python's default from 3.13.

    Without `partial_chain` a path has to end in a self-signed root.
    """

    strict: bool = False
    partial_chain: bool = True
    security_level: bool = True


def openssl_verdict(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    *,
    reference_identifier: str,
    now: datetime,
    profile: Profile = Profile(),  # noqa: B008 - immutable
) -> OpenSslVerdict:
    """Judge a presented chain as an OpenSSL client would at the time `now`."""
    asked = _Question(
        presented=(chain[0].der, *live_first((c.der for c in chain[1:]), now)),
        rsa=chain[0].key_type == "RSA",
        anchors=store.live_first(now),
        profile=profile,
        name=reference_identifier or None,
    )
    answer = _ask(asked)
    name_matches = None
    if asked.name is not None:
        # Most chains have no fault and are for this name: then one question is enough.
        name_matches = _name_matches(asked, answer)
        asked = asked._replace(name=None)
        if answer.verify_code in NAME_MISMATCHES:
            answer = _ask(asked)
    if answer.verify_code is None:
        return OpenSslVerdict(None, (), answer.message, None, ())
    faults: list[OpenSslFault] = []
    while answer.verify_code:
        faults.append(OpenSslFault(answer.verify_code, answer.message))
        easier = _without_the_fault(asked, answer.verify_code)
        if easier == asked:
            break
        asked, answer = easier, _ask(easier)
    path = answer.path or (asked.presented if answer.verify_code == 0 else ())
    faults.extend(_outside_their_dates(path, now))
    return OpenSslVerdict(
        trusted=not faults,
        faults=tuple(faults),
        message=faults[0].message if faults else "ok",
        name_matches=name_matches,
        path=path,
    )


class _Question(NamedTuple):
    presented: tuple[bytes, ...]
    rsa: bool
    anchors: tuple[bytes, ...]
    profile: Profile
    name: str | None = None


def _without_the_fault(question: _Question, code: int) -> _Question:
    """The same question without one fault; unchanged if the fault cannot be removed."""
    if code in SECURITY_LEVEL:
        return question._replace(profile=question.profile._replace(security_level=False))
    if code in ISSUER_UNKNOWN:
        # With the server's own certificate only if nothing else can end a path.
        others = question.presented[1:] or question.presented
        return question._replace(anchors=others)
    return question


def _name_matches(question: _Question, answer: Replayed) -> bool | None:
    if answer.verify_code == 0:
        return True
    if answer.verify_code in NAME_MISMATCHES:
        return False
    # A name can match even if the chain is wrong: check the certificate alone, as its own anchor.
    own = question.presented[:1]
    alone = question._replace(presented=own, anchors=own, profile=Profile(security_level=False))
    code = _ask(alone).verify_code
    return None if code not in {0, *NAME_MISMATCHES} else code == 0


def _outside_their_dates(path: tuple[bytes, ...], now: datetime) -> list[OpenSslFault]:
    faults = [fault for der in path if (fault := _outside_its_dates(der, now)) is not None]
    return list(dict.fromkeys(faults))


def _outside_its_dates(der: bytes, now: datetime) -> OpenSslFault | None:
    not_before, not_after = validity(der)
    if not_before is None or not_after is None:
        return OpenSslFault(DATE_UNREADABLE, "format error in certificate's notAfter field")
    if now < not_before:
        return OpenSslFault(CERT_NOT_YET_VALID, "certificate is not yet valid")
    # X509_cmp_time: the very second of notAfter is past, though RFC 5280 4.1.2.5 counts it in.
    if now >= not_after:
        return OpenSslFault(CERT_HAS_EXPIRED, "certificate has expired")
    return None


@functools.lru_cache(maxsize=4096)
def _ask(question: _Question) -> Replayed:
    # Loading a system's store takes OpenSSL as long as fifty verdicts: so all questions to one
    # store share its context. Each thread has its own, or the loop would wait for the thread beside
    # it that judges what takes long.
    context = _context(
        question.anchors,
        security_level=question.profile.security_level,
        thread=threading.get_ident(),
    )
    context.check_hostname = question.name is not None
    context.verify_flags = _flags(question.profile)
    return replay(context, question.presented, server_name=question.name, rsa=question.rsa)


def _flags(profile: Profile) -> ssl.VerifyFlags:
    # curl sets PARTIAL_CHAIN, and so does Python from 3.13, which sets STRICT as well.
    flags = _FLAGS
    if profile.partial_chain:
        flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if profile.strict:
        flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    return flags


@functools.lru_cache(maxsize=32)
def _context(anchors: tuple[bytes, ...], *, security_level: bool, thread: int) -> ssl.SSLContext:  # noqa: ARG001 - a part of the cache's key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if not security_level:
        context.set_ciphers("ALL:@SECLEVEL=0")
    if anchors:
        _load(context, anchors)
    return context


def _load(context: ssl.SSLContext, anchors: tuple[bytes, ...]) -> None:
    try:
        context.load_verify_locations(cadata=b"".join(anchors))
    except ssl.SSLError:
        # OpenSSL stops at the first certificate that it rejects: we skip that one and load the
        # others.
        for anchor in anchors:
            with contextlib.suppress(ssl.SSLError):
                context.load_verify_locations(cadata=anchor)


# openssl/x509_vfy.h; Python has no name for it.
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)

_FLAGS = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | _NO_CHECK_TIME
