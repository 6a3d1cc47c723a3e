"""What we receive: `ServerFlight`, and the types of the messages that it is read from.

`messages.py` decodes them. Certificates stay DER: this room does not look inside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from halfshake.tls.oddities import Oddity
    from halfshake.tls.registries.cipher_suites import CipherSuite
    from halfshake.tls.registries.codepoints import ProtocolVersion


class ServerFlight(NamedTuple):
    """What a server sent before it could know who the client is.

    `named_group` is None for static RSA and for a finite field without a name; `key_proof` is None
    for static RSA, which proves nothing; `certificate_request` is None if the server does not ask
    for a client certificate. `certificate_list` is as sent, with the end entity first, and is never
    empty.
    `public_value` is the server's ephemeral key of a TLS <= 1.2 ECDHE, as it came: nothing was
    computed with it. `oddities` are what no RFC allows, in the order it came.
    """

    version: ProtocolVersion
    cipher_suite: CipherSuite
    named_group: int | None
    certificate_list: tuple[CertificateEntry, ...]
    certificate_request: CertificateRequest | None
    key_proof: KeyProof | None
    alpn_protocol: bytes | None
    hello_retry_requested: bool
    public_value: bytes | None = None
    oddities: tuple[Oddity, ...] = ()


class PartialFlight(NamedTuple):
    """What we saw of a flight up to `last_message`: at least the certificate.

    `client_auth_known` is False if a CertificateRequest could still have come.
    """

    version: ProtocolVersion
    cipher_suite: CipherSuite
    named_group: int | None
    certificate_list: tuple[CertificateEntry, ...]
    certificate_request: CertificateRequest | None
    client_auth_known: bool
    alpn_protocol: bytes | None
    last_message: str
    oddities: tuple[Oddity, ...]


class CertificateEntry(NamedTuple):
    """One certificate as sent: DER, and what was stapled to it, as bytes.

    `ocsp_response` is an OCSPResponse in DER (RFC 6960), `sct_list` a list of SCTs as
    RFC 6962 3.3 has it; empty where something came that holds none. `extension_types` are those
    of the entry, in TLS 1.3.
    """

    der: bytes
    ocsp_response: bytes | None = None
    sct_list: bytes | None = None
    extension_types: tuple[int, ...] = ()


class CertificateRequest(NamedTuple):
    """The server asks for a client certificate.

    `certificate_authorities` are distinguished names in DER. An empty tuple does not mean that
    none is asked for: servers that take any certificate name no authority. `certificate_types` are
    the ClientCertificateTypes of TLS <= 1.2, empty in TLS 1.3. `oddities` are those of the message.
    """

    certificate_authorities: tuple[bytes, ...]
    signature_schemes: tuple[int, ...]
    certificate_types: tuple[int, ...]
    oddities: tuple[Oddity, ...] = ()


class KeyProof(NamedTuple):
    """A signature that only the holder of the end entity's private key can make.

    `scheme` is a SignatureScheme; None before TLS 1.2, where RSA signs MD5 and SHA-1 at the same
    time and everything else signs SHA-1 (RFC 4346 7.4.3).
    """

    scheme: int | None
    signature: bytes
    signed_content: bytes


class ServerHello(NamedTuple):
    """ServerHello of any version; `extensions` by type (RFC 9846 4.2.3)."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suite: int
    extensions: dict[int, bytes]

    @property
    def is_hello_retry_request(self) -> bool:
        """Is it a HelloRetryRequest in the form of a ServerHello?"""
        return self.random == HELLO_RETRY_REQUEST_RANDOM


class ServerKeyExchange(NamedTuple):
    """Ephemeral parameters and the signature over them (RFC 5246 7.4.3, RFC 8422 5.4).

    `parameters` are the signed bytes as they stood in the message, `public_value` the point of
    ECDHE in them; None for DHE.
    """

    named_group: int | None
    public_value: bytes | None
    parameters: bytes
    scheme: int | None
    signature: bytes


# RFC 9846 4.2.3: the SHA-256 of "HelloRetryRequest".
HELLO_RETRY_REQUEST_RANDOM = bytes.fromhex(
    "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
)

# RFC 9846 4.2.3: the last eight bytes of the random, from a server that was downgraded.
DOWNGRADE_TO_TLS12 = b"DOWNGRD\x01"
DOWNGRADE_BELOW_TLS12 = b"DOWNGRD\x00"
