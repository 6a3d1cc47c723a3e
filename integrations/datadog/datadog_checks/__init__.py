"""Shares the name with datadog-checks-base; not in the wheel, where that one's own counts."""

__path__ = __import__("pkgutil").extend_path(__path__, __name__)
