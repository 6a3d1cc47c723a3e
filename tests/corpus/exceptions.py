"""Where Halfshake says otherwise than the live client, family by family, and why.

Every one is held to its reason by `test_clients.py`: one that is missing fails, and so does one
that is no longer so. docs/clients.md prints them.
"""

from __future__ import annotations

_CURVE = (
    "{who} does not offer this curve, so it never sees the certificate; chain and name are right, "
    "and who offers the curve gets in"
)
_TRAILING_DOT = (
    "curl takes a trailing dot off the certificate's name, too; OpenSSL and those who ask it do "
    "not, so most clients refuse the name"
)
_CURVES_NOT_OFFERED = ("P-224 leaf", "secp256k1 leaf", "brainpoolP256r1 leaf")

# curl compares names itself, and not as OpenSSL does, whom Python, PHP, Ruby and nginx ask.
CURL = {
    "trailing dot in the SAN": _TRAILING_DOT,
    "trailing dots on both sides": _TRAILING_DOT,
    "wildcard and a trailing dot": _TRAILING_DOT,
    "wildcard and an underscore": (
        "curl lets a wildcard stand for a label with an underscore; OpenSSL and those who ask it "
        "do not, since no host name has one"
    ),
    "wildcard above an underscore": (
        "curl takes it; OpenSSL and those who ask it want host names behind a wildcard"
    ),
    "common name of an address": (
        "curl compares a common name with an address; RFC 9525 6.5 and OpenSSL do not"
    ),
    "two common names, the first is right": (
        "curl reads the last common name only; OpenSSL takes any of them"
    ),
    "common name and a SAN of address only": (
        "curl forgets the common name where there is any SAN of address; OpenSSL, asked for a DNS "
        "name, only where there is one of DNS"
    ),
    "intermediate without a subject": (
        "curl cannot print an empty issuer and gives up, after OpenSSL has verified the chain"
    ),
    **dict.fromkeys(_CURVES_NOT_OFFERED, _CURVE.format(who="curl")),
}
_PYTHON = dict.fromkeys(_CURVES_NOT_OFFERED, _CURVE.format(who="Python"))

OTHERWISE: dict[str, dict[str, str]] = {
    "openssl": CURL,
    "openssl-no-partial-chain": _PYTHON,
    "openssl-strict": _PYTHON,
    "go": {},
    "rustls": {},
    "java": {},
    "gnutls": {},
}
