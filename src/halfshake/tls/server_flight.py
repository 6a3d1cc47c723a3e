"""What we receive: `ServerFlight`, and the types of the messages that it is read from.

`messages.py` decodes them. Certificates stay DER: this room does not look inside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from halfshake.tls.cipher_suites import CipherSuite
    from halfshake.tls.codepoints import ProtocolVersion


@dataclass(frozen=True, slots=True)
class ServerFlight:
    """What a server sent before it could know who the client is.

    `named_group` is None for static RSA and for a finite field without a name; `key_proof` is None
    for static RSA, which proves nothing; `certificate_request` is None if the server does not ask
    for a client certificate. `certificate_list` is as sent, with the end entity first, and is never
    empty.
    """

    version: ProtocolVersion
    cipher_suite: CipherSuite
    named_group: int | None
    certificate_list: tuple[CertificateEntry, ...]
    certificate_request: CertificateRequest | None
    key_proof: KeyProof | None
    alpn_protocol: bytes | None
    hello_retry_requested: bool


class CertificateEntry(NamedTuple):
    """One certificate as sent: DER, and what was stapled to it, as bytes.

    `ocsp_response` is an OCSPResponse in DER (RFC 6960), `sct_list` is a list of SCTs (RFC 6962
    3.3).
    """

    der: bytes
    ocsp_response: bytes | None = None
    sct_list: bytes | None = None


class CertificateRequest(NamedTuple):
    """The server asks for a client certificate.

    `certificate_authorities` are distinguished names in DER. An empty tuple does not mean that no
    certificate is requested: servers that accept any certificate name no authority.
    `certificate_types` are the ClientCertificateTypes of TLS <= 1.2, empty in TLS 1.3.
    """

    certificate_authorities: tuple[bytes, ...]
    signature_schemes: tuple[int, ...]
    certificate_types: tuple[int, ...]


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

    `parameters` are the signed bytes exactly as in the message.
    """

    named_group: int | None
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
