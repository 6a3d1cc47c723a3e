"""The version; it is that of Halfshake, because both are in one wheel."""

from halfshake.version import __version__

__all__ = ["__version__"]
