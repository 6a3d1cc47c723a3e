"""The release number, read by the build and by `halfshake --version`."""

__version__ = "0.1.0"
