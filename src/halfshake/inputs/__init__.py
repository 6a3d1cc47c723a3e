"""What users give us, turned into types: targets and lists, CA files, thresholds, proxies, options.

It may import `trust`, `dial` and the rooms below them, and no other room. Never connect to a target
here, and never print: raise a UsageError for anything wrong.
"""
