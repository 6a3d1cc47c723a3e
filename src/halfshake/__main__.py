"""`python -m halfshake` is `halfshake`."""

from __future__ import annotations

import sys

from halfshake.cli import main

sys.exit(main())
