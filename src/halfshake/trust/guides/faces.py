"""The texts of findings about faces that differ: addresses, key types, versions, names.

`every_finding.py` has the table of all findings.
"""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

_RELOAD = (
    "Install the others' certificate there and reload, or remove this address from the name in DNS."
)
_EVERY_NODE = (
    "Give every address the same configuration, or remove the odd one from the name in DNS."
)
_ASK_EVERYWHERE = (
    "Ask for a client certificate there too, or close it: clients get in there without one."
)

FACE_GUIDES: dict[str, FindingGuide] = {
    # Addresses (--all-addresses).
    "addresses-differ-client-auth": FindingGuide(
        "critical",
        "Some addresses of the name ask for a client certificate, but others do not.",
        "Find out which is right, and configure the odd one like the others: an open address "
        "lets everyone in.",
        "no client certificate is asked for by 192.0.2.8:443, unlike the 3 others",
    ),
    "addresses-differ-acceptable-cas": FindingGuide(
        "warning",
        "The addresses of the name accept client certificates from different CAs: some partners "
        "get in at one address but not at another.",
        _EVERY_NODE,
        "192.0.2.8:443 accepts client certificates from other CAs than the 3 others",
    ),
    "addresses-differ-not-after": FindingGuide(
        "warning",
        "An address serves a certificate that expires a day or more before the certificate of "
        "the others.",
        _RELOAD,
        "192.0.2.8:443 serves an older certificate: it expires 2026-11-28 21:35 UTC, 55.0 days "
        "before the last one",
    ),
    "addresses-differ-certificate": FindingGuide(
        "info",
        "The addresses serve different certificates; that is fine if each node has its own.",
        "Nothing to do if each node has its own certificate.",
        "192.0.2.8:443 serves another certificate than the 3 others",
    ),
    "addresses-differ-issuer": FindingGuide(
        "warning",
        "The addresses serve certificates from different CAs.",
        _EVERY_NODE,
        "the certificate of 192.0.2.8:443 was issued by CN=Old CA, the certificate of the 3 "
        "others by CN=Corp CA",
    ),
    "addresses-differ-chain": FindingGuide(
        "warning",
        "The addresses send different CA certificates above the server's own: some clients may "
        "fail at some addresses.",
        _EVERY_NODE,
        "192.0.2.8:443 sends other CA certificates than the 3 others",
    ),
    "addresses-differ-key-types": FindingGuide(
        "warning",
        "An address lacks a certificate for a key type that the others have (needs "
        "--all-key-types too).",
        _EVERY_NODE,
        "192.0.2.8:443 has no RSA certificate, unlike the 3 others",
    ),
    "addresses-differ-tls-version": FindingGuide(
        "warning",
        "The addresses choose different TLS versions for the same ClientHello.",
        _EVERY_NODE,
        "192.0.2.8:443 speaks TLSv1.2, the 3 others TLSv1.3",
    ),
    # Key types (--all-key-types).
    "key-types-differ-client-auth": FindingGuide(
        "critical",
        "The server asks for a client certificate when it shows one of its certificates, but "
        "not with another: the client can choose which.",
        _ASK_EVERYWHERE,
        "a client certificate is asked for with its RSA certificate, and not with its ECDSA "
        "secp256r1 certificate",
    ),
    "key-types-differ-not-after": FindingGuide(
        "info",
        "The server's certificates expire a day or more apart; each is also judged on its own.",
        "Renew the one that expires first; check that its renewal is automatic too.",
        "the ECDSA secp256r1 certificate expires 2026-11-28, 55.0 days before the last one",
    ),
    # Versions (--all-versions).
    "versions-differ-client-auth": FindingGuide(
        "critical",
        "The server asks for a client certificate in one TLS version but not in another: the "
        "client can choose which.",
        _ASK_EVERYWHERE,
        "a client certificate is asked for in TLSv1.3, and not in TLSv1.2",
    ),
    "versions-differ-certificate": FindingGuide(
        "warning",
        "Clients that speak an older TLS version get another certificate.",
        "Monitor both, or serve the same certificate in every version.",
        "another certificate is served in TLSv1.2 (CN=api.example, expires 2026-11-28)",
    ),
    # Names (--sni).
    "sni-differ-client-auth": FindingGuide(
        "warning",
        "The server asks for a client certificate under one name but not under another (or "
        "without a name) at the same address: a client may send one name in TLS and the other "
        "in HTTP.",
        "Make the server refuse requests whose Host differs from the name in the handshake, or "
        "ask for a client certificate under every name.",
        "a client certificate is asked for under api.example, and not without SNI",
    ),
    "sni-differ-certificate": FindingGuide(
        "info",
        "The server has another certificate for another name, or when no name is sent.",
        "Nothing to do if you expect that certificate there.",
        "another certificate is served without SNI (CN=default.example, expires 2027-01-23)",
    ),
    # Protocols (--alpn).
    "alpn-differ-client-auth": FindingGuide(
        "critical",
        "The server asks for a client certificate with one application protocol but not with "
        "another: the client can choose which.",
        _ASK_EVERYWHERE,
        "a client certificate is asked for without ALPN, and not with ALPN h2",
    ),
    "alpn-differ-certificate": FindingGuide(
        "warning",
        "Clients that offer another application protocol get another certificate.",
        "Monitor both, or serve the same certificate for every protocol.",
        "another certificate is served with ALPN h2 (CN=api.example, expires 2026-11-28)",
    ),
}
