"""What a table cannot say: why a bar is missed, what was tried, what helped."""

from __future__ import annotations

# Shares of the samples of the CPU clock (perf), 20 in flight, ECDSA P-256, Debian's Python 3.11.
# Counted in instructions under Valgrind, X25519 seemed 41 % of the engine: it runs its slow form.
_READ = (
    "in TLS 1.3 CPython takes 50 % of the samples of a reading, the kernel 29 %, X25519 10 %, all "
    "other crypto (key schedule, AEAD) 11 %; in TLS 1.2 CPython 62 %, the kernel 37 %. Kernel and "
    "crypto alone are half of what a reading in TLS 1.3 costs: no code around them gets below "
    "that. P-256 instead of X25519 would take twice as long"
)
_PIPELINE = (
    "CPython takes 54 % of the samples in TLS 1.3 (60 % in TLS 1.2), the signature's P-256 14 % "
    "(18 %), the kernel 17 % (20 %), X25519 8 %, other crypto 8 %. By function, 77 % of the time "
    "is the reading, 13 % judging and writing the line; no function in Python has more than 2 %"
)
_NEW_LEAF = (
    "with a new leaf CPython takes 60 % of the samples, two P-256 checks 15 % in TLS 1.3 and 20 % "
    "in TLS 1.2 (the server's signature, and the issuer's, which tlsx does not check), the kernel "
    "12 and 15 %"
)
_DATES = (
    "CPython takes 63 % of the samples in TLS 1.3 (72 % in TLS 1.2), the kernel 20 % (23 %), "
    "X25519 6 %, other crypto 10 % (5 %). The leaf is taken apart and its key is read, because the "
    "summary wants its facts: 280,000 instructions of 1,020,000 in TLS 1.2"
)

# For each bar (its key in bars.py) that is missed: what the profile shows, and what was tried.
REASONS: dict[str, str] = {
    "go abort": _READ,
    "bare": (
        f"{_READ}. Bare TCP is the kernel and asyncio alone. Where the server is the limit, which "
        "RSA makes it, each arrival wakes the client by itself, and each waking costs"
    ),
    "go full": _PIPELINE,
    "tlsx": _NEW_LEAF,
    "tlsx dates": _DATES,
    "blackbox": _PIPELINE,
    "pyopenssl": _PIPELINE,
    "ssl": f"{_PIPELINE}. Here `ssl` loads no CAs",
    "watch": (
        "600 µs of CPU are all that the interval leaves for a reading. Of a reading in the "
        "monitor, sampled, the server's signature takes a sixth, the TLS engine with its keys a "
        "third, the connection a sixth; timetable, dispatcher and metrics an eighth"
    ),
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

The benchmark runs in the distribution's Python, which is built with PGO and LTO, and so do the
peers that are written in Python. Built without them, in the same run, CPython took 1.02 to 1.10
times the CPU time for a reading, and 1.12 to 1.16 times for a bare connection.

Kept: one wait for each arrival instead of asyncio's try, register and unregister, ended by the
selector itself in the turn of the loop that sees the event (of three epoll_wait one is left);
descriptors
instead of sockets for the selector, which formats a socket that it does not know; no copies of
records; named tuples instead of dataclasses on the wire; certificates, names and chains are read
and judged once; one OpenSSL context for all questions to a trust store; members of enumerations as
names of a module (in CPython 3.11 to reach one through its class takes four times as long, and to
make one of a number twenty times); a CertificateRequest that was seen before is decoded once; a bad
X25519 value of TLS 1.2 is told by a list of seven instead of an exchange of keys; texts and numbers
of a line are written one by one instead of by an encoder that is made anew each time; a line of a
few fields is made of these alone (117,000 instructions became 55,000); a target is matched before
anybody asks whether it is an address (72,000 became 24,000); what a scan adds up to is counted
without sorting and calendars (42,000 became 18,000); a verdict is made in fewer steps where nothing
is wrong (150,000 became 81,000), and the members of a line that nearly every line has are written
directly (221,000 became 110,000); threads that look names up are used again (95 µs became 36).

For the start: X.509, the protocol and what judges are imported once somebody listens (to a closed
port 720 million instructions became 407); results are named tuples (47 of 767 million of a whole
reading); no search for garbage at the end (41 million); certificates are found in PEM without a
regular expression (34 million, and 85 with the system's trust store); public keys are written
without the parser of SSH keys that the library imports for it (14 million).

Made no difference: a frozen garbage collector or none, classes without `slots`, uvloop instead of
asyncio, HMAC in one call instead of the library's HKDF.

Not done: checking again at once whether a connection is established saves a wait on loopback, but
costs a system call on every real network. A reading makes 12 system calls, two of them epoll_ctl;
registering a socket once, edge-triggered, would save one of some 2 microseconds.
Readers that take one target after another instead of a task for each target keep the event loop in
a cycle that only the garbage collector ends.
"""
