"""A chain as the families' rules see it: the facts of each certificate, read once, and its paths.

It may import the path walk, `certificate` and `cryptography`.
Never say here what a family makes of a fact: that is for the file of that family.
"""
