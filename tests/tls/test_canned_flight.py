"""We read the flight that is shown to OpenSSL as the chain that it was made from."""

from __future__ import annotations

import pytest

from halfshake.openssl.canned_flight import canned_flight
from halfshake.tls.registries.cipher_suites import CipherSuite
from tls_peer import SERVER_HELLO_DONE, half_handshake, record


@pytest.mark.parametrize("size", [1, 2**14, 100_000])
def test_a_canned_flight_is_a_flight(size: int) -> None:
    """In one record or in many; only ServerHelloDone is missing, which OpenSSL does not need."""
    chain = (b"l" * size, b"issuer")
    half = half_handshake()
    half.receive_data(canned_flight(chain, CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256))
    half.receive_data(record(SERVER_HELLO_DONE))
    assert half.server_flight is not None
    assert tuple(entry.der for entry in half.server_flight.certificate_list) == chain
