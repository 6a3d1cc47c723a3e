"""What there is to know about findings of a handshake: what clients hang up on, and we read."""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

HANDSHAKE_GUIDES: dict[str, FindingGuide] = {
    "flight-broken-off": FindingGuide(
        "warning",
        "The server showed its certificate, and ended its first flight before its end: no client "
        "gets a connection. What was not seen by then, whether it asks for a client certificate "
        "and whether it holds the key, is not known.",
        "Look at the server's log. OpenSSL does this with a list of client CAs that is longer than "
        "64 KiB: shorten it.",
        "after its ServerKeyExchange the server sends the alert internal_error (80): nobody gets "
        "further",
    ),
    "intolerant-server": FindingGuide(
        "warning",
        "The server turned an ordinary ClientHello away, and answered a plainer one: real clients "
        "that send what was left out fail here. Browsers always send status_request.",
        "Update the server's TLS library; `--explain-intolerance` finds out what it cannot stand.",
        "the server closes the connection upon an ordinary ClientHello, and answers a plainer one, "
        "without status_request and cipher_suites",
    ),
    "session-id-echoed": FindingGuide(
        "warning",
        "A server of TLS 1.2 returned the session id that a client makes up for TLS 1.3, as if it "
        "resumed a session, and then began a new one. OpenSSL and Go go on, BoringSSL (Chrome, "
        "Android) hangs up.",
        "Update the server, or the TLS-inspecting middlebox before it.",
        "the server returned our session id, which stands for no session, and shows its "
        "certificate as for a new one (RFC 5246 7.4.1.3)",
    ),
    "suite-of-later-version": FindingGuide(
        "warning",
        "The server chose a cipher suite that only TLS 1.2 has in TLS 1.0 or 1.1, where it means "
        "nothing. BoringSSL hangs up.",
        "Enable TLSv1.2 and TLSv1.3 on the server, and update it.",
        "the server chose TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, a suite of TLSv1.2, in TLSv1.1 "
        "(RFC 5246 6.2.3.3)",
    ),
    "scheme-of-later-version": FindingGuide(
        "warning",
        "The server signed with a scheme that only TLS 1.3 has in TLS 1.2. BoringSSL hangs up.",
        "Update the server.",
        "the server signed with mldsa65, a scheme of TLSv1.3, in TLSv1.2 "
        "(RFC 8734 3, draft-ietf-tls-mldsa)",
    ),
    "scheme-not-of-key": FindingGuide(
        "warning",
        "The scheme of the server's signature is for another kind of key than its certificate "
        "has. BoringSSL hangs up, and the signature proves nothing of the kind it claims.",
        "Update the server; or give it a certificate with an ordinary RSA or P-256 key.",
        "the server signed with rsa_pss_rsae_sha256, and its certificate's key is an RSA key for "
        "RSASSA-PSS only (id-RSASSA-PSS) (RFC 9846 4.3.3)",
    ),
    "suite-not-of-key": FindingGuide(
        "warning",
        "The certificate is of another kind than the cipher suite says. BoringSSL hangs up.",
        "Configure the suites that go with the certificate, and update the server.",
        "the server chose TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, and its certificate's key is an "
        "ECDSA key on secp256r1 (RFC 5246 7.4.2)",
    ),
    "key-usage-not-allowed": FindingGuide(
        "warning",
        "The certificate's keyUsage does not allow what the key exchange needs. BoringSSL hangs "
        "up.",
        "Issue the certificate anew with digitalSignature in its keyUsage (and keyEncipherment "
        "for RSA key exchange).",
        "the certificate's keyUsage does not allow digitalSignature, which "
        "TLS_AES_128_GCM_SHA256 needs in TLSv1.3 (RFC 9846 4.5.1.2)",
    ),
    "key-exchange-invalid": FindingGuide(
        "warning",
        "The server's ephemeral key is truncated, padded, compressed, off its curve or of low "
        "order: no client can agree on a key with it.",
        "Update the server; if it is up to date, look for a broken random generator or memory.",
        "the server's ephemeral key of 33 bytes is no valid public value of secp256r1 "
        "(RFC 8422 5.4, 5.11)",
    ),
    "extension-malformed": FindingGuide(
        "warning",
        "An answer of the server to an extension does not have the form that its RFC gives it. "
        "BoringSSL hangs up.",
        "Update the server, or the middlebox before it.",
        "the server_name of the server's ServerHello is not empty (RFC 6066 3)",
    ),
    "extension-unsolicited": FindingGuide(
        "warning",
        "The server answered an extension that was not sent. BoringSSL hangs up.",
        "Update the server, or the middlebox before it.",
        "the server's ServerHello answers server_name, which our hello did not ask for "
        "(RFC 9846 4.3)",
    ),
    "certificate-request-odd": FindingGuide(
        "warning",
        "The server asks for a client certificate with a list that may not be empty and is. "
        "BoringSSL hangs up; others may find no certificate of theirs that fits.",
        "Update the server; check which CAs and algorithms it is configured to accept.",
        "the server's CertificateRequest has no signature algorithm (RFC 9846 4.3.3)",
    ),
}
