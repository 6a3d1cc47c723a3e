"""Several readings of one target, compared: what differs, and which is the odd one out.

    addresses      against each other, each face separately: a stale or an open node of a pool
    key types      RSA, ECDSA and EdDSA of one address
    versions       older TLS versions against what clients get
    SNI, ALPN      other names, no name, other protocols against what clients get

The odd one is the one that differs from most others. If there is no majority, it is the worse one:
the one that asks for no client certificate, or has the older certificate, the shorter chain or the
older TLS version. Of two that are worth the same, it is the one whose address comes later in the
order of their text. When a reading came never counts, nor do random values such as a fingerprint.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from halfshake.observation import Face
from halfshake.trust.aspects import OF_CERTIFICATES, OF_SERVERS
from halfshake.trust.findings import Finding, found
from halfshake.trust.rules.dates import SECONDS_PER_DAY
from halfshake.trust.verdict import status_of, weighed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.trust.aspects import Aspect
    from halfshake.trust.policy import Policy
    from halfshake.trust.status import Status


@dataclass(frozen=True, slots=True)
class Summary:
    """The verdict on a target's faces together.

    `first_not_after` and `last_not_after` are the first and the last expiry of the end entities;
    None if no date was read.
    """

    status: Status
    findings: tuple[Finding, ...]
    first_not_after: datetime | None
    last_not_after: datetime | None


def summarize(faces: FacesRead, policy: Policy) -> Summary:
    """Compare everything that was read from one target, and weigh the differences."""
    findings = weighed([*compare(faces.read), *_lacking(faces.read, faces.absent)], policy)
    ends = [end for reading in faces.read if (end := reading.end_entity.not_after) is not None]
    return Summary(status_of(findings), findings, min(ends, default=None), max(ends, default=None))


def compare(readings: Sequence[Observation]) -> list[Finding]:
    """Find what differs between the faces of one target; depends on no date except theirs."""
    # Readings come in another order each time.
    readings = sorted(readings, key=_place)
    findings = _addresses(readings)
    by_address = _grouped(readings, lambda reading: reading.address)
    merged: dict[tuple[str, str], tuple[Finding, list[str]]] = {}
    for address, group in by_address.items():
        for finding in _one_address(group):
            merged.setdefault((finding.code, finding.message), (finding, []))[1].append(address)
    for finding, addresses in merged.values():
        if len(addresses) < len(by_address):
            where = f"{finding.message} (at {', '.join(addresses)})"
            findings.append(found(finding.code, where, finding.evidence, severity=finding.severity))
        else:
            findings.append(finding)
    return findings


def _addresses(readings: Sequence[Observation]) -> list[Finding]:
    findings: dict[tuple[str, str], Finding] = {}
    # The requested certificate changes neither which clients must show one, nor the TLS version.
    for group in _grouped(readings, lambda reading: _face(reading, key_type=False)).values():
        for aspect in OF_SERVERS:
            _note(findings, _odd_addresses(group, aspect))
    for group in _grouped(readings, lambda reading: _face(reading, key_type=True)).values():
        _note(findings, _stale_addresses(group))
        for aspect in OF_CERTIFICATES:
            odd = _odd_addresses(group, aspect)
            _note(findings, odd)
            if odd is not None and odd.code == "addresses-differ-issuer":
                break  # a certificate from another CA has another chain
    return list(findings.values())


def _note(findings: dict[tuple[str, str], Finding], finding: Finding | None) -> None:
    if finding is not None:
        findings.setdefault((finding.code, finding.message), finding)


def _odd_addresses(group: Sequence[Observation], aspect: Aspect) -> Finding | None:
    by_address = {reading.address: reading for reading in reversed(group)}
    values = {address: aspect.value(reading) for address, reading in by_address.items()}
    known = {address: values[address] for address in sorted(values) if values[address] is not None}
    counted = Counter(known.values())
    if len(counted) < 2:
        return None
    first = {known[address]: by_address[address] for address in reversed(known)}
    # Of equals, `max` takes the first: the one at the first address.
    usual = max(counted, key=lambda value: (counted[value], aspect.worth(first[value])))
    odd = sorted(address for address, value in known.items() if value != usual)
    one_value = {known[address] for address in odd}
    value = one_value.pop() if len(one_value) == 1 else None
    asked = _asked(group[0], key_type=aspect in OF_CERTIFICATES)
    if len(counted) == len(known) > 2 and aspect.code == "addresses-differ-certificate":
        return found(aspect.code, f"each address serves its own certificate{asked}")
    message = aspect.sentence(_listed(odd), value, usual, _rest(len(known) - len(odd))) + asked
    evidence: dict[str, str | int | float] = {"odd": ", ".join(odd), "compared": len(known)}
    return found(aspect.code, message, evidence)


def _stale_addresses(group: Sequence[Observation]) -> Finding | None:
    """Which addresses serve an older certificate: not renewed there, or not reloaded."""
    ends = {
        reading.address: reading.end_entity.not_after
        for reading in group
        if reading.end_entity.not_after is not None
    }
    if len(set(ends.values())) < 2:
        return None
    last = max(ends.values())
    stale = {address: end for address, end in ends.items() if last - end >= RENEWED_TOGETHER}
    if not stale:
        return None
    first = min(stale.values())
    days = (last - first).total_seconds() / SECONDS_PER_DAY
    asked = _asked(group[0], key_type=True)
    message = (
        f"{_listed(sorted(stale))} serve{'s' if len(stale) == 1 else ''} an older certificate: "
        f"it expires {first:%Y-%m-%d %H:%M} UTC, {days:.1f} days before the last one{asked}"
    )
    evidence: dict[str, str | int | float] = {
        "odd": ", ".join(sorted(stale)),
        "compared": len(ends),
        "spread_seconds": int((last - first).total_seconds()),
    }
    return found("addresses-differ-not-after", message, evidence)


def _lacking(read: Sequence[Observation], absent: Sequence[ProbeFailure]) -> list[Finding]:
    """Which addresses have no certificate for a key type that others have."""
    findings = []
    for key_type in sorted({reading.key_type for reading in read if reading.key_type}):
        have = {reading.address for reading in read if reading.key_type == key_type}
        lack = sorted({gone.address or "" for gone in absent if gone.key_type == key_type} - have)
        if lack:
            label = Face(key_type=key_type).label
            has = "has" if len(lack) == 1 else "have"
            message = f"{_listed(lack)} {has} no {label} certificate, unlike {_rest(len(have))}"
            findings.append(found("addresses-differ-key-types", message, {"odd": ", ".join(lack)}))
    return findings


def _one_address(readings: Sequence[Observation]) -> list[Finding]:
    """Compare the faces of one address; the usual faces are what its clients get."""
    usual = [reading for reading in readings if _beside(reading) is None]
    if not usual:
        return []
    findings = _key_types(usual)
    leaves = {reading.end_entity.sha256 for reading in usual}
    for axis, name in (("versions", "tls_version"), ("sni", "sni"), ("alpn", "alpn")):
        others = [reading for reading in readings if _beside(reading) == name]
        labelled = {_usual_label(usual, axis): usual[0].client_auth.requested} | {
            _label(reading, axis): reading.client_auth.requested for reading in others
        }
        findings.extend(_client_auth(f"{axis}-differ-client-auth", labelled))
        differing = [reading for reading in others if reading.end_entity.sha256 not in leaves]
        if differing:
            shown = "; ".join(
                f"{_label(reading, axis)} {_certificate(reading)}" for reading in differing
            )
            findings.append(
                found(
                    f"{axis}-differ-certificate",
                    f"another certificate is served {shown}",
                    {"faces": len(others) + 1},
                )
            )
    return findings


def _key_types(usual: Sequence[Observation]) -> list[Finding]:
    labelled = {
        f"with its {_key_type(reading)} certificate": reading.client_auth.requested
        for reading in usual
    }
    findings = _client_auth("key-types-differ-client-auth", labelled)
    ends = {
        _key_type(reading): reading.end_entity.not_after
        for reading in usual
        if reading.end_entity.not_after is not None
    }
    first, last = min(ends, key=ends.__getitem__, default=""), max(ends.values(), default=None)
    if last is not None and last - ends[first] >= RENEWED_TOGETHER:
        days = (last - ends[first]).total_seconds() / SECONDS_PER_DAY
        findings.append(
            found(
                "key-types-differ-not-after",
                f"the {first} certificate expires {ends[first]:%Y-%m-%d}, {days:.1f} days before "
                "the last one",
                {"odd": first, "spread_seconds": int((last - ends[first]).total_seconds())},
            )
        )
    return findings


def _client_auth(code: str, labelled: dict[str, bool | None]) -> list[Finding]:
    asks = [label for label, requested in labelled.items() if requested]
    open_ = [label for label, requested in labelled.items() if requested is False]
    if not asks or not open_:
        return []
    message = f"a client certificate is asked for {', '.join(asks)}, and not {', '.join(open_)}"
    return [found(code, message, {"open": ", ".join(open_)})]


def _beside(reading: Observation) -> str | None:
    """In which way a face differs from the usual ones; None for a usual one."""
    face = reading.face
    if face is None:
        return None
    return next((name for name in ("tls_version", "sni", "alpn") if getattr(face, name)), None)


def _label(reading: Observation, axis: str) -> str:
    face = reading.face
    match axis, face.sni if face else None:
        case "versions", _:
            return f"in {reading.tls_version}"
        case "sni", "none":
            return "without SNI"
        case "sni", "unknown":
            return "under an unknown name"
        case "sni", name:
            return f"under {name}"
        case _:
            return f"with ALPN {face.alpn if face else ''}"


def _usual_label(usual: Sequence[Observation], axis: str) -> str:
    if axis == "versions":
        return f"in {usual[0].tls_version}"
    return f"under {usual[0].target.server_name}" if axis == "sni" else "without ALPN"


def _certificate(reading: Observation) -> str:
    end_entity = reading.end_entity
    ends = f", expires {end_entity.not_after:%Y-%m-%d}" if end_entity.not_after else ""
    return f"({end_entity.subject or 'unreadable'}{ends})"


def _key_type(reading: Observation) -> str:
    return reading.end_entity.key_type or reading.key_type or "unreadable"


def _place(reading: Observation) -> tuple[str, ...]:
    return (reading.address, *(part or "" for part in reading.face or ()))


def _face(reading: Observation, *, key_type: bool) -> tuple[str | None, ...]:
    face = reading.face
    if face is None:
        return ()
    return (face.key_type if key_type else None, face.tls_version, face.sni, face.alpn)


def _asked(reading: Observation, *, key_type: bool) -> str:
    face = reading.face
    if face is None:
        return ""
    label = face._replace(address=None, key_type=face.key_type if key_type else None).label
    return f" ({label})" if label else ""


def _grouped(
    readings: Iterable[Observation], key: Callable[[Observation], Any]
) -> dict[Any, list[Observation]]:
    groups: dict[Any, list[Observation]] = {}
    for reading in readings:
        groups.setdefault(key(reading), []).append(reading)
    return groups


def _listed(addresses: Sequence[str]) -> str:
    if len(addresses) <= MAX_NAMED:
        return ", ".join(addresses)
    return f"{', '.join(addresses[:MAX_NAMED])} and {len(addresses) - MAX_NAMED} more"


def _rest(count: int) -> str:
    return "the other one" if count == 1 else f"the {count} others"


# Nodes that renew independently do so within a day of each other.
RENEWED_TOGETHER = timedelta(days=1)

# Enough for a sentence.
MAX_NAMED = 5
