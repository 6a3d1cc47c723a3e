"""What there is to know about findings of a server, files, revocation and expectations."""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

SERVER_GUIDES: dict[str, FindingGuide] = {
    # The server.
    "old-tls-version": FindingGuide(
        "warning",
        "The server speaks TLS 1.0 or 1.1 although 1.2 and 1.3 were offered (RFC 8996).",
        "Enable TLSv1.2 and TLSv1.3 on the server.",
        "the server speaks TLSv1, which RFC 8996 forbids",
    ),
    "static-rsa": FindingGuide(
        "warning",
        "The key exchange has no forward secrecy: whoever gets the server's key can read what was "
        "recorded, and modern clients do not offer it.",
        "Enable an ECDHE cipher suite on the server.",
        "the server chose TLS_RSA_WITH_AES_128_CBC_SHA, a key exchange without forward secrecy",
    ),
    "key-possession-refuted": FindingGuide(
        "critical",
        "The server's signature does not verify with the certificate's key.",
        "Check which host answers here: key and certificate do not belong together.",
        "the server does not hold the certificate's private key: its signature does not verify",
    ),
    "key-possession-unproven": FindingGuide(
        "info",
        "The server did not have to sign, or with what cannot be checked here.",
        "Nothing to do, unless you expect an (EC)DHE key exchange here.",
        "whether the server holds the private key is not known: the key exchange is static RSA",
    ),
    # Files and trust stores.
    "stored-certificate-expired": FindingGuide(
        "warning",
        "A further certificate of a file, or a CA of the trust store, is past its notAfter. A "
        "warning at most: what nobody's path rests on hurts nobody.",
        "Replace it by its renewed one, or take it out.",
        "certificate 3 of file:/etc/ssl/bundle.pem, CN=Old Root, expired on 2026-09-30",
    ),
    "stored-certificate-expires-soon": FindingGuide(
        "warning",
        "The same, about to expire.",
        "Replace it by its renewed one, or take it out.",
        "certificate 2 of trust store (ca.pem), CN=Corp Root, expires on 2026-12-01",
    ),
    # Revocation.
    "revoked": FindingGuide(
        "critical",
        "The CA has revoked a certificate of the path, by a stapled OCSP response or a CRL.",
        "Have a new certificate issued, with a new key if the old one leaked.",
        "CN=api.example is revoked since 2026-11-02 (keyCompromise), says its CA's CRL",
    ),
    "ocsp-staple-invalid": FindingGuide(
        "warning",
        "The stapled OCSP response is damaged, about another certificate, or not signed by its CA.",
        "Restart the server's stapling; check which responder it asks.",
        "the stapled OCSP response is not signed by the certificate's issuer",
    ),
    "ocsp-staple-stale": FindingGuide(
        "warning",
        "The stapled OCSP response is past its nextUpdate, or not valid yet: clients ignore or "
        "refuse it.",
        "Check that the server can reach its CA's OCSP responder, and its clock.",
        "the stapled OCSP response is stale since 2026-11-20 12:00 UTC",
    ),
    "ocsp-unknown": FindingGuide(
        "warning",
        "The CA's responder does not know the certificate.",
        "Ask the CA whether it issued this certificate.",
        "the CA's OCSP responder does not know this certificate",
    ),
    "crl-missing": FindingGuide(
        "warning",
        "CRLs were given, but none of the issuer of this certificate.",
        "Name the issuer's CRL with --crl-file too.",
        "none of the CRLs given is of CN=Issuing CA 2, so CN=api.example may be revoked",
    ),
    "crl-stale": FindingGuide(
        "warning",
        "A CRL that was given is past its nextUpdate: what was revoked since is not in it.",
        "Fetch the CA's current CRL.",
        "the CRL of CN=Issuing CA 2 (issuing.crl) is stale since 2026-11-20 12:00 UTC",
    ),
    "crl-invalid": FindingGuide(
        "critical",
        "A CRL that was given is not signed by the CA whose name it bears.",
        "Fetch the CRL again, from the CA itself.",
        "the CRL in issuing.crl is not signed by CN=Issuing CA 2",
    ),
    # Fetched, with --fetch.
    "completed-by-fetching": FindingGuide(
        "info",
        "With the certificates that the chain points to (authorityInfoAccess) it would be trusted. "
        "Most clients do not fetch them.",
        "Add these certificates to the chain that the server sends.",
        "with CN=Issuing CA 2, which the server leaves out, the chain would be trusted",
    ),
    "not-fetched": FindingGuide(
        "info",
        "Something that the chain points to could not be fetched, or was not, by --fetch's limits.",
        "Check the URL; allow an internal network with --fetch-from.",
        "http://pki.corp.example/ca2.crl is not fetched: its address is not public; "
        "allow its network with --fetch-from",
    ),
    # Expectations.
    "unexpected-key": FindingGuide(
        "critical",
        "The server's public key is none of those that were expected (--expect-spki).",
        "Find out who changed the certificate; if it was you, expect the new key.",
        "the server's public key has the SPKI SHA-256 6f2a…, which is not expected",
    ),
    "unexpected-issuer": FindingGuide(
        "critical",
        "The certificate's issuer is not the one expected (--expect-issuer).",
        "Find out who issued it, and whether your CAA records allow it.",
        "the certificate was issued by CN=Other CA, expected was Corp CA",
    ),
    "not-the-file": FindingGuide(
        "critical",
        "The server does not serve the certificate of this file (--expect-file): renewed on disk, "
        "and never reloaded.",
        "Make the server load its certificate file again.",
        "the server serves a certificate that ends 2026-11-28, cert.pem holds one that ends "
        "2027-02-26: it was not reloaded",
    ),
}
