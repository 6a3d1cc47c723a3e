"""Where a scan's targets come from: lines, columns, ranges, file_sd; one stream of entries.

It may import `inputs`, `dial` and what is below. Never hold the input: an entry is forgotten when
the next one comes.
"""
