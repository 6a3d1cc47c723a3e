"""Every scripted hostile server, over a real connection."""

from __future__ import annotations

from servers.hostile import ENDLESS, ENDS, SLOW
from servers.wrong_choices import BAD_KEY_SHARES, NEVER_OFFERED
from servers.wrong_lengths import WRONG_LENGTHS_ENCRYPTED, WRONG_LENGTHS_IN_THE_CLEAR
from servers.wrong_order import OUT_OF_ORDER

HOSTILE = (
    *SLOW,
    *ENDS,
    *ENDLESS,
    *WRONG_LENGTHS_IN_THE_CLEAR,
    *WRONG_LENGTHS_ENCRYPTED,
    *OUT_OF_ORDER,
    *NEVER_OFFERED,
    *BAD_KEY_SHARES,
)
