"""Shares its name with datadog-checks-base; not in the wheel: there the base's file counts."""

__path__ = __import__("pkgutil").extend_path(__path__, __name__)
