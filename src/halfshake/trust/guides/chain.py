"""The texts of findings about dates, trust, names, and what else a chain shows."""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

_RENEW = "Renew it and make the server load the new one."
_ASK_THE_CA = "Ask the CA for a chain without this fault."

CHAIN_GUIDES: dict[str, FindingGuide] = {
    # Dates.
    "expired": FindingGuide(
        "critical",
        "The server's certificate has expired (notAfter): every client that checks dates "
        "rejects it.",
        _RENEW,
        "the certificate expired 3.2 days ago, on 2026-11-20 19:05 UTC",
    ),
    "not-yet-valid": FindingGuide(
        "critical",
        "The server's certificate is not valid yet (notBefore).",
        "Check the clocks of the CA and of this machine, or wait.",
        "the certificate becomes valid in 2 hours, on 2026-11-24 14:00 UTC",
    ),
    "expires-soon": FindingGuide(
        "critical",
        "The server's certificate has less time left than a threshold. The severity is that of "
        "the threshold: warning or critical.",
        _RENEW,
        "the certificate expires in 5.0 days",
    ),
    "path-expired": FindingGuide(
        "critical",
        "A CA certificate on the only path to the trust store has expired (notAfter).",
        "Replace this CA certificate on the server, or in the trust store if it is a root.",
        "the CA certificate CN=Issuing CA 2 above the server's own (depth 1) has expired",
    ),
    "path-not-yet-valid": FindingGuide(
        "critical",
        "A CA certificate on the only path to the trust store is not valid yet (notBefore).",
        "Check the clocks of the CA and of this machine, or wait.",
        "the CA certificate CN=Issuing CA 3 above the server's own (depth 1) is not yet valid",
    ),
    "path-expires-soon": FindingGuide(
        "critical",
        "A CA certificate expires before the server's own and has less time left than a "
        "threshold; after that no other path to the trust store remains. The severity is that "
        "of the threshold: warning or critical.",
        "Install the CA's renewed certificate on the server, or in the trust store.",
        "the CA certificate CN=Issuing CA 2 on the path expires in 6.3 days, "
        "before the server's own",
    ),
    # Trust.
    "self-signed": FindingGuide(
        "critical",
        "The server's certificate is signed by its own key and is not in the trust store.",
        "Have one of your CAs issue it, or trust this certificate itself with --ca-file.",
        "the certificate is self-signed and is not in corp-ca.pem",
    ),
    "unknown-ca": FindingGuide(
        "critical",
        "The chain leads to a CA that is not in the trust store.",
        "If this CA is yours, add its certificate with --ca-file; if it is an intermediate, "
        "make the server send it.",
        "the chain ends in CN=Old Root, which is not in corp-ca.pem",
    ),
    "missing-intermediate": FindingGuide(
        "critical",
        "The server does not send a certificate that links its own to the trust store. Browsers "
        "may have it cached; other clients fail.",
        "Make the server send its intermediate certificates too (the full chain); if the issuer "
        "is one of your roots, add it with --ca-file.",
        "the server does not send its intermediate CN=Issuing CA 2, which issued CN=api.example",
    ),
    "bad-signature": FindingGuide(
        "critical",
        "A signature in the chain does not verify with the key of its issuer: two CAs have the "
        "same name, or a certificate is damaged.",
        "Have the CA issue it again; make sure that the issuer on the server and in the trust "
        "store is the one that signed it.",
        "the signature of CN=api.example does not verify with the key of CN=Issuing CA 2",
    ),
    "wrong-purpose": FindingGuide(
        "critical",
        "The extended key usage of a certificate does not include TLS servers.",
        "Issue the server's certificate with the extended key usage serverAuth; a CA "
        "certificate must include it too, or have no extended key usage.",
        "CN=api.example (depth 0) is only for clientAuth, not for a TLS server",
    ),
    "not-a-ca": FindingGuide(
        "critical",
        "A certificate signed another one, but is not a CA or lacks keyCertSign.",
        "Issue it from a CA certificate: basicConstraints CA:TRUE and keyUsage keyCertSign.",
        "CN=web01 (depth 1) signed CN=api.example but is not a CA",
    ),
    "path-length": FindingGuide(
        "critical",
        "There are more intermediates below a CA than its pathLenConstraint allows.",
        "Issue from a CA nearer to the root, or have this CA's certificate reissued with a "
        "larger pathLenConstraint.",
        "CN=Issuing CA 2 (depth 2) allows 0 intermediates below it, but there is 1",
    ),
    "name-constraint": FindingGuide(
        "critical",
        "A CA in the chain is not allowed to issue for a name below it (name constraints).",
        "Issue for a name within the CA's constraints, or from another CA.",
        "CN=api (depth 0) is for api.example.org, but CN=Corp CA (depth 1) may not issue for "
        "that name (name constraints: permitted .corp.example)",
    ),
    "unhandled-extension": FindingGuide(
        "critical",
        "A certificate has a critical extension that OpenSSL does not know.",
        "Ask the CA to mark the extension as non-critical, or to leave it out.",
        "CN=api.example (depth 0) has the critical extension 1.2.3.4, which OpenSSL does not know",
    ),
    "weak-key": FindingGuide(
        "critical",
        "A key in the chain is too short for OpenSSL's security level 2 (RSA below 2048 bits).",
        "Reissue the certificate with a key of at least RSA 2048 or ECDSA P-256.",
        "CN=api.example (depth 0) has an RSA key of 1024 bits, too short for OpenSSL clients",
    ),
    "weak-digest": FindingGuide(
        "critical",
        "A certificate in the chain is signed with SHA-1 or MD5, which OpenSSL clients reject.",
        "Have the CA sign it again with SHA-256 or better.",
        "CN=Issuing CA 1 (depth 1) is signed with sha1WithRSAEncryption",
    ),
    "untrusted": FindingGuide(
        "critical",
        "OpenSSL rejects the chain for a reason that Halfshake has no separate finding for.",
        _ASK_THE_CA,
        "OpenSSL clients reject the chain: unsupported name constraint type (code 51)",
    ),
    "not-judged": FindingGuide(
        "critical",
        "Neither OpenSSL nor the second opinion can judge this chain.",
        "Check the certificate with the tools of the CA that issued it.",
        "OpenSSL cannot judge this chain: NO_PROTOCOLS_AVAILABLE",
    ),
    "costly-chain": FindingGuide(
        "warning",
        "The chain has many more CA certificates with the same name, or names under name "
        "constraints, than real chains have: path builders try out every combination. Only OpenSSL "
        "was asked about it. Whether Web PKI clients accept it is left unknown, and if OpenSSL "
        "rejects it, the reason may be given in OpenSSL's words only.",
        "Send only the certificates that lead from the server's certificate to its root.",
        "the chain takes too long to be judged in full: by their names the certificates have 9900 "
        "possible issuers (more than 64)",
    ),
    "judged-without-openssl": FindingGuide(
        "info",
        "The local OpenSSL cannot judge the chain (its policy forbids TLS 1.2, or it does not "
        "know this kind of key), so the verdict is that of the CA/Browser Forum profile.",
        "Nothing to do; a newer OpenSSL may know this kind of certificate.",
        "the local OpenSSL cannot judge this chain; the verdict is that of the CA/Browser Forum "
        "profile (cryptography's verifier)",
    ),
    "name-mismatch": FindingGuide(
        "critical",
        "None of the names in the certificate is the one that clients ask for (RFC 9525).",
        "Issue one for that name, or give the name that clients use with --server-name.",
        "the certificate is not for api.example.com, but for api.example.org",
    ),
    # Other clients.
    "strict-clients-reject": FindingGuide(
        "info",
        "OpenSSL accepts the chain, but not with X509_STRICT, which is the default in Python "
        "3.13 and later.",
        "Have the CA certificates reissued as RFC 5280 requires, before clients are updated.",
        "Python 3.13 and later reject this chain: Missing Authority Key Identifier (code 85)",
    ),
    "web-pki-clients-reject": FindingGuide(
        "info",
        "The chain does not follow the rules for public CAs, as cryptography's verifier reads "
        "them. For a private CA that is no fault: `clients-reject` names the clients that really "
        "reject the chain.",
        "If your clients require these rules, have a certificate issued that follows them.",
        "the CA/Browser Forum profile (cryptography's verifier) rejects this chain: leaf "
        "certificate has no subjectAltName",
    ),
    "clients-reject": FindingGuide(
        "info",
        "OpenSSL accepts the chain, but a family of clients rejects it: one finding for each "
        "family. The rules were compared with live clients on hundreds of chains "
        "([clients](clients.md)). Critical if `--clients` names the family.",
        "If such clients use this API, have a chain issued that they accept too.",
        "Go clients (crypto/tls) reject what OpenSSL accepts: it relies on the common name, and "
        "has no alternative names",
    ),
    # Lint.
    "cn-only": FindingGuide(
        "warning",
        "The name is only in the common name. OpenSSL still looks there; Go, browsers and all "
        "clients that follow RFC 9525 do not.",
        "Reissue it with the name in subjectAltName.",
        "the certificate has the name api.example only in its common name",
    ),
    "server-auth-missing": FindingGuide(
        "info",
        "The certificate has no extended key usage. Most clients then accept it for any "
        "purpose; public CAs and some clients require serverAuth.",
        "Reissue it with the extended key usage serverAuth.",
        "the certificate has no extended key usage; clients look for serverAuth",
    ),
    "small-key": FindingGuide(
        "warning",
        "An RSA key is shorter than 2048 bits; stricter clients reject it.",
        "Reissue the certificate with a key of at least RSA 2048 or ECDSA P-256.",
        "CN=Old Root (depth 2) has an RSA key of 1024 bits",
    ),
    "sha1-signature": FindingGuide(
        "warning",
        "The server sends a certificate that is signed with SHA-1 (or MD5); stricter clients "
        "reject it.",
        "Have the CA sign it again with SHA-256 or better.",
        "CN=Issuing CA 1 (depth 1) is signed with sha1WithRSAEncryption",
    ),
    "lifetime-too-long": FindingGuide(
        "warning",
        "The lifetime of a publicly trusted certificate is longer than public CAs may issue: "
        "398 days, 200 from 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15 (CA/Browser "
        "Forum, SC-081). Browsers reject it.",
        "Have it reissued with a shorter lifetime, and automate its renewal.",
        "the certificate is valid for 365 days; issued on 2026-05-01, it may be valid for 200",
    ),
    "staple-missing": FindingGuide(
        "warning",
        "The certificate says that the server must staple an OCSP response (RFC 7633), but the "
        "server does not. Some clients refuse to connect.",
        "Enable OCSP stapling on the server.",
        "the certificate requires a stapled OCSP response, but the server sends none",
    ),
    "wrong-order": FindingGuide(
        "warning",
        "The server does not send its certificates in the order of the path; TLS up to 1.2 "
        "requires that order, and some clients reject any other.",
        "Put the certificates into the server's file in this order: its own, then its issuer, "
        "then each next issuer.",
        "the certificates of the path are sent out of order: at positions 0, 2, 1",
    ),
    "extra-certificates": FindingGuide(
        "info",
        "The server sends certificates that have nothing to do with its own, or sends the same "
        "one twice.",
        "Remove them from the server's file: they make every handshake larger.",
        "the server sends 2 unneeded certificates: CN=Unrelated, CN=Other",
    ),
    "root-sent": FindingGuide(
        "info",
        "The server sends the root as well. Clients either have their own copy or do not trust it.",
        "Remove it from the server's file: it makes every handshake larger.",
        "the server also sends its root CN=Corp Root",
    ),
    "certificate-odd": FindingGuide(
        "warning",
        "A field of a certificate violates RFC 5280 or cannot be read.",
        "Ask the CA for a certificate that follows RFC 5280: some clients reject this one.",
        "certificate 0 of the chain: the serial number 0 is not positive (RFC 5280 4.1.2.2)",
    ),
    "key-reused": FindingGuide(
        "info",
        "The certificate was renewed with the old key.",
        "Make a new key at each renewal, so that a leaked key does not stay in use.",
        "the certificate was renewed, but with the same key as before",
    ),
}
