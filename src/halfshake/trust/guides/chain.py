"""What there is to know about findings of dates, trust, names, and what else a chain shows."""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

_RENEW = "Renew it and make the server load the new one."
_ASK_THE_CA = "Ask the CA for a chain without this fault."

CHAIN_GUIDES: dict[str, FindingGuide] = {
    # Dates.
    "expired": FindingGuide(
        "critical",
        "The server's certificate is past its notAfter: every client that checks dates rejects it.",
        _RENEW,
        "the certificate expired 3.2 days ago, on 2026-11-20 19:05 UTC",
    ),
    "not-yet-valid": FindingGuide(
        "critical",
        "The server's certificate is before its notBefore.",
        "Check the clocks of the CA and of this machine, or wait.",
        "the certificate is valid only in 2 hours, from 2026-11-24 14:00 UTC",
    ),
    "expires-soon": FindingGuide(
        "critical",
        "The server's certificate has less time left than a threshold: warning or critical, "
        "whichever was passed.",
        _RENEW,
        "the certificate expires in 5.0 days",
    ),
    "path-expired": FindingGuide(
        "critical",
        "A CA certificate on the only path to the trust store is past its notAfter.",
        "Replace this CA certificate on the server, or in the trust store if it is a root.",
        "the CA certificate CN=Issuing CA 2 above the server's (depth 1) has expired",
    ),
    "path-not-yet-valid": FindingGuide(
        "critical",
        "A CA certificate on the only path to the trust store is before its notBefore.",
        "Check the clocks of the CA and of this machine, or wait.",
        "the CA certificate CN=Issuing CA 3 above the server's (depth 1) is not yet valid",
    ),
    "path-expires-soon": FindingGuide(
        "critical",
        "A CA certificate dies before the server's own, has less time left than a threshold, and "
        "no other path is left then. Warning or critical, whichever threshold was passed.",
        "Install the CA's renewed certificate on the server, or in the trust store.",
        "the CA certificate CN=Issuing CA 2 on the path expires in 6.3 days, "
        "before the server's own",
    ),
    # Trust.
    "self-signed": FindingGuide(
        "critical",
        "The server's certificate is signed by its own key and is not in the trust store.",
        "Let a CA of yours issue it, or trust this very certificate with --ca-file.",
        "the certificate is self-signed and is not in corp-ca.pem",
    ),
    "unknown-ca": FindingGuide(
        "critical",
        "The chain leads to a CA that the trust store does not hold.",
        "If this CA is yours, add its certificate with --ca-file; if it is an intermediate, "
        "let the server send it.",
        "the chain ends in CN=Old Root, which is not in corp-ca.pem",
    ),
    "missing-intermediate": FindingGuide(
        "critical",
        "A certificate between the server's own and the trust store is not sent. Browsers may have "
        "it cached; other clients fail.",
        "Let the server send its intermediate certificates too (the full chain); "
        "if the issuer is a root of yours, add it with --ca-file.",
        "the server does not send its intermediate CN=Issuing CA 2, which issued CN=api.example",
    ),
    "bad-signature": FindingGuide(
        "critical",
        "A signature in the chain does not verify with the key of the issuer of that name: two "
        "CAs of one name, or a damaged certificate.",
        "Let the CA issue it anew; make sure that the issuer on the server and in the trust store "
        "is the one whose key signed.",
        "the signature of CN=api.example does not verify with the key of CN=Issuing CA 2",
    ),
    "wrong-purpose": FindingGuide(
        "critical",
        "The extended key usage of a certificate leaves out TLS servers.",
        "Issue the server's certificate with the extended key usage serverAuth; a CA's extended "
        "key usage has to hold it too, or be left out.",
        "CN=api.example (depth 0) is for clientAuth only, not for a TLS server",
    ),
    "not-a-ca": FindingGuide(
        "critical",
        "A certificate signed another one without being a CA, or without keyCertSign.",
        "Issue it by a CA certificate: basicConstraints CA:TRUE and keyUsage keyCertSign.",
        "CN=web01 (depth 1) signed CN=api.example but is no CA",
    ),
    "path-length": FindingGuide(
        "critical",
        "There are more intermediates below a CA than its pathLenConstraint allows.",
        "Issue from a CA nearer to the root, or have this CA's certificate renewed with room.",
        "CN=Issuing CA 2 (depth 2) allows 0 intermediates below it, there is 1",
    ),
    "name-constraint": FindingGuide(
        "critical",
        "A name in the chain is outside what a CA above it may issue for.",
        "Issue for a name within the CA's constraints, or from another CA.",
        "CN=api (depth 0) is for api.example.org, for which CN=Corp CA (depth 1) may not issue "
        "(name constraints: permitted .corp.example)",
    ),
    "unhandled-extension": FindingGuide(
        "critical",
        "A certificate has an extension marked critical that OpenSSL does not know.",
        "Ask the CA to mark the extension as not critical, or to leave it out.",
        "CN=api.example (depth 0) has the critical extension 1.2.3.4, which nobody knows",
    ),
    "weak-key": FindingGuide(
        "critical",
        "A key of the chain is too short for OpenSSL's security level 2 (RSA under 2048 bits).",
        "Issue the certificate anew with a key of at least RSA 2048 or ECDSA P-256.",
        "CN=api.example (depth 0) has an RSA key of 1024 bits, too short for OpenSSL clients",
    ),
    "weak-digest": FindingGuide(
        "critical",
        "A certificate of the chain is signed with SHA-1 or MD5, which OpenSSL clients refuse.",
        "Let the CA sign it anew with SHA-256 or better.",
        "CN=Issuing CA 1 (depth 1) is signed with sha1WithRSAEncryption",
    ),
    "untrusted": FindingGuide(
        "critical",
        "OpenSSL rejects the chain for a reason that has no sentence of its own here.",
        _ASK_THE_CA,
        "OpenSSL clients reject the chain: unsupported name constraint type (code 51)",
    ),
    "not-judged": FindingGuide(
        "critical",
        "Neither OpenSSL nor the second opinion can judge this chain.",
        "Check the certificate with the tools of the CA that issued it.",
        "OpenSSL cannot judge this chain: ASN1 lib",
    ),
    "judged-without-openssl": FindingGuide(
        "info",
        "The local OpenSSL could not judge (its policy forbids TLS 1.2, or it does not know the "
        "kind of key), so the verdict is that of Web PKI clients.",
        "Nothing to do; a newer OpenSSL may know this kind of certificate.",
        "the local OpenSSL cannot judge this chain, so it is judged as Web PKI clients would",
    ),
    "name-mismatch": FindingGuide(
        "critical",
        "None of the certificate's names is the one that clients ask for (RFC 9525).",
        "Issue one that names it, or give the name that clients use with --server-name.",
        "the certificate is not for api.example.com, but for api.example.org",
    ),
    # Who else.
    "strict-clients-reject": FindingGuide(
        "info",
        "OpenSSL accepts the chain, but not with X509_STRICT, the default of Python 3.13 and "
        "later.",
        "Have the CA certificates issued anew as RFC 5280 wants them, before clients are updated.",
        "Python 3.13 and later reject this chain: Missing Authority Key Identifier (code 85)",
    ),
    "web-pki-clients-reject": FindingGuide(
        "info",
        "Clients that keep to the profile of public CAs (rustls, browsers, some Go programs) would "
        "reject the chain. For a private CA that only OpenSSL clients meet, nothing is wrong.",
        "If such clients use this API, have the certificate issued by that profile.",
        "Web PKI clients reject this chain: leaf certificate has no subjectAltName",
    ),
    # Lint.
    "cn-only": FindingGuide(
        "warning",
        "The name stands only in the common name. OpenSSL still looks there; Go, browsers and "
        "everything by RFC 9525 do not.",
        "Issue it anew with the name in subjectAltName.",
        "the certificate names api.example only as its common name",
    ),
    "server-auth-missing": FindingGuide(
        "info",
        "The certificate has no extended key usage at all. Most clients take that for any purpose; "
        "public CAs and some clients ask for serverAuth.",
        "Issue it anew with the extended key usage serverAuth.",
        "the certificate has no extended key usage; serverAuth is what clients look for",
    ),
    "small-key": FindingGuide(
        "warning",
        "An RSA key under 2048 bits; a stricter client rejects it.",
        "Issue the certificate anew with a key of at least RSA 2048 or ECDSA P-256.",
        "CN=Old Root (depth 2) has an RSA key of 1024 bits",
    ),
    "sha1-signature": FindingGuide(
        "warning",
        "A certificate that is sent is signed with SHA-1 (or MD5); a stricter client rejects it.",
        "Let the CA sign it anew with SHA-256 or better.",
        "CN=Issuing CA 1 (depth 1) is signed with sha1WithRSAEncryption",
    ),
    "lifetime-too-long": FindingGuide(
        "warning",
        "A publicly trusted certificate lives longer than public CAs may issue for: 398 days, 200 "
        "from 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15 (CA/Browser Forum, SC-081). "
        "Browsers reject it.",
        "Have it issued anew with a shorter life, and automate its renewal.",
        "the certificate lives 365 days; issued on 2026-05-01 it may live 200",
    ),
    "staple-missing": FindingGuide(
        "warning",
        "The certificate says that the server has to staple an OCSP response (RFC 7633), and it "
        "does not. Some clients fail hard.",
        "Enable OCSP stapling on the server.",
        "the certificate demands a stapled OCSP response, and the server sends none",
    ),
    "wrong-order": FindingGuide(
        "warning",
        "The certificates are not sent in the order of the path; TLS up to 1.2 demands it, and "
        "some clients insist.",
        "Put the certificates into the server's file in this order: its own, its issuer, and up.",
        "the certificates are sent in the order 0, 2, 1 of the path",
    ),
    "extra-certificates": FindingGuide(
        "info",
        "The server sends certificates that have nothing to do with its own, or twice the same.",
        "Take them out of the server's file: they cost every handshake bytes.",
        "the server sends 2 needless certificates: CN=Unrelated, CN=Other",
    ),
    "root-sent": FindingGuide(
        "info",
        "The server sends the root too. Clients have their own copy or do not trust it.",
        "Take it out of the server's file: it costs every handshake bytes.",
        "the server sends its root CN=Corp Root too",
    ),
    "certificate-odd": FindingGuide(
        "warning",
        "Something in a certificate breaks RFC 5280 or cannot be read.",
        "Ask the CA for a certificate that keeps to RFC 5280: some clients reject this one.",
        "certificate 0 of the chain: the serial number 0 is not positive (RFC 5280 4.1.2.2)",
    ),
    "key-reused": FindingGuide(
        "info",
        "The certificate was renewed with the old key.",
        "Make a new key at each renewal, so that one that leaked does not live on.",
        "the certificate was renewed, but its key is the one of before",
    ),
}
