"""Judges a new leaf as one like it was judged before, where nothing that differs can matter.

It may import the rules and the full way; only `kept_judgements.py` asks it.
Never judge by precedent what was not proved here to be the same: the full way is always right.
"""
