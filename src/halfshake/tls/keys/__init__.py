"""From a key share to an opened record: groups, key exchange, key schedule, record protection.

It may import the registries and the codec of `tls`, and `cryptography`'s primitives.
Never write cryptography of our own here: each primitive is the library's.
"""
