"""docs/clients.md: what live clients said of the corpus, and what Halfshake says of it.

Made by `make docs`; a test holds the page to the record.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corpus.exceptions import OTHERWISE
from corpus.opinions import opinions
from corpus.recorded import FAMILIES, recorded
from halfshake.trust.clients.families import FAMILIES as TOLD_OF

if TYPE_CHECKING:
    from collections.abc import Iterator


def clients_page() -> str:
    """Write the page, in Markdown."""
    return "\n".join((_HEAD, *_agreement(), *map(_section, FAMILIES), _PARTING, *_parting(), ""))


def _agreement() -> Iterator[str]:
    yield "| family | live client | asked on | cases | agree | unknown | differ, explained |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for family in FAMILIES:
        record, told = recorded(family), opinions(family)
        agree = sum(opinion.agrees is True for opinion in told.values())
        unknown = sum(opinion.agrees is None for opinion in told.values())
        differ = len(told) - agree - unknown
        yield (
            f"| {TOLD_OF[family].label} (`{family}`) | {record.client} | {record.recorded_on} "
            f"| {len(told)} | {agree} | {unknown} | {differ} |"
        )


def _section(family: str) -> str:
    lines = [f"\n## {TOLD_OF[family].label}\n", f"{TOLD_OF[family].clients}. {_HOW[family]}\n"]
    told = opinions(family)
    unknown = {name: opinion for name, opinion in told.items() if opinion.agrees is None}
    if OTHERWISE[family]:
        lines += ["| case | Halfshake says | why the live client differs |", "| --- | --- | --- |"]
        for name, reason in OTHERWISE[family].items():
            says = "accepted" if told[name].accepts else "refused"
            lines.append(f"| {name} | {says} | {reason} |")
    else:
        lines.append("No case differs.")
    if unknown:
        lines += ["", "| not known | why | live |", "| --- | --- | --- |"]
        for name, opinion in unknown.items():
            live = "accepted" if opinion.live_accepts else "refused"
            lines.append(f"| {name} | {opinion.reason} | {live} |")
    return "\n".join(lines)


def _parting() -> Iterator[str]:
    yield "| case | " + " | ".join(TOLD_OF[family].label for family in FAMILIES) + " |"
    yield "| --- |" + " --- |" * len(FAMILIES)
    records = [recorded(family) for family in FAMILIES]
    for name in records[0].answers:
        answers = [record.accepts(name) for record in records]
        if len(set(answers)) > 1:
            marks = " | ".join("yes" if accepts else "-" for accepts in answers)
            yield f"| {name} | {marks} |"


_HOW = {
    "openssl": "The local OpenSSL is asked, on the captured chain; the live client is curl.",
    "openssl-no-partial-chain": "The local OpenSSL is asked without PARTIAL_CHAIN, where the path "
    "does not end in a self-signed root; the live client is Python's default context.",
    "openssl-strict": "The local OpenSSL is asked with X509_STRICT, where anything on the path is "
    "not as RFC 5280 wants it; the live client is Python's default context.",
    "go": "Rules after crypto/x509 (`trust/clients/go.py`).",
    "rustls": "Rules after webpki (`trust/clients/rustls.py`).",
    "java": "Rules after sun.security (`trust/clients/java.py`), for TLS 1.3 and key exchanges in "
    "which the server signs. SHA-1 below a CA of the JDK itself is refused by Java and not by the "
    "rules: they do not know that store.",
    "gnutls": "Rules after lib/x509 (`trust/clients/gnutls.py`), asked for a server's purpose. "
    "Programs that ask for the name alone take certificates of other purposes as well.",
}

_HEAD = """# Clients

Made by `make docs`. `accepted by` on the console, and `verdict.clients` in the
[result document](result-document.md), say which families of clients would take the certificate:
its chain, by your trust store, its name and its dates. The status is OpenSSL's word;
`--clients go,java` makes the refusal of those families critical
([clients-reject](findings.md#clients-reject)).

For each family a live client was asked about every chain of the corpus (`tests/corpus`), over the
wire, by the TLS stack that its programs use; `make corpus-record` asks anew. What they said is kept
in `tests/corpus/recorded`, and tests hold Halfshake to it. A case that cannot be decided is
unknown, never guessed. `make corpus-draw` compares them on chains drawn at random. The CA/Browser
profile is the opinion of cryptography's verifier itself, and of no client.
"""

_PARTING = """
## Where they part

What the live clients said of the cases on which they do not agree; `-` is a refusal. A case is a
chain as a server sends it and a trust store, described in `tests/corpus`.
"""

PAGE = Path(__file__).parent.parent.parent / "docs" / "clients.md"

if __name__ == "__main__":
    PAGE.write_text(clients_page(), "utf-8")
