"""The rules for findings: dates, names, lint, revocation, expectations, client CAs, possession.

Its files may import the findings, the policy, the path walk and each other, never `verdict`. Never
weigh one finding against another here: every rule reports what it sees.
"""
