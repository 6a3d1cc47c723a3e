"""Where a scan's results go: encoded shards, a ledger of what is done, files renamed into place.

It may import nothing else of `scan` but `shards`. Never leave half a line that is counted as one.
"""
