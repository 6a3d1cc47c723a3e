"""What Prometheus reads: a set of series for each target, and how the monitor itself does.

It may import the nouns, `trust` for its types and `watch.settings`; no socket, and no clock.
Never give a value that was not read: a series that is not known is not there.
"""
