"""The last result document of a view, as it is kept: compressed, its certificates apart.

A certificate is kept once, however many endpoints show it; the document has their numbers.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from halfshake.observation import Observation
from halfshake.report.jsonlines import certificate_text, failure_line, reading_line
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.certificate import PresentedCertificate
    from halfshake.history.visit import Reading


def document_text(reading: Reading) -> str:
    """The result document without its certificates."""
    result = reading.result._replace(chain=())
    if isinstance(result, Observation):
        assert reading.verdict is not None
        return reading_line(result, reading.verdict)
    return failure_line(result, Status(reading.status))


def packed(text: str) -> bytes:
    """Compress a document or a certificate of one."""
    compressor = zlib.compressobj(level=6, wbits=-15, zdict=DICTIONARY)
    return compressor.compress(text.encode()) + compressor.flush()


def unpacked(body: bytes) -> dict[str, Any]:
    """The reverse of `packed`, parsed."""
    decompressor = zlib.decompressobj(wbits=-15, zdict=DICTIONARY)
    document: dict[str, Any] = json.loads(decompressor.decompress(body) + decompressor.flush())
    return document


def packed_certificate(certificate: PresentedCertificate) -> bytes:
    """A certificate as it stands in a chain."""
    return packed(certificate_text(certificate))


def whole(body: bytes, certificates: Sequence[bytes]) -> dict[str, Any]:
    """Put a document together again."""
    document = unpacked(body)
    if certificates:
        document["chain"] = [unpacked(certificate) for certificate in certificates]
    return document


# What most documents have in common, the most frequent last: it makes each less than half as long.
# What is written depends on it: another one needs another version of the schema.
DICTIONARY = (
    b'"failure":{"phase":"connect","reason":"connection-refused","detail":"","advice":""},'
    b'"phase":"handshake","reason":"deadline-exceeded","detail":"no answer within 10 s"'
    b'"acceptable_cas":["CN=","O=","OU=","C="],"acceptable_cas_bytes":,'
    b'"enforcement":"http-enforced","enforcement_reason":"","refusal":{"stage":"request",'
    b'"http_status":400,"http_first_line":"HTTP/1.1 400 Bad Request"}'
    b'"path_dies_first":"CN=","judged_by":"openssl","clients":[{"profile":"openssl","clients":'
    b'"curl, Python, Ruby","accepts":true},{"profile":"go","clients":"Go","accepts":true},'
    b'{"profile":"rustls","clients":"rustls","accepts":true},{"profile":"java","clients":"Java",'
    b'"accepts":true},{"profile":"gnutls","clients":"GnuTLS","accepts":true}],"findings":[{"code":'
    b'"severity":"warning","message":"the certificate ","advice":""},"severity":"critical"'
    b'{"subject":"CN=","issuer":"CN=","serial":"","sha256":"","spki_sha256":"","not_before":"2026-'
    b'"not_after":"2027-","dns_names":["www.","api."],"ip_addresses":[],"key":{"type":"RSA","bits":'
    b'2048},"key":{"type":"ECDSA","bits":256},"signature_algorithm":"sha256WithRSAEncryption"}'
    b'"signature_algorithm":"ecdsa-with-SHA256"}'
    b'{"schema":"halfshake/1","target":"","host":"","port":443,"server_name":"","sni":"","address":'
    b'":443","face":{"address":""},"observed_at":"2026-","outcome":"read","tls":{"version":'
    b'"TLSv1.2","cipher_suite":"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384","version":"TLSv1.3",'
    b'"cipher_suite":"TLS_AES_256_GCM_SHA384","named_group":"x25519"},"client_auth":{"requested":'
    b'false,"requested":true,"acceptable_cas":[],"signature_schemes":["ecdsa_secp256r1_sha256",'
    b'"rsa_pss_rsae_sha256","rsa_pkcs1_sha256","ed25519"]},"key_possession":"proven","chain":[],'
    b'"verdict":{"status":"ok","trusted":true,"name_matches":true,"not_after":"2027-",'
    b'"seconds_left":,"days_left":,"path_not_after":"","path_seconds_left":,'
    b'"lifetime_ratio_left":0.,"findings":[]},"timings_ms":{"resolve":0.,"connect":0.,"flight":,'
    b'"total":}}'
)
