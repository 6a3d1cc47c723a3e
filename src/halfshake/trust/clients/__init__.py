"""Who else takes a chain: one file for each family of clients.

It may import `trust/openssl`, the path walk and `cryptography`'s verifier.
Never claim for a client what was not compared with the live one: say unknown instead.
"""
