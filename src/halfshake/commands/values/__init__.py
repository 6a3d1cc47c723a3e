"""From the options of a command to the values that readings and judgements need.

It may import what `commands` may; only the commands import it. It is light, because every check
reads it.
Never read a target here, and never print: what makes no sense is raised as a UsageError.
"""
