"""Whether the server holds its key, if the key itself is odd."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from halfshake.observation import KeyPossession
from halfshake.tls.registries.codepoints import ProtocolVersion, SignatureScheme
from halfshake.tls.server_flight import KeyProof
from halfshake.trust.rules.possession import key_possession

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def tiny_rsa_certificate(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """One with an RSA key of 512 bits: the X.509 library can read it, but not make it."""
    directory: Path = tmp_path_factory.mktemp("rsa")
    command = "openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:512 -out rsa.key && "
    command += "openssl req -new -x509 -key rsa.key -subj /CN=a.test -outform DER -out rsa.der"
    subprocess.run(["/bin/sh", "-c", command], cwd=directory, check=True, capture_output=True)
    return (directory / "rsa.der").read_bytes()


@pytest.mark.parametrize("scheme", [None, *SignatureScheme], ids=lambda s: s.name if s else "none")
@pytest.mark.parametrize("signature", [b"", b"\x01" * 64], ids=["empty", "wrong"])
def test_a_key_too_short_for_the_hash(
    tiny_rsa_certificate: bytes, scheme: SignatureScheme | None, signature: bytes
) -> None:
    """PSS with SHA-512 does not fit into 512 bits: nothing is proven, and nothing raised."""
    proof = KeyProof(scheme, signature, b"content")
    evidence = key_possession(tiny_rsa_certificate, proof, ProtocolVersion.TLSv1_2)
    assert evidence.status is not KeyPossession.proven
    assert evidence.reason
