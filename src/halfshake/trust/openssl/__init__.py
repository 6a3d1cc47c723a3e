"""Asking OpenSSL for its verdict, and explaining its answer: which certificate, which fault.

It may import `openssl`, the path walk, the store and the findings.
Never overrule OpenSSL here: what cannot be explained is printed as its code.
"""
