"""The texts of findings about client authentication: expectations, CAs, partners.

`every_finding.py` has the table of all findings.
"""

from __future__ import annotations

from halfshake.trust.guides.finding_guide import FindingGuide

CLIENT_AUTH_GUIDES: dict[str, FindingGuide] = {
    # Expectations (--expect-client-auth).
    "unexpected-client-auth": FindingGuide(
        "critical",
        "The server does not treat clients without a certificate as expected "
        "(--expect-client-auth): it may have stopped refusing them.",
        "Check the server's configuration at once, then its log for who got in.",
        "the server asks for a client certificate and is tls-optional, but tls-required was "
        "expected",
    ),
    "client-auth-unknown": FindingGuide(
        "warning",
        "We could not see whether the server refuses clients without a certificate, as expected "
        "(--expect-client-auth): it gave no answer, or there was no second visit.",
        "Read it again with --enforcement and a longer --timeout; docs/client-auth.md says what "
        "cannot be seen.",
        "it is not known whether the server is tls-required, as expected: time ran out while "
        "waiting for the answer to HEAD /",
    ),
    "client-auth-dropped": FindingGuide(
        "critical",
        "In an earlier reading the server asked for a client certificate, or refused clients "
        "without one; in this reading it does not.",
        "Check the server's configuration at once, then its log for who got in; if the change "
        "was intended, there is nothing to do.",
        "the server no longer asks for a client certificate",
    ),
    # Acceptable CAs.
    "client-ca-list-empty": FindingGuide(
        "info",
        "The server asks for a client certificate but names no CA: clients cannot tell which of "
        "their certificates to send, and we cannot see whose certificates it accepts.",
        "Configure the server to name its client CAs (nginx: ssl_client_certificate), unless "
        "you have a reason to hide them.",
        "the server asks for a client certificate but names no CA",
    ),
    "client-ca-list-long": FindingGuide(
        "warning",
        "The list of acceptable CAs is near a size where something breaks: Windows sends and "
        "many clients buffer at most 16 KiB, Java reads 32 KiB, and the message itself holds 64 "
        "KiB; beyond that, OpenSSL refuses everyone in TLS 1.3.",
        "Configure only the CAs of your clients: often the server was given a whole CA bundle.",
        "the server names 142 acceptable CAs in 15730 bytes, near the limit of 16 KiB that some "
        "programs have",
    ),
    "client-ca-public": FindingGuide(
        "warning",
        "A public web CA is accepted as a client CA (it is in this system's trust store): TLS "
        "lets in every client with a certificate from it, and anyone can get one.",
        "Accept only your own CA, or make sure that the application checks the name in the "
        "certificate.",
        "a public CA is accepted for client certificates: CN=ISRG Root X1,O=Internet Security "
        "Research Group,C=US",
    ),
    "client-ca-expired": FindingGuide(
        "warning",
        "A CA that the server accepts has expired, according to the files of --client-ca-file: "
        "its clients are refused.",
        "Renew the CA's certificate on the server, or remove it.",
        "an acceptable CA has expired: CN=Partner CA (2026-11-20)",
    ),
    "client-ca-expires-soon": FindingGuide(
        "warning",
        "A CA that the server accepts has less time left than a threshold (--path-warning), "
        "according to the files of --client-ca-file.",
        "Renew it on the server in time, and tell the partners that use it.",
        "an acceptable CA expires soon: CN=Partner CA (2026-11-28)",
    ),
    "client-ca-unknown": FindingGuide(
        "info",
        "The server accepts a CA that is in none of the files of --client-ca-file.",
        "Find out whose CA it is, and who added it to the server.",
        "1 acceptable CA is in none of the files: CN=Old Partner CA",
    ),
    "client-ca-not-listed": FindingGuide(
        "info",
        "The server does not accept a CA that is in the files of --client-ca-file.",
        "If its clients should get in, add it on the server, and reload.",
        "1 CA in the files is not accepted: CN=New Partner CA",
    ),
    "client-ca-dropped": FindingGuide(
        "warning",
        "A CA that was accepted at the previous reading is no longer accepted: its clients are "
        "locked out.",
        "Put it back, unless the partners that use it have moved to another CA.",
        "1 CA is no longer accepted: CN=Partner CA",
    ),
    "client-ca-added": FindingGuide(
        "info",
        "A CA is accepted that was not accepted at the previous reading.",
        "Nothing to do, if you know who added it.",
        "1 more CA is accepted: CN=New Partner CA",
    ),
    # Partners (--would-accept).
    "partner-accepted": FindingGuide(
        "info",
        "As far as the handshake shows, the partner would be let in.",
        "Nothing to do; what the server checks after the handshake cannot be seen here.",
        "partner.pem (CN=partner.example) would be let in",
    ),
    "partner-undecided": FindingGuide(
        "info",
        "We cannot tell whether the partner would be let in: the server names no CA, or does "
        "not ask for a certificate in the handshake.",
        "Ask the partner to try it.",
        "it is not known whether partner.pem (CN=partner.example) would be let in: the server "
        "names no CA",
    ),
    "partner-not-listed": FindingGuide(
        "critical",
        "None of the CAs above the partner's certificate is in the server's list.",
        "Add the partner's CA on the server; or, if the server lists the root, add the "
        "intermediates to the partner's file.",
        "partner.pem (CN=partner.example) was issued by CN=Other CA, which is not one of the 3 "
        "CAs that the server names",
    ),
    "partner-chain-broken": FindingGuide(
        "critical",
        "A certificate in the partner's chain was not signed by the CA that it names.",
        "Ask the partner for the chain that belongs to this certificate.",
        "partner.pem (CN=partner.example): CN=partner.example is not signed by CN=Partner CA",
    ),
    "partner-key-unfit": FindingGuide(
        "critical",
        "The server accepts no signature that the partner's key can make.",
        "Have the partner's certificate issued for another kind of key, or allow more signature "
        "algorithms on the server.",
        "partner.pem (CN=partner.example) has an Ed25519 key, but the server accepts no "
        "signature made with such a key",
    ),
    "partner-not-for-clients": FindingGuide(
        "critical",
        "Clients may not use the partner's certificate: it lacks clientAuth in its extended key "
        "usage, or digitalSignature in its key usage.",
        "Have it issued with clientAuth; public web CAs no longer do that.",
        "partner.pem (CN=partner.example) is not for clients: its extended key usage lacks "
        "clientAuth",
    ),
    "partner-expired": FindingGuide(
        "critical",
        "A certificate in the partner's chain, or the CA above it, has expired (notAfter) or is "
        "not valid yet (notBefore).",
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
