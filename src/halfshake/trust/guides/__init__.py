"""The texts of every finding: severity, meaning, advice, an example.

It imports nothing of the project. Never put a condition here: `trust/rules` decides when a finding
is made.
"""
