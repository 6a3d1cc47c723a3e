"""The texts of findings about a server, files, revocation and expectations."""

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
        "The key exchange has no forward secrecy: anyone who gets the server's key can decrypt "
        "recorded traffic. Modern clients do not offer it.",
        "Enable an ECDHE cipher suite on the server.",
        "the server chose TLS_RSA_WITH_AES_128_CBC_SHA, a key exchange without forward secrecy",
    ),
    "key-possession-refuted": FindingGuide(
        "critical",
        "The server's signature does not verify with the certificate's key.",
        "Check which host answers here: its key does not belong to its certificate.",
        "the server does not hold the certificate's private key: its signature does not verify",
    ),
    "key-possession-unproven": FindingGuide(
        "info",
        "The server did not have to sign, or its signature is of a kind that cannot be checked "
        "here, or `--no-possession` left the check out.",
        "Nothing to do, unless you expect an (EC)DHE key exchange here.",
        "it is not known whether the server holds the private key: the key exchange is static RSA",
    ),
    # Files and trust stores.
    "stored-certificate-expired": FindingGuide(
        "warning",
        "Another certificate in a file, or a CA in the trust store, has expired (notAfter). At "
        "most a warning: a certificate that no path uses does no harm.",
        "Replace it with the renewed one, or remove it.",
        "certificate 3 of file:/etc/ssl/bundle.pem, CN=Old Root, expired on 2026-09-30",
    ),
    "stored-certificate-expires-soon": FindingGuide(
        "warning",
        "Another certificate in a file, or a CA in the trust store, is about to expire.",
        "Replace it with the renewed one, or remove it.",
        "certificate 2 of trust store (ca.pem), CN=Corp Root, expires on 2026-12-01",
    ),
    # Revocation.
    "revoked": FindingGuide(
        "critical",
        "The CA has revoked a certificate in the path, according to a stapled OCSP response or "
        "a CRL.",
        "Have a new certificate issued, with a new key if the old one leaked.",
        "CN=api.example was revoked on 2026-11-02 (keyCompromise), according to its CA's CRL "
        "(corp.crl)",
    ),
    "ocsp-staple-invalid": FindingGuide(
        "warning",
        "The stapled OCSP response is damaged, is about another certificate, or is not signed "
        "by the CA.",
        "Make the server fetch a new OCSP response; check which responder it asks.",
        "the stapled OCSP response is not signed by the certificate's issuer",
    ),
    "ocsp-staple-stale": FindingGuide(
        "warning",
        "The stapled OCSP response is out of date (nextUpdate) or not valid yet: clients ignore "
        "or reject it.",
        "Check that the server can reach its CA's OCSP responder, and that its clock is right.",
        "the stapled OCSP response has been out of date since 2026-11-20 12:00 UTC",
    ),
    "ocsp-unknown": FindingGuide(
        "warning",
        "The CA's responder does not know the certificate.",
        "Ask the CA whether it issued this certificate.",
        "the CA's OCSP responder does not know this certificate",
    ),
    "crl-missing": FindingGuide(
        "warning",
        "CRLs were given, but none from the issuer of this certificate.",
        "Add the issuer's CRL with --crl-file.",
        "none of the given CRLs is from CN=Issuing CA 2, so CN=api.example may be revoked",
    ),
    "crl-stale": FindingGuide(
        "warning",
        "A given CRL is out of date (nextUpdate): certificates revoked since then are not in it. "
        "Or it is not valid yet (thisUpdate).",
        "Fetch the CA's current CRL.",
        "the CRL of CN=Issuing CA 2 (issuing.crl) has been out of date since 2026-11-20 12:00 UTC",
    ),
    "crl-invalid": FindingGuide(
        "critical",
        "A given CRL is not signed by the CA that it names as its issuer.",
        "Fetch the CRL again, from the CA itself.",
        "the CRL in issuing.crl is not signed by CN=Issuing CA 2",
    ),
    "crl-unusable": FindingGuide(
        "warning",
        "A given CRL does not say whether this certificate is revoked: it has a critical extension "
        "that is not understood, or a CA that may not sign CRLs issued it, or it is about other "
        "certificates (another distribution point, key or kind), or it lists only a part (a delta "
        "CRL, some reasons, an indirect CRL). OpenSSL does not use it either.",
        "Get the CA's complete CRL for this certificate.",
        "the CRL of CN=Issuing CA 2 (issuing.crl) is about CAs only, so CN=api.example may be "
        "revoked",
    ),
    # Fetched, with --fetch.
    "completed-by-fetching": FindingGuide(
        "info",
        "The chain would be trusted with the missing certificates, which can be fetched from "
        "the URLs in it (authorityInfoAccess). Most clients do not fetch them.",
        "Add these certificates to the chain that the server sends.",
        "the chain would be trusted with CN=Issuing CA 2, which the server does not send",
    ),
    "not-fetched": FindingGuide(
        "info",
        "A certificate or CRL at a URL in the chain could not be fetched, or the limits of "
        "--fetch do not allow it.",
        "Check the URL; allow an internal network with --fetch-from.",
        "http://pki.corp.example/ca2.crl is not fetched: its address is not public; "
        "allow its network with --fetch-from",
    ),
    # Expectations.
    "unexpected-key": FindingGuide(
        "critical",
        "The server's public key is not one of the expected ones (--expect-spki).",
        "Find out who changed the certificate; if it was you, give the new key with --expect-spki.",
        "the server's public key has the SPKI SHA-256 6f2a…, which is not expected",
    ),
    "unexpected-issuer": FindingGuide(
        "critical",
        "The certificate's issuer is not the expected one (--expect-issuer).",
        "Find out who issued it, and whether your CAA records allow it.",
        "the certificate was issued by CN=Other CA, but Corp CA was expected",
    ),
    "not-the-file": FindingGuide(
        "critical",
        "The server does not serve the certificate in this file (--expect-file): it was "
        "probably renewed on disk, but the server was not reloaded.",
        "Make the server reload its certificate file.",
        "the server serves a certificate that expires 2026-11-28, but cert.pem holds one that "
        "expires 2027-02-26: it was not reloaded",
    ),
}
