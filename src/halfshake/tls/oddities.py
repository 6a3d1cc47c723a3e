"""What no RFC allows a server to do, although its certificate can still be read.

A client may hang up on any of these; a monitor reads on and says what it saw. Each function looks
at one decoded message and names what is odd about it, with the section that says so. What only
a certificate shows is in `trust/rules/key_fitness.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from halfshake.tls.registries.cipher_suites import cipher_suite_label, needs_tls12
from halfshake.tls.registries.codepoints import (
    TLS13_SCHEMES,
    ExtensionType,
    ProtocolVersion,
    SignatureScheme,
    code_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from halfshake.tls.client_hello import ClientHello
    from halfshake.tls.registries.cipher_suites import CipherSuite
    from halfshake.tls.server_flight import CertificateEntry, ServerHello


class OddityKind(StrEnum):
    """Kinds of oddities: stable codes, which the findings have too."""

    session_id_echoed = "session-id-echoed"
    suite_of_later_version = "suite-of-later-version"
    scheme_of_later_version = "scheme-of-later-version"
    scheme_not_of_key = "scheme-not-of-key"
    suite_not_of_key = "suite-not-of-key"
    key_usage_not_allowed = "key-usage-not-allowed"
    key_exchange_invalid = "key-exchange-invalid"
    extension_malformed = "extension-malformed"
    extension_unsolicited = "extension-unsolicited"
    certificate_request_odd = "certificate-request-odd"


class Oddity(NamedTuple):
    """One oddity: its kind, and a sentence on what was seen, which ends with the RFC's section."""

    kind: OddityKind
    seen: str


def of_server_hello_tls12(
    server_hello: ServerHello, hello: ClientHello, version: ProtocolVersion, suite: CipherSuite
) -> tuple[Oddity, ...]:
    """Look at a ServerHello of TLS <= 1.2."""
    oddities = of_extensions(server_hello.extensions, hello, "ServerHello")
    # RFC 5246 7.4.1.3: "If the ClientHello.session_id was non-empty" and the server returns it, it
    # resumes that session. Ours was made up.
    if hello.session_id and server_hello.session_id == hello.session_id:
        echoed = Oddity(
            OddityKind.session_id_echoed,
            "the server returns our session id, which belongs to no session, but shows its "
            "certificate as for a new one (RFC 5246 7.4.1.3)",
        )
        oddities = (echoed, *oddities)
    # RFC 5246 6.2.3.3, A.5: AEADs and the SHA-2 MACs came with TLS 1.2.
    if version < _TLS12 and needs_tls12(suite):
        later = Oddity(
            OddityKind.suite_of_later_version,
            f"the server chooses {cipher_suite_label(suite)}, a suite of TLSv1.2, in "
            f"{version.label} (RFC 5246 6.2.3.3)",
        )
        oddities = (later, *oddities)
    return oddities


def of_extensions(
    extensions: dict[int, bytes], hello: ClientHello, structure: str
) -> tuple[Oddity, ...]:
    """Look at the answers of ServerHello, HelloRetryRequest or EncryptedExtensions."""
    oddities: list[Oddity] = []
    for extension_type, data in extensions.items():
        form = _FORMS.get(extension_type)
        if form is not None and data != form.usual and not form.holds(data):
            name = code_name(ExtensionType, extension_type)
            oddities.append(_malformed(f"the {name} in the server's {structure} {form.sentence}"))
        # RFC 9846 4.3: nothing unasked but a cookie. `check_offered` refuses those that we know,
        # unless nearly every client asks for them.
        if extension_type not in hello.extension_types:
            name = code_name(ExtensionType, extension_type)
            seen = (
                f"the server's {structure} answers {name}, which our hello did not contain "
                "(RFC 9846 4.3)"
            )
            oddities.append(Oddity(OddityKind.extension_unsolicited, seen))
    return tuple(oddities)


def of_certificate_tls13(
    entries: Iterable[CertificateEntry], hello: ClientHello
) -> tuple[Oddity, ...]:
    """Look at what is stapled to the certificates of a TLS 1.3 Certificate message."""
    return tuple(
        oddity
        for number, entry in enumerate(entries)
        if entry.extension_types
        for oddity in _of_entry(number, entry, hello)
    )


def _of_entry(number: int, entry: CertificateEntry, hello: ClientHello) -> Iterator[Oddity]:
    yield from of_staple(entry.ocsp_response)
    scts = _FORMS[ExtensionType.signed_certificate_timestamp]
    if entry.sct_list is not None and not scts.holds(entry.sct_list):
        yield _malformed(f"the SCT list of the server's certificate {number} {scts.sentence}")
    # RFC 9846 4.5.1: "Extensions in the Certificate message from the server MUST correspond to
    # ones from the ClientHello message."
    for extension_type in entry.extension_types:
        if extension_type not in hello.extension_types:
            name = code_name(ExtensionType, extension_type)
            yield Oddity(
                OddityKind.extension_unsolicited,
                f"the server's certificate {number} has the extension {name}, which our hello "
                "did not contain (RFC 9846 4.5.1)",
            )


def of_staple(ocsp_response: bytes | None) -> tuple[Oddity, ...]:
    """Look at the stapled OCSP response."""
    # RFC 6066 8: "opaque OCSPResponse<1..2^24-1>"
    if ocsp_response != b"":
        return ()
    return (_malformed("the server's certificate status holds no OCSP response (RFC 6066 8)"),)


def of_signature_scheme(scheme: int | None, version: ProtocolVersion) -> tuple[Oddity, ...]:
    """Look at the scheme of a ServerKeyExchange."""
    # RFC 8734, draft-ietf-tls-mldsa: for TLS 1.3 only.
    if scheme is None or scheme not in TLS13_SCHEMES:
        return ()
    seen = (
        f"the server signs with {code_name(SignatureScheme, scheme)}, a scheme of TLSv1.3, in "
        f"{version.label} (RFC 8734, draft-ietf-tls-mldsa)"
    )
    return (Oddity(OddityKind.scheme_of_later_version, seen),)


def empty_list(what: str, section: str) -> Oddity:
    """Name a list of a CertificateRequest that is empty, but must not be."""
    return Oddity(
        OddityKind.certificate_request_odd,
        f"the server's CertificateRequest has {what} ({section})",
    )


def _malformed(seen: str) -> Oddity:
    return Oddity(OddityKind.extension_malformed, seen)


class _Form(NamedTuple):
    """What the data of an answer usually is, what it has to be, and what to say if it is not."""

    usual: bytes
    holds: Callable[[bytes], bool]
    sentence: str


HABITUAL_ANSWERS = frozenset(
    {
        ExtensionType.server_name,
        ExtensionType.status_request,
        ExtensionType.signed_certificate_timestamp,
    }
)

_FORMS: dict[int, _Form] = {
    # RFC 6066 3: 'The "extension_data" field of this extension SHALL be empty.'
    ExtensionType.server_name: _Form(b"", lambda data: not data, "is not empty (RFC 6066 3)"),
    # RFC 6066 8: 'an extension of type "status_request" with empty "extension_data"'
    ExtensionType.status_request: _Form(b"", lambda data: not data, "is not empty (RFC 6066 8)"),
    # RFC 5746 3.4: the length of renegotiated_connection is zero.
    ExtensionType.renegotiation_info: _Form(
        b"\x00", lambda data: data == b"\x00", "is not that of a first handshake (RFC 5746 3.4)"
    ),
    # RFC 8422 5.2: the list has the uncompressed format in it.
    ExtensionType.ec_point_formats: _Form(
        b"\x03\x00\x01\x02",
        lambda data: 0 in data[1:],
        "does not name the uncompressed format (RFC 8422 5.2)",
    ),
    # RFC 6962 3.3: "SerializedSCT sct_list <1..2^16-1>"
    ExtensionType.signed_certificate_timestamp: _Form(
        b"\x00\x00\x00", lambda data: len(data) > _LENGTH_BYTES, "holds no SCT (RFC 6962 3.3)"
    ),
}

_LENGTH_BYTES = 2

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_TLS12 = ProtocolVersion.TLSv1_2
