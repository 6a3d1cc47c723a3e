"""The certificates that nothing is wrong with, for the cases to go wrong around."""

from __future__ import annotations

from corpus.certificates import intermediate, leaf, root

ROOT = root()
OTHER_ROOT = root("Other Root")
ISSUING = intermediate(ROOT)
LEAF = leaf(ISSUING)
