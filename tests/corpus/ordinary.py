"""Correct certificates, which the cases combine with faulty ones."""

from __future__ import annotations

from corpus.certificates import intermediate, leaf, root

ROOT = root()
OTHER_ROOT = root("Other Root")
ISSUING = intermediate(ROOT)
LEAF = leaf(ISSUING)
