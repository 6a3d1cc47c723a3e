"""Odd certificates are readings too: with their fingerprint, what could be read, and a problem."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from halfshake.certificate import name_from_der, read_certificate
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
    """A warning of the library's becomes a problem of the certificate's."""
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
    """What is no certificate has a fingerprint and a problem, and nothing else."""
    certificate = read_certificate(b"not a certificate")
    assert certificate.sha256 == hashlib.sha256(b"not a certificate").hexdigest()
    assert certificate.not_after is None
    assert "does not parse" in certificate.problems[0]


def test_openssl_reads_what_the_library_refuses() -> None:
    """A fourth version is nobody's: OpenSSL shows its dates all the same."""
    body = DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    certificate = read_certificate(body)
    assert certificate.not_after == read_certificate(DER).not_after
    assert "names and dates are as OpenSSL reads them" in certificate.problems


@given(position=st.integers(0, len(DER) - 1), value=st.integers(0, 255))
def test_one_wrong_byte_never_fails(position: int, value: int) -> None:
    """Whatever byte is wrong, it is a reading."""
    body = DER[:position] + bytes([value]) + DER[position + 1 :]
    assert read_certificate(body).sha256 == hashlib.sha256(body).hexdigest()


def test_names() -> None:
    """RFC 4514, and hex for what is no name."""
    assert name_from_der(ROOT.certificate.subject.public_bytes()) == "CN=Test Root"
    assert name_from_der(b"\x30\x01") == "#3001"
    assert ROOT.certificate.public_bytes(Encoding.DER)
