"""What a table cannot say: why a bar is missed, what was tried, what helped."""

from __future__ import annotations

# For each bar (its key in bars.py) that is missed: what the profile shows, and what was tried.
REASONS: dict[str, str] = {}

WHAT_HELPED = """## What helped

Kept: one wait for each arrival instead of asyncio's try, register and unregister; descriptors
instead of sockets for the selector, which formats a socket that it does not know; no copies of
records; named tuples instead of dataclasses on the wire; certificates, names and chains are read
and judged once; one OpenSSL context for all questions to a trust store.

Made no difference: a frozen garbage collector or none, classes without `slots`.

Not done: checking again at once whether a connection is established saves a wait on loopback, but
costs a system call on every real network.
"""
