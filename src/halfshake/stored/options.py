"""The options for what is read from files instead of a server."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup

STORED_FILES = OptionGroup(
    "files",
    (
        Option(
            "audit_store",
            "also report CAs of the trust store that have expired or are about to",
            Kind.flag,
            doc="report what has expired in the trust store itself",
        ),
        Option(
            "password_file",
            "the password of PKCS#12 files (file:/path/cert.p12), in its first line",
            Kind.path,
            placeholder="FILE",
            doc="the password of PKCS#12 files, in its first line ([formats]"
            "(docs/schemes.md#files))",
        ),
    ),
)
