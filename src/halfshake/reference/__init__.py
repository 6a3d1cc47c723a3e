"""The pages of docs/ that are made from the code's own tables, so that they cannot drift.

It may import every table of every room; only scripts/write-docs and tests import it.
Never let a command import it: it costs start-up time and helps no reading.
"""
