"""Has the CA revoked it? Stapled OCSP responses, CRLs, and files of CRLs.

It may import what `trust/rules` may.
Never fetch anything here, and never take a CRL that cannot be used as a clean one.
"""
