"""What is compared between the addresses of a target, and the sentence for each difference."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.observation import Observation


class Aspect(NamedTuple):
    """One thing to compare; `worth` orders readings if no majority shows which is the odd one."""

    code: str
    value: Callable[[Observation], Any]
    worth: Callable[[Observation], Any]
    sentence: Callable[[str, Any, Any, str], str]


def _chain_above(reading: Observation) -> tuple[str, ...] | None:
    return tuple(certificate.sha256 for certificate in reading.chain[1:])


def _named_cas(reading: Observation) -> frozenset[str] | None:
    client_auth = reading.client_auth
    return frozenset(client_auth.acceptable_cas) if client_auth.requested else None


def _last_day(reading: Observation) -> tuple[datetime, datetime]:
    """A certificate that lasts longer is the one that was renewed."""
    leaf = reading.end_entity
    return (leaf.not_after or _NEVER, leaf.not_before or _NEVER)


def _asks(odd: str, value: bool | None, _usual: bool, rest: str) -> str:
    if value:
        return f"a client certificate is asked for only by {odd}, not by {rest}"
    return f"no client certificate is asked for by {odd}, unlike {rest}"


_NEVER = datetime.min.replace(tzinfo=UTC)

# Compared without regard to the requested key type.
OF_SERVERS = (
    Aspect(
        "addresses-differ-client-auth",
        lambda reading: reading.client_auth.requested,
        lambda reading: reading.client_auth.requested,
        _asks,
    ),
    Aspect(
        "addresses-differ-acceptable-cas",
        _named_cas,
        lambda reading: len(_named_cas(reading) or ()),
        lambda odd, _value, _usual, rest: (
            f"{odd} accepts client certificates from other CAs than {rest}"
        ),
    ),
    Aspect(
        "addresses-differ-tls-version",
        lambda reading: reading.tls_version,
        lambda reading: reading.tls_version,
        lambda odd, value, usual, rest: (
            f"{odd} speaks {value or 'other TLS versions'}, {rest} {usual}"
        ),
    ),
)
# Compared for each key type.
OF_CERTIFICATES = (
    Aspect(
        "addresses-differ-certificate",
        lambda reading: reading.end_entity.sha256,
        _last_day,
        lambda odd, _value, _usual, rest: f"{odd} serves another certificate than {rest}",
    ),
    Aspect(
        "addresses-differ-issuer",
        lambda reading: reading.end_entity.issuer,
        _last_day,
        lambda odd, value, usual, rest: (
            f"the certificate of {odd} was issued by {value or 'other CAs'}, the certificate of "
            f"{rest} by {usual}"
        ),
    ),
    Aspect(
        "addresses-differ-chain",
        _chain_above,
        lambda reading: (len(reading.chain), _last_day(reading)),
        lambda odd, _value, _usual, rest: f"{odd} sends other CA certificates than {rest}",
    ),
)
