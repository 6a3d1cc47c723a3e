"""Every key that the configuration may have: its type, its default, and what is wrong with a value.

It may import what `settings` may, and nothing else of it.
Never read a file of targets here, and never decide what follows from a key.
"""
