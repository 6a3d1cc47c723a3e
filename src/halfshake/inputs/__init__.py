"""What users hand us, turned into types: targets and lists, CA files, thresholds, proxies, options.

It may import `trust`, `dial` and what stands below them, and no other room beside it.
Never connect to a target here, and never print: what is wrong is raised as a UsageError.
"""
