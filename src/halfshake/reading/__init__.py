"""One reading: the visit, the second visit, every face of a target, and many targets at once.

It may import `dial`, `tls`, `trust/rules/possession` and the nouns; no report and no input. Never
judge here: whatever a server does comes back as an observation or a failure.
"""
