"""Every finding there is: how bad, what it means, what to do, and an example of its sentence.

The one table that findings are made from and that docs/findings.md is printed from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.guides.chain import CHAIN_GUIDES
from halfshake.trust.guides.client_auth import CLIENT_AUTH_GUIDES
from halfshake.trust.guides.faces import FACE_GUIDES
from halfshake.trust.guides.server import SERVER_GUIDES

if TYPE_CHECKING:
    from halfshake.trust.guides.finding_guide import FindingGuide

FINDING_GUIDES: dict[str, FindingGuide] = {
    **CHAIN_GUIDES,
    **SERVER_GUIDES,
    **CLIENT_AUTH_GUIDES,
    **FACE_GUIDES,
}
