"""A corpus of private-CA chains, most of them odd: what is sent, what is trusted, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.certificates import Certified

NAME = "api.corp.example"


@dataclass(frozen=True)
class Fault:
    """What the explainer must say: a finding's code, and the faulty certificate.

    `depth` is counted as OpenSSL counts: along the path that was built, the end entity is 0. If an
    issuer is missing, the certificate that names it is at fault: `missing-intermediate` if the end
    entity's issuer is nowhere, `unknown-ca` if the path goes further up, or if the store has a CA
    of the issuer's name with another key. A name outside a CA's constraints is the fault of the
    certificate that has it; a path that is too long is the fault of the CA above.
    """

    code: str
    depth: int
    at: Certified = field(repr=False)

    @property
    def subject(self) -> str:
        """The subject of the faulty certificate, as RFC 4514 prints it."""
        return self.at.text.replace("\x00", r"\00")  # as RFC 4514 escapes it


@dataclass(frozen=True, eq=False)
class Case:
    """One chain as a server sends it, the CA file of a client, and the name it asks for.

    `fault` is None if the chain is trusted and the name matches. `remarks` are codes of other
    findings that must be there, trusted or not.
    """

    name: str
    chain: tuple[Certified, ...] = field(repr=False)
    store: tuple[Certified, ...] = field(repr=False)
    server_name: str = NAME
    fault: Fault | None = None
    remarks: tuple[str, ...] = ()

    @property
    def presented(self) -> tuple[bytes, ...]:
        """The chain in DER, the end entity first."""
        return tuple(certified.der for certified in self.chain)

    @property
    def chain_pem(self) -> bytes:
        """The chain as a server's file."""
        return b"".join(certified.pem for certified in self.chain)

    @property
    def key_pem(self) -> bytes:
        """The end entity's private key."""
        return self.chain[0].key.pem

    @property
    def ca_file(self) -> bytes:
        """The content of the client's CA file."""
        return b"".join(certified.pem for certified in self.store)
