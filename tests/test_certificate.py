"""Odd certificates are readings too: with a fingerprint, the readable fields, and a problem."""

from __future__ import annotations

import hashlib
import warnings

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from halfshake.certificate import read_certificate
from halfshake.distinguished_name import name_from_der
from pki import Authority

ROOT = Authority.root()
DER = ROOT.issue("api.halfshake.test", "192.0.2.7").leaf_der


def with_serial(serial: bytes) -> bytes:
    """The certificate with the content of its serial number replaced, of the same length."""
    position = DER.index(b"\xa0\x03\x02\x01\x02\x02") + 6
    length = DER[position]
    padded = serial.ljust(length, b"\x00")
    return DER[: position + 1] + padded + DER[position + 1 + length :]


def test_an_ordinary_one() -> None:
    """Every fact."""
    certificate = read_certificate(DER)
    assert certificate.problems == ()
    assert certificate.dns_names == ("api.halfshake.test",)
    assert certificate.ip_addresses == ("192.0.2.7",)
    assert certificate.issuer == "CN=Test Root"
    assert (certificate.key_type, certificate.key_bits) == ("ECDSA secp256r1", 256)


@pytest.mark.filterwarnings("error")
def test_a_negative_serial_number() -> None:
    """A warning of the library becomes a problem of the certificate."""
    certificate = read_certificate(with_serial(b"\xff\x01"))
    assert certificate.not_after is not None
    assert any("is not positive" in problem for problem in certificate.problems)


def test_version_1() -> None:
    """No version field: an X.509 v1 certificate, whose extensions are not read."""
    body = DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x00", 1)
    certificate = read_certificate(body)
    assert certificate.sha256 == hashlib.sha256(body).hexdigest()
    assert certificate.problems


def test_garbage_keeps_its_fingerprint() -> None:
    """Something that is not a certificate has only a fingerprint and a problem."""
    certificate = read_certificate(b"not a certificate")
    assert certificate.sha256 == hashlib.sha256(b"not a certificate").hexdigest()
    assert certificate.not_after is None
    assert "does not parse" in certificate.problems[0]


def test_openssl_reads_what_the_library_refuses() -> None:
    """Version 4 does not exist: OpenSSL still shows its dates."""
    body = DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    certificate = read_certificate(body)
    assert certificate.not_after == read_certificate(DER).not_after
    assert "names and dates are as OpenSSL reads them" in certificate.problems


@pytest.mark.parametrize(
    ("printable", "unprintable"),
    [
        pytest.param(b"\x82\x12api.halfshake.test", b"\x82\x12api.h\xfflfshake.test", id="a name"),
        pytest.param(
            b"\x0c\x12api.halfshake.test", b"\x30\x12api.halfshake.test", id="the subject"
        ),
    ],
)
def test_openssl_takes_what_it_cannot_print(printable: bytes, unprintable: bytes) -> None:
    """If neither can read it, the reading has no names and dates, and says so."""
    body = DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    assert printable in body
    body = body.replace(printable, unprintable)
    certificate = read_certificate(body)
    assert certificate.sha256 == hashlib.sha256(body).hexdigest()
    assert any("cannot print it" in problem for problem in certificate.problems)


def test_an_empty_subject_is_no_unreadable_one() -> None:
    """RFC 5280 4.1.2.6: it may be empty if the names are in the extension."""
    credential = ROOT.issue("api.halfshake.test", subject=x509.Name([]))
    certificate = read_certificate(credential.leaf_der)
    assert certificate.subject == ""
    assert certificate.problems == ()


def test_a_long_common_name_is_read_in_silence() -> None:
    """Over 64 characters (RFC 5280, ub-common-name): the library's warning is not for our users."""
    name = "a" * 61 + ".halfshake.test"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        common_name = x509.NameAttribute(x509.NameOID.COMMON_NAME, name, _validate=False)
        subject = x509.Name([common_name])
    credential = ROOT.issue("api.halfshake.test", subject=subject)
    assert read_certificate(credential.leaf_der).common_names == (name,)
    assert name_from_der(subject.public_bytes()) == f"CN={name}"


def test_an_x400_address_among_the_names() -> None:
    """If the library has no type for it, it raises something else than ValueError."""
    certificate = read_certificate(
        DER.replace(b"\x87\x04\xc0\x00\x02\x07", b"\xa3\x04\xc0\x00\x02\x07")
    )
    assert certificate.not_after is not None
    assert any("subject alternative name" in problem for problem in certificate.problems)


@given(position=st.integers(0, len(DER) - 1), value=st.integers(0, 255))
def test_one_wrong_byte_never_fails(position: int, value: int) -> None:
    """Whichever byte is wrong, it is still a reading."""
    body = DER[:position] + bytes([value]) + DER[position + 1 :]
    assert read_certificate(body).sha256 == hashlib.sha256(body).hexdigest()


def test_names() -> None:
    """RFC 4514, and hex for something that is not a name."""
    assert name_from_der(ROOT.certificate.subject.public_bytes()) == "CN=Test Root"
    assert name_from_der(b"\x30\x01") == "#3001"
    bits = bytes.fromhex("300e310c300a0603550403030305aabb")  # a common name of bits
    assert name_from_der(bits) == "#" + bits.hex()
    assert ROOT.certificate.public_bytes(Encoding.DER)
