"""Recorded flights as files: what was sent, what the server answered, and the expected facts.

A file begins with the expected facts, one per line; then the flows follow as hex dumps, the
client's and the server's in turn, as in the testdata of crypto/tls. Our randomness is `RANDOM`, so
our side is always the same and the server's stored answer still fits it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.keys.key_exchange import KeyShares
from halfshake.tls.offers import standard_offer
from halfshake.tls.registries.codepoints import NamedGroup, SignatureScheme, code_name
from halfshake.trust.rules.possession import key_possession

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfshake.tls.server_flight import ServerFlight

NAME = "api.halfshake.test"
DIRECTORY = Path(__file__).parent


def _random(length: int) -> bytes:
    return bytes(range(1, length + 1))


_SHARES = KeyShares(_random)


@dataclass(frozen=True, slots=True)
class RecordedFlight:
    """One file. `flows` alternate: ours first, then the server's."""

    server: str
    facts: Mapping[str, str]
    flows: tuple[bytes, ...]


def started() -> HalfHandshake:
    """A half handshake with the randomness of the files."""
    return HalfHandshake(
        standard_offer(), server_name=NAME, key_shares=_SHARES, random_bytes=_random
    )


def facts(flight: ServerFlight) -> dict[str, str]:
    """What a file says of its flight."""
    group, request, proof = flight.named_group, flight.certificate_request, flight.key_proof
    chain = (sha256(entry.der).hexdigest() for entry in flight.certificate_list)
    return {
        "version": flight.version.label,
        "cipher_suite": flight.cipher_suite.name,
        "named_group": "-" if group is None else code_name(NamedGroup, group),
        "hello_retry_requested": str(flight.hello_retry_requested).lower(),
        "client_certificate": "not requested" if request is None else "requested",
        "authorities": "0" if request is None else str(len(request.certificate_authorities)),
        "stapled": str(flight.certificate_list[0].ocsp_response is not None).lower(),
        "signature": "-"
        if proof is None or proof.scheme is None
        else code_name(SignatureScheme, proof.scheme),
        "key_possession": key_possession(
            flight.certificate_list[0].der, flight.key_proof, flight.version
        ).status.value,
        **{f"certificate_{number}": digest for number, digest in enumerate(chain)},
    }


def names() -> list[str]:
    """The existing files."""
    return sorted(path.stem for path in DIRECTORY.glob("*.txt"))


def load(name: str) -> RecordedFlight:
    """Read a file."""
    expected: dict[str, str] = {}
    flows: list[list[str]] = []
    for line in (DIRECTORY / f"{name}.txt").read_text(encoding="ascii").splitlines():
        if line.startswith(">>>"):
            flows.append([])
        elif flows and line:
            flows[-1].append(line[10:58])
        elif line:
            key, _, value = line.partition(" = ")
            expected[key] = value
    server = expected.pop("server")
    return RecordedFlight(
        server, expected, tuple(bytes.fromhex(" ".join(lines)) for lines in flows)
    )


def save(name: str, recorded: RecordedFlight) -> None:
    """Write a file."""
    lines = [f"server = {recorded.server}"]
    lines += [f"{key} = {value}" for key, value in recorded.facts.items()]
    for number, flow in enumerate(recorded.flows):
        lines += ["", ">>> client" if number % 2 == 0 else ">>> server"]
        lines += [_dump(at, flow[at : at + 16]) for at in range(0, len(flow), 16)]
    (DIRECTORY / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="ascii")


def _dump(at: int, data: bytes) -> str:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
    return f"{at:08x}  {data.hex(' '):<47} |{text}|"
