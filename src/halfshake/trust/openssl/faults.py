"""Where on a path a fault is, and its sentence: one function for each kind of fault.

Each takes the steps from the end entity up, and returns the first faulty one with a sentence, or
None. What an anchor says about itself does not count where OpenSSL does not look at it either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from halfshake.certificate_fields import UNREADABLE, oid_name
from halfshake.trust.path import Step, describe, extension, is_self_issued, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

Located: TypeAlias = tuple[Step, str] | None


def wrong_purpose(steps: tuple[Step, ...]) -> Located:
    """An extended key usage without serverAuth, or a key usage without signatures."""
    for step in steps:
        usage = extension(step.certificate, x509.ExtendedKeyUsage)
        if usage is not None and ExtendedKeyUsageOID.SERVER_AUTH not in usage:
            purposes = ", ".join(oid_name(oid) for oid in usage)
            return step, f"{_at(step)} is only for {purposes}, not for a TLS server"
        if _netscape_type_forbids_servers(step):
            return step, f"{_at(step)} has a Netscape certificate type that is not for a TLS server"
    if steps:
        allowed = extension(steps[0].certificate, x509.KeyUsage)
        if allowed is not None and not (
            allowed.digital_signature or allowed.key_encipherment or allowed.key_agreement
        ):
            return steps[0], f"{_at(steps[0])} has a key usage that is not for a TLS server"
    return None


def not_a_ca(steps: tuple[Step, ...]) -> Located:
    """An issuer that is not a CA, or may not sign certificates."""
    for step, below in zip(steps[1:], steps, strict=False):
        constraints = extension(step.certificate, x509.BasicConstraints)
        usage = extension(step.certificate, x509.KeyUsage)
        signed = f"{_at(step)} signed {describe(below.certificate)} but"
        if constraints is not None and not constraints.ca:
            return step, f"{signed} is not a CA (basicConstraints CA:FALSE)"
        if usage is not None and not usage.key_cert_sign:
            return step, f"{signed} its key usage lacks keyCertSign"
        if constraints is None:
            return step, f"{signed} is not a CA: it has no basicConstraints"
    return None


def path_length(steps: tuple[Step, ...]) -> Located:
    """A CA with more intermediates below it than it allows (RFC 5280 4.2.1.9)."""
    for step in steps[1:]:
        constraints = extension(step.certificate, x509.BasicConstraints)
        limit = None if constraints is None else constraints.path_length
        # Self-issued intermediates do not count.
        below = sum(not is_self_issued(other.certificate) for other in steps[1 : step.depth])
        if limit is not None and below > limit:
            plural = "s" if limit != 1 else ""
            there = "there is 1" if below == 1 else f"there are {below}"
            return step, f"{_at(step)} allows {limit} intermediate{plural} below it, but {there}"
    return None


def unhandled_extension(steps: tuple[Step, ...]) -> Located:
    """An extension marked critical that OpenSSL does not process."""
    for step in steps:
        try:
            unknown = [
                entry.oid.dotted_string
                for entry in step.certificate.extensions
                if entry.critical and entry.oid.dotted_string not in _PROCESSED_BY_OPENSSL
            ]
        except UNREADABLE:
            continue
        if unknown:
            listed = ", ".join(unknown)
            return (
                step,
                f"{_at(step)} has the critical extension {listed}, which OpenSSL does not know",
            )
    return None


def weak_key(steps: tuple[Step, ...]) -> Located:
    """A key too short for security level 2."""
    for step in steps:
        description = short_key(step.certificate)
        if description:
            return step, f"{_at(step)} has {description}, too short for OpenSSL clients"
    return None


def weak_ca_key(steps: tuple[Step, ...]) -> Located:
    """A CA's key too short for security level 2."""
    return weak_key(steps[1:])


def weak_digest(steps: tuple[Step, ...]) -> Located:
    """A signature with SHA-1 or MD5; a self-signed one proves nothing and does not count."""
    for step in steps:
        algorithm = weak_signature(step.certificate)
        if algorithm and not step.anchor:
            return step, f"{_at(step)} is signed with {algorithm}, too weak for OpenSSL clients"
    return None


def explicit_curve(steps: tuple[Step, ...]) -> Located:
    """A key whose curve is spelled out instead of named (RFC 5480 2.1.1)."""
    for step in steps:
        if PRIME_FIELD in step.der:
            return step, f"{_at(step)} spells out its elliptic curve instead of naming it"
    return None


def unreadable(path: tuple[bytes, ...]) -> tuple[int, bytes] | None:
    """The depth and DER of the first certificate that the library cannot fully read."""
    for depth, der in enumerate(path):
        certificate = parsed(der)
        if certificate is None:
            return depth, der
        try:
            _ = certificate.extensions, certificate.public_key()
        except UNREADABLE:
            return depth, der
    return None


def _netscape_type_forbids_servers(step: Step) -> bool:
    try:
        value = step.certificate.extensions.get_extension_for_oid(NETSCAPE_CERTIFICATE_TYPE).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    # BIT STRING: tag, length, unused bits, then bit 1 for a server and bit 5 for its CA.
    bits = value.value[3:4] if isinstance(value, x509.UnrecognizedExtension) else b""
    wanted = 0x40 if step.depth == 0 else 0x04
    return bool(bits) and not bits[0] & wanted


def strict(code: int, steps: tuple[Step, ...]) -> Located:
    """The certificate that a code of X509_STRICT refers to."""
    fault = _STRICT_FAULTS.get(code)
    if fault is None:
        return None
    for step in steps:
        if fault.at_fault(step):
            return step, f"{_at(step)} {fault.says}"
    return None


class _StrictFault(NamedTuple):
    says: str
    at_fault: Callable[[Step], bool]


def _is_issuer(step: Step) -> bool:
    constraints = extension(step.certificate, x509.BasicConstraints)
    return step.depth > 0 or (constraints is not None and constraints.ca)


def _lacks_basic_constraints(step: Step) -> bool:
    return step.depth > 0 and extension(step.certificate, x509.BasicConstraints) is None


def _constraints_not_critical(step: Step) -> bool:
    try:
        found = step.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    return _is_issuer(step) and not found.critical


def _lacks_key_usage(step: Step) -> bool:
    return _is_issuer(step) and extension(step.certificate, x509.KeyUsage) is None


def _lacks_authority_key_identifier(step: Step) -> bool:
    return (
        not is_self_issued(step.certificate)
        and extension(step.certificate, x509.AuthorityKeyIdentifier) is None
    )


def _lacks_subject_key_identifier(step: Step) -> bool:
    return _is_issuer(step) and extension(step.certificate, x509.SubjectKeyIdentifier) is None


_STRICT_FAULTS = {
    79: _StrictFault("has no basicConstraints", _lacks_basic_constraints),
    85: _StrictFault("has no authorityKeyIdentifier", _lacks_authority_key_identifier),
    86: _StrictFault("has no subjectKeyIdentifier", _lacks_subject_key_identifier),
    89: _StrictFault("has basicConstraints that are not critical", _constraints_not_critical),
    92: _StrictFault("is a CA and has no keyUsage", _lacks_key_usage),
}


def short_key(certificate: x509.Certificate) -> str | None:
    """Describe a key with less than 112 bits of strength; None for others."""
    try:
        key = certificate.public_key()
    except UNREADABLE:
        return None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        return f"an RSA key of {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < MIN_EC_BITS:
        return f"an elliptic curve key of {key.key_size} bits"
    return None


def weak_signature(certificate: x509.Certificate) -> str | None:
    """Name the signature algorithm if it uses SHA-1 or MD5; None for others."""
    try:
        digest = certificate.signature_hash_algorithm
    except UNREADABLE:
        digest = None
    name = oid_name(certificate.signature_algorithm_oid)
    weak = digest.name in {"sha1", "md5"} if digest else "md5" in name.lower()
    return name if weak else None


def _at(step: Step) -> str:
    return f"{describe(step.certificate)} (depth {step.depth})"


# OpenSSL's security level 2, 112 bits (SSL_CTX_set_security_level(3)).
MIN_RSA_BITS = 2048
MIN_EC_BITS = 224

NETSCAPE_CERTIFICATE_TYPE = x509.ObjectIdentifier("2.16.840.1.113730.1.1")

# The object identifier 1.2.840.10045.1.1, which only a spelled-out curve contains.
PRIME_FIELD = bytes.fromhex("06072a8648ce3d0101")

# X509_supported_extension of OpenSSL 3.
_PROCESSED_BY_OPENSSL = frozenset(
    {
        "2.16.840.1.113730.1.1",  # netscape cert type
        "2.5.29.15",  # keyUsage
        "2.5.29.17",  # subjectAltName
        "2.5.29.19",  # basicConstraints
        "2.5.29.32",  # certificatePolicies
        "2.5.29.30",  # nameConstraints
        "2.5.29.31",  # cRLDistributionPoints
        "2.5.29.37",  # extKeyUsage
        "2.5.29.36",  # policyConstraints
        "2.5.29.54",  # inhibitAnyPolicy
        "2.5.29.33",  # policyMappings
        "1.3.6.1.5.5.7.1.14",  # proxyCertInfo
        "1.3.6.1.5.5.7.1.7",  # sbgp-ipAddrBlock
        "1.3.6.1.5.5.7.1.8",  # sbgp-autonomousSysNum
    }
)
