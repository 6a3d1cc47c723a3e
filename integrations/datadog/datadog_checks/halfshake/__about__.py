"""The version; it is Halfshake's own, since both are in one wheel."""

from halfshake.version import __version__

__all__ = ["__version__"]
