"""What is known about the clients' side: their CAs' certificates, and partners to let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from halfshake.trust.rules.client_cas import ClientSide


def load_client_side(options: argparse.Namespace) -> ClientSide | None:
    """Read every file; None if none is named. Raises UsageError."""
    if not options.client_ca_file and not options.would_accept:
        return None
    from halfshake.inputs.certificate_files import load_partner
    from halfshake.inputs.trust_stores import load_trust_store
    from halfshake.trust.rules.client_cas import ClientSide

    known = load_trust_store(options.client_ca_file).anchors if options.client_ca_file else ()
    return ClientSide(known, partners=tuple(load_partner(path) for path in options.would_accept))
