"""End entities: purpose, keys and usages, unknown extensions, pinned and self-signed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import NAME, Case, Fault
from corpus import extensions as ext
from corpus.certificates import leaf
from corpus.der import integer, oid, sequence
from corpus.keyring import key
from corpus.ordinary import ISSUING, LEAF, OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpus.certificates import Extensions


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _purpose()
    yield from _usage()
    yield from _odd_extensions()
    yield from _pinned()
    yield from _serials()
    yield from _broken()


def _under(name: str, extensions: Extensions, fault: str | None = None) -> Case:
    certified = leaf(ISSUING, extensions=extensions)
    return Case(
        name,
        (certified, ISSUING),
        (ROOT,),
        fault=Fault(fault, 0, certified) if fault else None,
    )


def _purpose() -> Iterator[Case]:
    server, client = ext.SERVER_AUTH, ext.CLIENT_AUTH
    yield _under("leaf without EKU", {"extKeyUsage": None})
    for name, purposes, fault in (
        ("clientAuth only", (client,), "wrong-purpose"),
        ("serverAuth and clientAuth", (server, client), None),
        ("anyExtendedKeyUsage", (ext.ANY_EXTENDED_KEY_USAGE,), "wrong-purpose"),
        ("anyExtendedKeyUsage and serverAuth", (ext.ANY_EXTENDED_KEY_USAGE, server), None),
        ("codeSigning only", (ext.CODE_SIGNING,), "wrong-purpose"),
        ("Netscape's server gated crypto", (ext.NETSCAPE_SERVER_GATED_CRYPTO,), None),
        ("a private purpose only", ("2.999.2",), "wrong-purpose"),
    ):
        usage = ext.extended_key_usage(*purposes)
        yield _under(f"leaf with EKU {name}", {"extKeyUsage": usage}, fault)
    yield _under(
        "leaf with a critical EKU", {"extKeyUsage": ext.extended_key_usage(server, critical=True)}
    )
    yield _under(
        "leaf for a client by Netscape's type",
        {"extKeyUsage": None, "netscape": ext.netscape_cert_type(0)},
        "wrong-purpose",
    )
    yield _under(
        "leaf for a server by Netscape's type",
        {"extKeyUsage": None, "netscape": ext.netscape_cert_type(1)},
    )


def _usage() -> Iterator[Case]:
    yield _under("leaf without keyUsage", {"keyUsage": None})
    for usages, fault in (
        (("keyEncipherment",), None),
        (("digitalSignature", "keyEncipherment"), None),
        (("keyAgreement",), None),
        (("nonRepudiation",), "wrong-purpose"),
        (("keyCertSign",), "wrong-purpose"),
        (("digitalSignature", "keyCertSign"), None),
    ):
        name = f"leaf with keyUsage {' and '.join(usages)}"
        yield _under(name, {"keyUsage": ext.key_usage(*usages)}, fault)
    rsa = leaf(
        ISSUING,
        key=key("leaf", "RSA-2048"),
        extensions={"keyUsage": ext.key_usage("keyEncipherment")},
    )
    yield Case("RSA leaf with keyUsage keyEncipherment", (rsa, ISSUING), (ROOT,))
    yield _under("leaf with CA:TRUE", {"basicConstraints": ext.basic_constraints(ca=True)})
    yield _under("leaf with CA:FALSE", {"basicConstraints": ext.basic_constraints(ca=False)})
    yield _under(
        "leaf with CA:FALSE and a path length",
        {"basicConstraints": ext.basic_constraints(False, 0)},
    )


def _odd_extensions() -> Iterator[Case]:
    yield _under("leaf with an unknown extension", {"unknown": ext.unknown(critical=False)})
    yield _under(
        "leaf with an unknown critical extension",
        {"unknown": ext.unknown(critical=True)},
        "unhandled-extension",
    )
    # RFC 6962 3.1: a precertificate is poisoned, so that no client takes it.
    poison = ext.extension("1.3.6.1.4.1.11129.2.4.3", b"\x05\x00", critical=True)
    yield _under("leaf that is a precertificate", {"poison": poison}, "unhandled-extension")
    # RFC 7633: the server has to staple an OCSP response. It does not; nobody here minds.
    staple = ext.extension("1.3.6.1.5.5.7.1.24", sequence(integer(5)))
    yield _under("leaf that must be stapled", {"tlsFeature": staple})
    policies = ext.extension("2.5.29.32", sequence(sequence(oid("2.999.3"))), critical=True)
    yield _under("leaf with critical policies", {"certificatePolicies": policies})
    twice = ext.unknown(critical=False)
    yield _under("leaf with an extension twice", {"first": twice, "second": twice})
    yield _under("leaf without AKI", {"authorityKeyIdentifier": None})
    yield _under("leaf without SKI", {"subjectKeyIdentifier": None})
    misled = ext.authority_key_identifier(bytes(20))
    yield _under(
        "leaf whose AKI is not the issuer's SKI",
        {"authorityKeyIdentifier": misled},
        "missing-intermediate",
    )


def _pinned() -> Iterator[Case]:
    own = leaf(None)
    yield Case("self-signed leaf, not trusted", (own,), (ROOT,), fault=Fault("self-signed", 0, own))
    yield Case("self-signed leaf, pinned", (own,), (own,))
    bare: Extensions = {
        "keyUsage": None,
        "extKeyUsage": None,
        "authorityKeyIdentifier": None,
        "basicConstraints": ext.basic_constraints(ca=True),
    }
    request = leaf(None, extensions=bare)
    yield Case("self-signed leaf as of `openssl req -x509`, pinned", (request,), (request,))
    yield Case(
        "self-signed leaf as of `openssl req -x509`, not trusted",
        (request,),
        (ROOT,),
        fault=Fault("self-signed", 0, request),
    )
    signing = leaf(
        None,
        extensions={**bare, "keyUsage": ext.key_usage("digitalSignature", "keyCertSign")},
    )
    yield Case("self-signed leaf with keyCertSign, pinned", (signing,), (signing,))
    v1 = leaf(None, version=1)
    yield Case("self-signed v1 leaf, pinned", (v1,), (v1,), remarks=("cn-only",))
    client = leaf(None, extensions={"extKeyUsage": ext.extended_key_usage(ext.CLIENT_AUTH)})
    yield Case(
        "self-signed leaf for a client, pinned",
        (client,),
        (client,),
        fault=Fault("wrong-purpose", 0, client),
    )
    yield Case("leaf of a CA, pinned", (LEAF, ISSUING), (LEAF,))
    yield Case("leaf of a CA, pinned, sent alone", (LEAF,), (LEAF,))
    yield Case("leaf of a CA, pinned beside the root", (LEAF,), (LEAF, ROOT))
    renewed = leaf(ISSUING)
    yield Case(
        "another leaf of the same CA is pinned",
        (renewed,),
        (LEAF,),
        fault=Fault("missing-intermediate", 0, renewed),
    )
    dead = leaf(None, days=(-60, -2))
    yield Case(
        "self-signed leaf, pinned, expired", (dead,), (dead,), fault=Fault("expired", 0, dead)
    )
    dead = leaf(ISSUING, days=(-60, -2))
    yield Case("leaf of a CA, pinned, expired", (dead,), (dead,), fault=Fault("expired", 0, dead))
    yield Case(
        "self-signed leaf, pinned, asked for another name",
        (own,),
        (own,),
        server_name="other.corp.example",
        fault=Fault("name-mismatch", 0, own),
    )
    again = leaf(None, days=(-3, 300))
    yield Case(
        "self-signed leaf, its predecessor of the same key pinned",
        (again,),
        (own,),
        fault=Fault("self-signed", 0, again),
    )


def _serials() -> Iterator[Case]:
    for name, serial in (
        ("0", 0),
        ("negative", -17),
        ("of 20 bytes", 2**159 - 1),
        ("of 25 bytes", 2**199 - 1),
    ):
        odd = leaf(ISSUING, serial=serial)
        yield Case(f"serial {name}", (odd, ISSUING), (ROOT,))
    same = leaf(ISSUING, serial=ISSUING.serial)
    yield Case("serial of the intermediate again", (same, ISSUING), (ROOT,))


def _broken() -> Iterator[Case]:
    forged = leaf(ISSUING, break_signature=True)
    yield Case(
        "leaf with a bad signature",
        (forged, ISSUING),
        (ROOT,),
        fault=Fault("bad-signature", 0, forged),
    )
    other = leaf(ISSUING, signer=OTHER_ROOT.key)
    yield Case(
        "leaf signed by another key",
        (other, ISSUING),
        (ROOT,),
        fault=Fault("bad-signature", 0, other),
    )
    # RFC 5280 4.1.1.2: the algorithm stands twice, and has to be the same.
    torn = leaf(ISSUING, outer_algorithm=sequence(oid("1.2.840.10045.4.3.3")))
    yield Case(
        "leaf with two signature algorithms",
        (torn, ISSUING),
        (ROOT,),
        fault=Fault("bad-signature", 0, torn),
    )
    rsa_ca_key = key("Leaf as issuer")
    issuer = leaf(ISSUING, "Leaf as issuer", key=rsa_ca_key)
    misissued = leaf(issuer, NAME)
    yield Case(
        "leaf issued by a leaf",
        (misissued, issuer, ISSUING),
        (ROOT,),
        fault=Fault("not-a-ca", 1, issuer),
    )
