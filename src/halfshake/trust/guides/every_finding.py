"""All findings: severity, meaning, advice, and an example of the sentence.

Findings are made from this table, and so is docs/findings.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.guides.chain import CHAIN_GUIDES
from halfshake.trust.guides.client_auth import CLIENT_AUTH_GUIDES
from halfshake.trust.guides.faces import FACE_GUIDES
from halfshake.trust.guides.handshake import HANDSHAKE_GUIDES
from halfshake.trust.guides.server import SERVER_GUIDES

if TYPE_CHECKING:
    from halfshake.trust.guides.finding_guide import FindingGuide

FINDING_GUIDES: dict[str, FindingGuide] = {
    **CHAIN_GUIDES,
    **SERVER_GUIDES,
    **HANDSHAKE_GUIDES,
    **CLIENT_AUTH_GUIDES,
    **FACE_GUIDES,
}
