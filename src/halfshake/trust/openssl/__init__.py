"""Asks OpenSSL for its verdict, and explains its answer: which certificate, which fault.

It may import `openssl`, the path walk, the store and the findings. Never overrule OpenSSL here: if
its answer cannot be explained, its code is printed.
"""
