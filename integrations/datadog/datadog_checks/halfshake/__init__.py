"""The Datadog Agent check of Halfshake: certificates of mTLS APIs, without a client certificate."""

from datadog_checks.halfshake.__about__ import __version__
from datadog_checks.halfshake.check import HalfshakeCheck

__all__ = ["HalfshakeCheck", "__version__"]
