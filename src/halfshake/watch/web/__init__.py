"""The listener: /metrics, /probe and its guard, health, reload, TLS and passwords.

It may import `watch.settings`, `watch.metrics` and what reads a target; never `commands`.
Never dial an address that the guard has not seen.
"""
