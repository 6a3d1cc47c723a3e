"""`KeyType`: what one can ask of a server that has several certificates.

It stands alone for the options, which name it before anything is said in TLS.
"""

from __future__ import annotations

from enum import StrEnum


class KeyType(StrEnum):
    """The kind of certificate key to ask for, if a server has several certificates."""

    rsa = "rsa"
    ecdsa = "ecdsa"
    eddsa = "eddsa"
