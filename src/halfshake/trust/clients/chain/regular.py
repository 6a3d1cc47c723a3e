"""Is a path in every way as RFC 5280 wants it, so that X509_STRICT has nothing to say?

Careful rather than complete: what is odd at all is no regular path, and OpenSSL is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.clients.chain.facts import Facts, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_regular(path: Iterable[bytes]) -> bool:
    """Look at every certificate of a path, the end entity first, the anchor last."""
    end_entity, *authorities = (facts_of(der) for der in path)
    return (
        isinstance(end_entity, Facts)
        and _is_regular_end_entity(end_entity)
        and bool(authorities)
        and all(isinstance(one, Facts) and _is_regular_authority(one) for one in authorities)
    )


def _is_regular_end_entity(facts: Facts) -> bool:
    return (
        _is_regular(facts)
        and not facts.ca
        and facts.path_length is None
        and not (facts.usage and facts.usage.key_cert_sign)
        and bool(facts.names)
        and facts.authority_key is not None
    )


def _is_regular_authority(facts: Facts) -> bool:
    return (
        _is_regular(facts)
        # RFC 5280 4.2.1.9: critical, in every CA certificate.
        and facts.ca is True
        and BASIC_CONSTRAINTS in facts.critical
        # 4.2.1.3
        and facts.usage is not None
        and facts.usage.key_cert_sign
        and (facts.names is None or bool(facts.names))
        # 4.2.1.1 and 4.2.1.2: only a self-signed one may leave out who signed it.
        and facts.key_identifier is not None
        and (facts.authority_key is not None or facts.self_issued)
    )


def _is_regular(facts: Facts) -> bool:
    return (
        facts.version == 3
        and facts.serial > 0
        and EMPTY not in {facts.subject, facts.issuer}
        and not facts.critical & NEVER_CRITICAL
    )


EMPTY = b"\x30\x00"
BASIC_CONSTRAINTS = "2.5.29.19"
NEVER_CRITICAL = frozenset({"2.5.29.14", "2.5.29.35"})
