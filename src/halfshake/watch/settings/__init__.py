"""What the monitor is told to do: from files on disk to a plan, or every mistake at once.

It may import `inputs`, the declared options of each room, and the nouns; no other room of `watch`.
Never keep half a plan: a configuration is taken whole, or not at all.
"""
