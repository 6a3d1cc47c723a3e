"""The words of every finding: how bad, what it means, what to do, an example.

It imports nothing of the project.
Never put a condition here: when a finding is made is decided in `trust/rules`.
"""
