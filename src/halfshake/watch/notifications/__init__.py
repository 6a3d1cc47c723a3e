"""Who is called when something changes: services by apprise, and Alertmanager.

It may import `event`, `history` and `watch.settings`. Never let a reading or the history wait for a
service: what could not be sent is kept, and tried again.
"""
