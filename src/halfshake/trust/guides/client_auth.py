"""What there is to know about findings of client authentication: expectations, CAs, partners.

`every_finding.py` has the table of all.
"""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

CLIENT_AUTH_GUIDES: dict[str, FindingGuide] = {
    # Expectations (--expect-client-auth).
    "unexpected-client-auth": FindingGuide(
        "critical",
        "What the server does about clients without a certificate is not what was expected "
        "(--expect-client-auth): it may have stopped refusing strangers.",
        "Look at the server's configuration at once, then at its log for who came in.",
        "the server asks for a client certificate and is tls-optional, expected was tls-required",
    ),
    "client-auth-unknown": FindingGuide(
        "warning",
        "It was not to be seen whether the server refuses clients without a certificate as "
        "expected (--expect-client-auth): it gave no answer, or no second visit was made.",
        "Read it again, with --enforcement and more --timeout; docs/client-auth.md says what "
        "cannot be seen.",
        "whether the server is tls-required, as expected, is not known: time ran out while "
        "waiting for the answer to HEAD /",
    ),
    "client-auth-dropped": FindingGuide(
        "critical",
        "An earlier reading of this target found a client certificate asked for, or strangers "
        "refused, and this one does not.",
        "Look at the server's configuration at once, then at its log for who came in; if it was "
        "meant, nothing is left to do.",
        "the server asks for a client certificate no longer",
    ),
    # Acceptable CAs.
    "client-ca-list-empty": FindingGuide(
        "info",
        "A client certificate is asked for, and no CA is named: clients cannot tell which of their "
        "certificates to send, and whom the server lets in does not show.",
        "Name the CAs (nginx: ssl_client_certificate), unless there are reasons to hide them.",
        "the server asks for a client certificate and names no CA",
    ),
    "client-ca-list-long": FindingGuide(
        "warning",
        "The list of acceptable CAs is near a size at which something breaks: 16 KiB is what "
        "Windows sends and many clients buffer, 32 KiB what Java reads, 64 KiB what the message "
        "holds, after which OpenSSL refuses everyone in TLS 1.3.",
        "Name the CAs of your clients alone: often a whole bundle was given to the server.",
        "the server names 142 acceptable CAs in 15730 bytes, near the 16 KiB that many stop at",
    ),
    "client-ca-public": FindingGuide(
        "warning",
        "A public web CA is accepted as client CA (it is in this system's trust store): TLS lets "
        "in whoever has a certificate of it, which is anyone.",
        "Accept a CA of your own, or make sure that the application checks the very name.",
        "a public CA is accepted for client certificates: CN=ISRG Root X1,O=Internet Security "
        "Research Group,C=US",
    ),
    "client-ca-expired": FindingGuide(
        "warning",
        "A CA that the server accepts has expired, as the files of --client-ca-file say: its "
        "clients are refused.",
        "Renew the CA's certificate at the server, or take it out.",
        "an acceptable CA has expired: CN=Partner CA (2026-11-20)",
    ),
    "client-ca-expires-soon": FindingGuide(
        "warning",
        "A CA that the server accepts has less time left than a threshold (--path-warning), as the "
        "files of --client-ca-file say.",
        "Renew it at the server in time, and tell its partners.",
        "an acceptable CA expires soon: CN=Partner CA (2026-11-28)",
    ),
    "client-ca-unknown": FindingGuide(
        "info",
        "The server accepts a CA that stands in none of the files of --client-ca-file.",
        "Find out whose it is, and who lets it in.",
        "1 acceptable CA is in none of the files: CN=Old Partner CA",
    ),
    "client-ca-not-listed": FindingGuide(
        "info",
        "A CA of the files of --client-ca-file is not accepted by the server.",
        "If its clients are to get in, add it at the server, and reload.",
        "1 CA of the files is not accepted: CN=New Partner CA",
    ),
    "client-ca-dropped": FindingGuide(
        "warning",
        "A CA that was accepted at the reading before is accepted no longer: its clients are "
        "locked out.",
        "Put it back, unless its partners have moved.",
        "1 CA is accepted no longer: CN=Partner CA",
    ),
    "client-ca-added": FindingGuide(
        "info",
        "A CA is accepted that was not at the reading before.",
        "Nothing to do, if you know who added it.",
        "1 more CA is accepted: CN=New Partner CA",
    ),
    # Partners (--would-accept).
    "partner-accepted": FindingGuide(
        "info",
        "By all that shows in the handshake the partner would be let in.",
        "Nothing to do; what the server checks beyond it does not show here.",
        "partner.pem (CN=partner.example) would be let in",
    ),
    "partner-undecided": FindingGuide(
        "info",
        "Whether the partner would be let in cannot be told: no CA is named, or no certificate is "
        "asked for in the handshake.",
        "Let the partner try.",
        "whether partner.pem (CN=partner.example) would be let in is not known: the server names "
        "no CA",
    ),
    "partner-not-listed": FindingGuide(
        "critical",
        "None of the CAs above the partner's certificate stands in the server's list.",
        "Add the partner's CA at the server; or the intermediates to the partner's file, if it "
        "is the root that is listed.",
        "partner.pem (CN=partner.example) was issued by CN=Other CA, which is none of the 3 CAs "
        "that the server names",
    ),
    "partner-chain-broken": FindingGuide(
        "critical",
        "A certificate of the partner's chain was not signed by the CA that it names.",
        "Ask the partner for the chain that belongs to the certificate.",
        "partner.pem (CN=partner.example): CN=partner.example is not signed by CN=Partner CA",
    ),
    "partner-key-unfit": FindingGuide(
        "critical",
        "The server takes no signature that the partner's key can make.",
        "Have the partner's certificate issued for another kind of key, or widen the server's "
        "signature algorithms.",
        "partner.pem (CN=partner.example) has an Ed25519 key, and the server takes no signature "
        "of its kind",
    ),
    "partner-not-for-clients": FindingGuide(
        "critical",
        "The partner's certificate may not be used by clients: it lacks clientAuth in its extended "
        "key usage, or digitalSignature in its key usage.",
        "Have it issued for clientAuth; public web CAs no longer do that.",
        "partner.pem (CN=partner.example) is not for clients: its extended key usage lacks "
        "clientAuth",
    ),
    "partner-expired": FindingGuide(
        "critical",
        "A certificate of the partner's chain, or the CA above it, is past its notAfter or before "
        "its notBefore.",
        "Renew it.",
        "partner.pem (CN=partner.example): CN=partner.example expired on 2026-11-20",
    ),
    "partner-expires-soon": FindingGuide(
        "warning",
        "The partner's certificate has less time left than the warning threshold.",
        "Tell the partner to renew it.",
        "partner.pem (CN=partner.example) expires in 5.0 days",
    ),
}
