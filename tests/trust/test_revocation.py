"""Stapled OCSP responses and CRLs, made by our CAs and by others."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from halfshake.trust.rules.revocation.revocation_list import RevocationList
from pki import Authority, Credential
from trust.observations import NAME, NOW, codes, judged, observed

ROOT = Authority.root()
CA = ROOT.intermediate()
LEAF = CA.issue(NAME)
HOUR = timedelta(hours=1)


def staple(
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    *,
    about: Credential = LEAF,
    issuer: Authority = CA,
    responder: Credential | None = None,
    this_update: datetime = NOW - HOUR,
    next_update: datetime | None = NOW + 24 * HOUR,
) -> bytes:
    """An OCSP response, from the issuer or from its responder."""
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    signer = responder.chain[0] if responder else issuer.certificate
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=about.chain[0],
        issuer=issuer.certificate,
        algorithm=hashes.SHA1(),
        cert_status=status,
        this_update=this_update,
        next_update=next_update,
        revocation_time=NOW - 48 * HOUR if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
    if responder:
        builder = builder.certificates([signer])
    key = responder.key if responder else issuer.key
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


DELEGATED = CA.issue("ocsp.halfshake.test", extended_key_usage=(ExtendedKeyUsageOID.OCSP_SIGNING,))
UNDELEGATED = CA.issue("ocsp.halfshake.test")
STRANGER = Authority.root("Stranger").issue(
    "ocsp.test", extended_key_usage=(ExtendedKeyUsageOID.OCSP_SIGNING,)
)


@pytest.mark.parametrize(
    ("response", "status", "expected"),
    [
        pytest.param(staple(), "good", [], id="good"),
        pytest.param(staple(responder=DELEGATED), "good", [], id="delegated"),
        pytest.param(staple(next_update=None), "good", [], id="without nextUpdate"),
        pytest.param(staple(ocsp.OCSPCertStatus.REVOKED), "revoked", ["revoked"], id="revoked"),
        pytest.param(
            staple(ocsp.OCSPCertStatus.UNKNOWN), "unknown", ["ocsp-unknown"], id="unknown"
        ),
        pytest.param(
            staple(this_update=NOW - 9 * HOUR, next_update=NOW - HOUR),
            "stale",
            ["ocsp-staple-stale"],
            id="stale",
        ),
        pytest.param(
            staple(this_update=NOW + HOUR), "stale", ["ocsp-staple-stale"], id="of the future"
        ),
        pytest.param(
            staple(about=CA.issue(NAME)), "invalid", ["ocsp-staple-invalid"], id="of another"
        ),
        pytest.param(
            staple(responder=UNDELEGATED), "invalid", ["ocsp-staple-invalid"], id="not delegated"
        ),
        pytest.param(
            staple(responder=STRANGER), "invalid", ["ocsp-staple-invalid"], id="by a stranger"
        ),
        pytest.param(b"\x30\x03junk", "invalid", ["ocsp-staple-invalid"], id="garbage"),
        pytest.param(
            ocsp.OCSPResponseBuilder.build_unsuccessful(
                ocsp.OCSPResponseStatus.TRY_LATER
            ).public_bytes(Encoding.DER),
            "invalid",
            ["ocsp-staple-invalid"],
            id="try later",
        ),
    ],
)
def test_a_staple(response: bytes, status: str, expected: list[str]) -> None:
    """Signature, subject and dates are checked before it counts."""
    verdict = judged(observed(*LEAF.chain, ocsp_response=response), ROOT)
    assert codes(verdict) == expected
    assert verdict.ocsp_staple == status


def test_a_staple_is_flipped_nowhere_without_notice() -> None:
    """Changing any byte of the signed part makes it invalid, or about another certificate."""
    good = bytearray(staple())
    for at in range(40, len(good) - 40, 7):
        changed = bytes(good[:at]) + bytes([good[at] ^ 1]) + bytes(good[at + 1 :])
        verdict = judged(observed(*LEAF.chain, ocsp_response=changed), ROOT)
        assert verdict.ocsp_staple != "good", at


def crl(
    issuer: Authority, *serials: int, last: datetime = NOW - HOUR, until: datetime = NOW + 24 * HOUR
) -> RevocationList:
    """A CRL, as a file of it is loaded."""
    return RevocationList("ca.crl", issuer.revocation_list(*serials, last=last, until=until))


def test_a_revoked_leaf() -> None:
    """By the CRL of its issuer, in words."""
    verdict = judged(
        observed(*LEAF.chain), ROOT, crls=(crl(CA, LEAF.chain[0].serial_number), crl(ROOT))
    )
    assert codes(verdict) == ["revoked"]
    assert "keyCompromise" in verdict.findings[0].message


def test_a_revoked_intermediate() -> None:
    """Every certificate of the path is looked up."""
    lists = (crl(CA), crl(ROOT, CA.certificate.serial_number))
    verdict = judged(observed(*LEAF.chain), ROOT, crls=lists)
    assert codes(verdict) == ["revoked"]
    assert "CN=Test Intermediate" in verdict.findings[0].message


def test_crls_that_say_nothing_against_it() -> None:
    """Fresh, signed, without its serial number."""
    assert codes(judged(observed(*LEAF.chain), ROOT, crls=(crl(CA, 4711), crl(ROOT)))) == []


def test_no_crl_of_its_issuer() -> None:
    """It may be revoked: the finding says so."""
    assert codes(judged(observed(*LEAF.chain), ROOT, crls=(crl(ROOT),))) == ["crl-missing"]


def test_a_crl_that_is_not_its_issuers() -> None:
    """The same name, another key."""
    impostor = Authority.root("Test Intermediate")
    assert codes(judged(observed(*LEAF.chain), ROOT, crls=(crl(impostor),))) == ["crl-invalid"]


def test_a_crl_that_became_stale() -> None:
    """While a monitor runs."""
    stale = crl(CA, last=NOW - 9 * HOUR, until=NOW - HOUR)
    assert codes(judged(observed(*LEAF.chain), ROOT, crls=(stale,))) == ["crl-stale"]
