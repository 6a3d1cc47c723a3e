"""The options for what is read from files instead of a server."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup

STORED_FILES = OptionGroup(
    "files",
    (
        Option(
            "audit_store",
            "also report CAs in the trust store that have expired or are about to expire",
            Kind.flag,
            doc="report what has expired in the trust store itself",
        ),
        Option(
            "password_file",
            "a file whose first line is the password of PKCS#12 files (file:/path/cert.p12)",
            Kind.path,
            placeholder="FILE",
            doc="a file whose first line is the password of PKCS#12 files "
            "([formats](docs/schemes.md#files))",
        ),
    ),
)
