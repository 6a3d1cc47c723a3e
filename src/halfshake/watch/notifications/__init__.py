"""Who is called when something changes: services by apprise, each with an outbox of its own.

It may import `event`, `errors` and `watch.metrics`; `watch.settings` hands in what was configured.
Never let a reading or the history wait for a service: what could not be sent is kept, and tried
again.
"""
