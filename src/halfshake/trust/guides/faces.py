"""What there is to know about findings of faces that differ: addresses, key types, versions, names.

`every_finding.py` has the table of all.
"""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

_RELOAD = "Give it the certificate of the others and reload it, or take it out of the name."
_EVERY_NODE = "Give every address the same configuration, or take the odd one out of the name."
_ASK_EVERYWHERE = (
    "Ask for a client certificate there too, or close it: whoever gets in there needs none."
)

FACE_GUIDES: dict[str, FindingGuide] = {
    # Addresses (--all-addresses).
    "addresses-differ-client-auth": FindingGuide(
        "critical",
        "Some addresses of the name ask for a client certificate, and some do not.",
        "Find out which is right, and configure the odd one like the others: an open node lets "
        "everyone in.",
        "no client certificate is asked for by 192.0.2.8:443, unlike the 3 others",
    ),
    "addresses-differ-acceptable-cas": FindingGuide(
        "warning",
        "The addresses of the name accept client certificates of different CAs: partners get in "
        "at some, and not at others.",
        _EVERY_NODE,
        "192.0.2.8:443 accepts client certificates of other CAs than the 3 others",
    ),
    "addresses-differ-not-after": FindingGuide(
        "warning",
        "An address serves a certificate that ends a day or more before that of the others.",
        _RELOAD,
        "192.0.2.8:443 serves an older certificate: it ends 2026-11-28 21:35 UTC, 55.0 days "
        "before the last one",
    ),
    "addresses-differ-certificate": FindingGuide(
        "info",
        "The addresses serve different certificates; where each node has its own that is as it "
        "should be.",
        "Nothing to do, if each node has a certificate of its own.",
        "192.0.2.8:443 serves another certificate than the 3 others",
    ),
    "addresses-differ-issuer": FindingGuide(
        "warning",
        "The addresses serve certificates of different CAs.",
        _EVERY_NODE,
        "the certificate of 192.0.2.8:443 was issued by CN=Old CA, that of the 3 others "
        "by CN=Corp CA",
    ),
    "addresses-differ-chain": FindingGuide(
        "warning",
        "The addresses send different CA certificates above the server's own: some clients fail "
        "at some of them.",
        _EVERY_NODE,
        "192.0.2.8:443 sends other CA certificates than the 3 others",
    ),
    "addresses-differ-key-types": FindingGuide(
        "warning",
        "An address has no certificate of a kind that the others have (--all-key-types too).",
        _EVERY_NODE,
        "192.0.2.8:443 has no RSA certificate, unlike the 3 others",
    ),
    "addresses-differ-tls-version": FindingGuide(
        "warning",
        "The addresses choose different TLS versions for the same hello.",
        _EVERY_NODE,
        "192.0.2.8:443 speaks TLSv1.2, the 3 others TLSv1.3",
    ),
    # Key types (--all-key-types).
    "key-types-differ-client-auth": FindingGuide(
        "critical",
        "A client certificate is asked for with one of the server's certificates, and not with "
        "another: a client chooses which it gets.",
        _ASK_EVERYWHERE,
        "a client certificate is asked for with its RSA certificate, and not with its ECDSA "
        "secp256r1 certificate",
    ),
    "key-types-differ-not-after": FindingGuide(
        "info",
        "The server's certificates end a day or more apart; each is judged for itself as well.",
        "Renew the one that ends first; check that its renewal is automatic too.",
        "the ECDSA secp256r1 certificate ends 2026-11-28, 55.0 days before the last one",
    ),
    # Versions (--all-versions).
    "versions-differ-client-auth": FindingGuide(
        "critical",
        "A client certificate is asked for in one TLS version and not in another: a client "
        "chooses which it speaks.",
        _ASK_EVERYWHERE,
        "a client certificate is asked for in TLSv1.3, and not in TLSv1.2",
    ),
    "versions-differ-certificate": FindingGuide(
        "warning",
        "Clients that speak an older TLS version get another certificate.",
        "Watch both, or serve the same one in every version.",
        "another certificate is served in TLSv1.2 (CN=api.example, ends 2026-11-28)",
    ),
    # Names (--sni).
    "sni-differ-client-auth": FindingGuide(
        "warning",
        "A client certificate is asked for under one name and not under another (or under none) "
        "of the same address: a request may name one in TLS and the other in HTTP.",
        "Make the server refuse requests whose Host is not the name of the handshake, or ask for "
        "a client certificate under every name.",
        "a client certificate is asked for under api.example, and not without SNI",
    ),
    "sni-differ-certificate": FindingGuide(
        "info",
        "The server has another certificate for another name, or for none.",
        "Nothing to do, if that is the certificate you expect there.",
        "another certificate is served without SNI (CN=default.example, ends 2027-01-23)",
    ),
    # Protocols (--alpn).
    "alpn-differ-client-auth": FindingGuide(
        "critical",
        "A client certificate is asked for with one application protocol and not with another: a "
        "client chooses which it offers.",
        _ASK_EVERYWHERE,
        "a client certificate is asked for without ALPN, and not with ALPN h2",
    ),
    "alpn-differ-certificate": FindingGuide(
        "warning",
        "Clients that offer another application protocol get another certificate.",
        "Watch both, or serve the same one for every protocol.",
        "another certificate is served with ALPN h2 (CN=api.example, ends 2026-11-28)",
    ),
}
