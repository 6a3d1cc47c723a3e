"""Half a TLS handshake as a state machine: bytes in, bytes out.

It may import `errors` and `cryptography`'s primitives; no socket, clock, log or X.509.
Never meet network data with an assert, and never hold or ask for a client's key.
"""
