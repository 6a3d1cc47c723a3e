"""IANA's numbers and names: versions, groups, schemes, alerts, cipher suites.

It imports nothing of the project.
Never put a number here that IANA has not assigned, and never behaviour.
"""
