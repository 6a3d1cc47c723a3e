"""What a table cannot say: why a bar is missed, what was tried, what helped."""

from __future__ import annotations

_TLS13 = (
    "in TLS 1.3 X25519 takes 41 % of the engine's instructions, the key schedule 11 %; P-256 first "
    "would cost half as much again"
)
_PIPELINE = (
    "reading is the larger part, then the server's signature (about 80 µs for P-256) and the line "
    "of JSON (about 65 µs)"
)

# For each bar (its key in bars.py) that is missed: what the profile shows, and what was tried.
REASONS: dict[str, str] = {
    "go abort": _TLS13,
    "bare": _TLS13,
    "go full": _PIPELINE,
    "tlsx": f"{_TLS13}. The issuer's signature, which tlsx does not check, is another 80 µs",
    "tlsx dates": _TLS13,
    "blackbox": _TLS13,
    "pyopenssl": _PIPELINE,
    "ssl": f"{_PIPELINE}. Here `ssl` loads no CAs",
    "cold start, closed port": (
        "three quarters of the instructions are Python's own start and asyncio, the rest argparse, "
        "the options and the types of a result; nothing of X.509, TLS or the rules is imported"
    ),
    "cold start, whole reading": (
        "two thirds of the instructions are the two imports themselves; half of the rest makes "
        "classes: 75 named tuples, and enumerations with some 430 members"
    ),
}

WHAT_HELPED = """## What helped

Kept: one wait for each arrival instead of asyncio's try, register and unregister; descriptors
instead of sockets for the selector, which formats a socket that it does not know; no copies of
records; named tuples instead of dataclasses on the wire; certificates, names and chains are read
and judged once; one OpenSSL context for all questions to a trust store.

For the start: X.509, the protocol and what judges are imported once somebody listens (to a closed
port 720 million instructions became 407); results are named tuples (47 of 767 million of a whole
reading); no search for garbage at the end (41 million); certificates are found in PEM without a
regular expression (34 million, and 85 with the system's trust store); public keys are written
without the parser of SSH keys that the library imports for it (14 million).

Made no difference: a frozen garbage collector or none, classes without `slots`.

Not done: checking again at once whether a connection is established saves a wait on loopback, but
costs a system call on every real network.
"""
