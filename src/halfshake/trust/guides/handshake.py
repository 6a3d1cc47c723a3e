"""What there is to know about findings of a handshake: what clients reject, and we read."""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

HANDSHAKE_GUIDES: dict[str, FindingGuide] = {
    "flight-broken-off": FindingGuide(
        "warning",
        "The server showed its certificate, but did not finish its first flight: no client gets a "
        "connection. What we did not see by then is not known: whether the server has the private "
        "key and, in most cases, whether it asks for a client certificate.",
        "Look at the log of the server. OpenSSL does this if its list of client CAs is longer than "
        "64 KiB: shorten the list.",
        "after its ServerKeyExchange the server sends the alert internal_error (80): no client "
        "gets further",
    ),
    "intolerant-server": FindingGuide(
        "warning",
        "The server rejects an ordinary ClientHello, but answers a plainer one. Real clients that "
        "send what the plainer one leaves out fail here: browsers always send status_request, for "
        "example.",
        "Update the TLS library of the server. `--explain-intolerance` finds out what the server "
        "does not tolerate.",
        "the server closes the connection after an ordinary ClientHello, but answers a plainer "
        "one, without status_request and cipher_suites",
    ),
    "session-id-echoed": FindingGuide(
        "warning",
        "The server speaks TLS 1.2 and returns the session id that clients make up for TLS 1.3, as "
        "if it resumed a session, but then starts a new one. OpenSSL 3.0 and GnuTLS go on; Go 1.26 "
        "and BoringSSL (Chrome, Android) hang up.",
        "Update the server, or the TLS-inspecting middlebox in front of it.",
        "the server returns our session id, which belongs to no session, but shows its "
        "certificate as for a new one (RFC 5246 7.4.1.3)",
    ),
    "suite-of-later-version": FindingGuide(
        "warning",
        "The server speaks TLS 1.0 or 1.1, but chooses a cipher suite that only TLS 1.2 has. "
        "OpenSSL and BoringSSL hang up.",
        "Enable TLSv1.2 and TLSv1.3 on the server, and update it.",
        "the server chooses TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, a suite of TLSv1.2, in TLSv1.1 "
        "(RFC 5246 6.2.3.3)",
    ),
    "scheme-of-later-version": FindingGuide(
        "warning",
        "The server speaks TLS 1.2, but signs with a scheme that only TLS 1.3 has. BoringSSL "
        "hangs up.",
        "Update the server.",
        "the server signs with mldsa65, a scheme of TLSv1.3, in TLSv1.2 "
        "(RFC 8734, draft-ietf-tls-mldsa)",
    ),
    "scheme-not-of-key": FindingGuide(
        "warning",
        "The scheme of the server's signature is for another type of key than its certificate "
        "has. OpenSSL, Go, GnuTLS and BoringSSL hang up. The signature does not prove what it "
        "claims.",
        "Update the server, or give it a certificate with an ordinary RSA or P-256 key.",
        "the server signs with rsa_pss_rsae_sha256, but the key of its certificate is an RSA key "
        "for RSASSA-PSS only (RFC 9846 4.3.3)",
    ),
    "suite-not-of-key": FindingGuide(
        "warning",
        "The certificate has another type of key than the cipher suite requires. OpenSSL, Go and "
        "BoringSSL hang up.",
        "Configure the cipher suites that fit the certificate, and update the server.",
        "the server chooses TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, but the key of its certificate "
        "is an ECDSA key on secp256r1 (RFC 5246 7.4.2)",
    ),
    "key-usage-not-allowed": FindingGuide(
        "warning",
        "The keyUsage of the certificate does not allow what the key exchange needs. BoringSSL and "
        "GnuTLS hang up, OpenSSL only for ECDSA in TLS 1.2; Go goes on.",
        "Issue the certificate again with digitalSignature in its keyUsage (and keyEncipherment "
        "for RSA key exchange).",
        "the keyUsage of the certificate does not allow digitalSignature, which "
        "TLS_AES_128_GCM_SHA256 needs in TLSv1.3 (RFC 9846 4.5.1.2)",
    ),
    "key-exchange-invalid": FindingGuide(
        "warning",
        "The ephemeral key of the server is truncated, padded, compressed, not on its curve or of "
        "low order. OpenSSL, Go, GnuTLS and BoringSSL hang up, but OpenSSL accepts a compressed "
        "one.",
        "Update the server. If it is up to date, check its random generator and its memory.",
        "the server's ephemeral key of 33 bytes is not a valid public value of secp256r1 "
        "(RFC 8422 5.4, 5.11)",
    ),
    "extension-malformed": FindingGuide(
        "warning",
        "The server's answer to an extension does not have the form that its RFC requires. Go and "
        "BoringSSL hang up.",
        "Update the server, or the middlebox in front of it.",
        "the server_name in the server's ServerHello is not empty (RFC 6066 3)",
    ),
    "extension-unsolicited": FindingGuide(
        "warning",
        "The server answers an extension that we did not send. OpenSSL, Go and GnuTLS ignore it if "
        "they do not know it; OpenSSL, GnuTLS and BoringSSL hang up if it is server_name, "
        "BoringSSL also if it belongs to a certificate.",
        "Update the server, or the middlebox in front of it.",
        "the server's ServerHello answers server_name, which our hello did not contain "
        "(RFC 9846 4.3)",
    ),
    "certificate-request-odd": FindingGuide(
        "warning",
        "The server asks for a client certificate, but a list in the request is empty that must "
        "not be. BoringSSL and, for most of these lists, Go and GnuTLS hang up; other clients may "
        "find no certificate of theirs that fits.",
        "Update the server, and check which CAs and algorithms it is configured to accept.",
        "the server's CertificateRequest has no signature algorithm (RFC 9846 4.3.3)",
    ),
}
