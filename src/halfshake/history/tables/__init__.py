"""The tables of a history: what one row of each says, and how a visit gets into them.

It may import `history.changes`, `history.twins` and `history.facts`, which find what changed, and
the types of `history.database` and `history.visit`. Never open a file here, and never start a
thread: every method belongs into a transaction of somebody else.
"""
