"""From a key share to an opened record: groups, key exchange, key schedule, record protection.

It may import the registries and the codec of `tls`, and `cryptography`'s primitives. Never write
our own cryptography here: each primitive comes from the library.
"""
