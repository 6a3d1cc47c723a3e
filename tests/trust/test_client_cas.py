"""The list of acceptable CAs: its size, dates, public CAs, what was dropped; and partners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from halfshake.observation import ClientAuth
from halfshake.trust.rules.client_cas import ClientSide, PartnerChain, comparable
from halfshake.trust.status import Status
from pki import Authority, Credential, self_signed
from trust.observations import NAME, NOW, codes, judged, observed

if TYPE_CHECKING:
    from halfshake.observation import Observation
    from halfshake.trust.verdict import Verdict

ROOT = Authority.root()
LEAF = ROOT.issue(NAME, now=NOW).chain[0]
PARTNER_CA = Authority.root("Partner CA", now=NOW)
PARTNER = "partner.example"
SCHEMES = ("ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256")


def asking(*names: str, **changes: Any) -> Observation:
    """A server that names these CAs."""
    auth = ClientAuth(requested=True, acceptable_cas=names, signature_schemes=SCHEMES)
    return observed(LEAF, client_auth=auth._replace(**changes))


def der(authority: Authority) -> bytes:
    """Its certificate."""
    return authority.certificate.public_bytes(Encoding.DER)


def found(observation: Observation, **side: Any) -> list[str]:
    """The findings, given what is known about the clients' side."""
    return codes(judged(observation, ROOT, client_side=ClientSide(**side)))


def test_an_empty_list_and_an_ordinary_one() -> None:
    """An empty list is a finding; without a request there is no list."""
    assert found(asking()) == ["client-ca-list-empty"]
    assert found(asking("CN=Client CA")) == []
    assert found(observed(LEAF, client_auth=ClientAuth(requested=False))) == []


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (14_000, None),
        (15_000, "near the limit of 16 KiB"),
        (20_000, "above the limit of 16 KiB"),
        (32_000, "near the limit of 32 KiB"),
        (40_000, "above the limit of 32 KiB"),
        (60_000, "near the limit of 64 KiB"),
        (None, None),
    ],
)
def test_a_list_near_a_limit(size: int | None, says: str | None) -> None:
    """Bytes on the wire count."""
    verdict = judged(asking("CN=A", acceptable_cas_bytes=size), ROOT)
    assert [finding.code for finding in verdict.findings] == ["client-ca-list-long"] * bool(says)
    assert says is None or says in verdict.findings[0].message


def test_dates_of_acceptable_cas() -> None:
    """By the files: expired, about to expire, renewed with the same name, unknown, not listed."""
    expired = Authority.root("Expired CA", days=(-400, -1))
    soon = Authority.root("Soon CA", days=(-400, 5))
    renewed = expired.renewed_by(expired, days=(-1, 300))
    absent = Authority.root("Absent CA")
    names = ("CN=Expired CA", "CN=soon  CA", "CN=Stranger")
    known = (der(expired), der(soon), der(absent))
    assert found(asking(*names), known=known) == [
        "client-ca-expired",
        "client-ca-expires-soon",
        "client-ca-unknown",
        "client-ca-not-listed",
    ]
    assert found(asking("CN=Expired CA"), known=(der(expired), der(renewed))) == []
    verdict = judged(asking(*names), ROOT, client_side=ClientSide(known))
    assert [ca.certificate is not None for ca in verdict.acceptable_cas] == [True, True, False]


def test_a_public_ca() -> None:
    """Case and spaces of the name do not count."""
    public = frozenset({comparable("CN=ISRG Root X1,C=US")})
    assert found(asking("CN=Isrg  Root X1,C=US", "CN=Own"), public=public) == ["client-ca-public"]


def test_what_was_dropped_and_added() -> None:
    """Compared with the previous reading; a server that stopped asking has dropped no CA."""
    earlier = asking("CN=A", "CN=B")
    verdict = judged(asking("CN=b", "CN=C"), ROOT, earlier=earlier)
    assert {finding.code: finding.message for finding in verdict.findings} == {
        "client-ca-dropped": "1 CA is no longer accepted: CN=A",
        "client-ca-added": "1 more CA is accepted: CN=C",
    }
    silent = observed(LEAF, client_auth=ClientAuth(requested=False))
    assert codes(judged(silent, ROOT, earlier=earlier)) == ["client-auth-dropped"]


def partner(credential: Credential, observation: Observation, **side: Any) -> Verdict:
    """Would this one be let in."""
    ders = tuple(certificate.public_bytes(Encoding.DER) for certificate in credential.chain)
    chain = PartnerChain("partner.pem", ders)
    return judged(observation, ROOT, client_side=ClientSide(partners=(chain,), **side))


def test_a_partner_that_would_be_let_in() -> None:
    """By the issuer's name, directly or through an intermediate in the partner's file."""
    server = asking("CN=Other", "CN=Partner CA")
    for credential in (PARTNER_CA.issue(PARTNER), PARTNER_CA.intermediate().issue(PARTNER)):
        verdict = partner(credential, server)
        assert codes(verdict) == ["partner-accepted"]
        assert verdict.status is Status.ok
        assert verdict.partners[0].accepted is True
    below = PARTNER_CA.intermediate("Issuing CA").issue(PARTNER)
    assert codes(partner(below, asking("CN=Issuing CA"))) == ["partner-accepted"]


@pytest.mark.parametrize(
    ("credential", "code", "says"),
    [
        (Authority.root("Stranger").issue(PARTNER), "partner-not-listed", "CN=Stranger"),
        (
            PARTNER_CA.intermediate("Issuing CA").issue(PARTNER).without_intermediates(),
            "partner-not-listed",
            "CN=Issuing CA, which is not the CA",
        ),
        (self_signed(PARTNER), "partner-not-listed", PARTNER),
        (PARTNER_CA.issue(PARTNER, key_type="ed25519"), "partner-key-unfit", "Ed25519 key"),
        (PARTNER_CA.issue(PARTNER, days=(-9, -1)), "partner-expired", "expired on"),
        (PARTNER_CA.issue(PARTNER, days=(3, 9)), "partner-expired", "not valid until"),
        (
            PARTNER_CA.issue(PARTNER, extended_key_usage=[ExtendedKeyUsageOID.SERVER_AUTH]),
            "partner-not-for-clients",
            "lacks clientAuth",
        ),
        (
            PARTNER_CA.issue(
                PARTNER,
                extensions=[
                    x509.KeyUsage(
                        digital_signature=False,
                        content_commitment=False,
                        key_encipherment=True,
                        data_encipherment=False,
                        key_agreement=False,
                        key_cert_sign=False,
                        crl_sign=False,
                        encipher_only=False,
                        decipher_only=False,
                    )
                ],
            ),
            "partner-not-for-clients",
            "lacks digitalSignature",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_partner_that_would_not(credential: Credential, code: str, says: str) -> None:
    """One sentence that says why, critical."""
    verdict = partner(credential, asking("CN=Partner CA"))
    assert codes(verdict) == [code]
    assert says in verdict.findings[0].message
    assert verdict.status is Status.critical
    assert verdict.partners[0].accepted is False


def test_a_ca_of_the_same_name_with_another_key() -> None:
    """The name is in the list, but the file of client CAs shows a bad signature."""
    impostor = Authority.root("Partner CA").issue(PARTNER)
    server = asking("CN=Partner CA")
    assert codes(partner(impostor, server)) == ["partner-accepted"]
    assert codes(partner(impostor, server, known=(der(PARTNER_CA),))) == ["partner-chain-broken"]


def test_an_expired_ca_above_a_partner() -> None:
    """Known from the file of client CAs."""
    gone = Authority.root("Gone CA", days=(-400, -1))
    verdict = partner(gone.issue(PARTNER), asking("CN=Gone CA"), known=(der(gone),))
    assert "partner-expired" in codes(verdict)


def test_what_cannot_be_told() -> None:
    """No list, or no request: no answer, and no alarm; an obstacle is still reported."""
    good, gone = PARTNER_CA.issue(PARTNER), PARTNER_CA.issue(PARTNER, days=(-9, -1))
    silent = observed(LEAF, client_auth=ClientAuth(requested=False))
    assert codes(partner(good, silent)) == ["partner-undecided"]
    assert codes(partner(good, asking())) == ["client-ca-list-empty", "partner-undecided"]
    assert partner(gone, asking()).partners[0].accepted is False


def test_a_partner_that_has_to_renew() -> None:
    """Let in today, and a warning."""
    short = PARTNER_CA.issue(PARTNER, days=(-60, 5))
    verdict = partner(short, asking("CN=Partner CA"))
    assert codes(verdict) == ["partner-expires-soon", "partner-accepted"]


@pytest.mark.parametrize(
    ("version", "schemes", "key_type", "fits"),
    [
        ("TLSv1.3", ("rsa_pkcs1_sha256",), "rsa", False),
        ("TLSv1.2", ("rsa_pkcs1_sha256",), "rsa", True),
        ("TLSv1.3", ("rsa_pss_rsae_sha256",), "rsa", True),
        ("TLSv1.3", ("ecdsa_secp384r1_sha384",), "ecdsa", False),
        ("TLSv1.2", ("ecdsa_secp384r1_sha384",), "ecdsa", True),
        ("TLSv1.3", ("ed25519",), "ed25519", True),
        ("TLSv1.3", ("ed25519",), "ed448", False),
        ("TLSv1.1", (), "rsa", True),
    ],
)
def test_which_key_fits(
    version: str, schemes: tuple[str, ...], key_type: str, *, fits: bool
) -> None:
    """TLS 1.3 binds curves, and does not accept PKCS #1 v1.5."""
    server = asking("CN=Partner CA", signature_schemes=schemes)._replace(tls_version=version)
    verdict = partner(PARTNER_CA.issue(PARTNER, key_type=key_type), server)
    assert verdict.partners[0].accepted is fits
