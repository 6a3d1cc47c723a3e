"""The families of clients, in the order in which they are told of, and who decides for each."""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """One family: its code in the result document, a word for it, and who its members are."""

    profile: str
    label: str
    clients: str


FAMILIES = {
    family.profile: family
    for family in (
        Family("openssl", "OpenSSL", "OpenSSL clients (with partial chains, as curl)"),
        Family(
            "openssl-no-partial-chain",
            "Python up to 3.12",
            "OpenSSL clients without partial chains (Python up to 3.12, PHP, Ruby, nginx)",
        ),
        Family("openssl-strict", "Python 3.13+", "Python 3.13 and later"),
        Family("go", "Go", "Go clients (crypto/tls)"),
        Family("rustls", "rustls", "rustls clients (with webpki)"),
        Family("java", "Java", "Java clients (the default trust manager)"),
        Family("gnutls", "GnuTLS", "GnuTLS clients"),
        Family(
            "web-pki",
            "CA/Browser profile",
            "CA/Browser Forum profile (cryptography's verifier)",
        ),
    )
}
