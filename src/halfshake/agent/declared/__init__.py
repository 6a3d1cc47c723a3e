"""Every option of the Agent's check: its name there, its meaning, and where it can be set.

These files may import `option` and the option declarations of other rooms, and nothing else.
Never read a value here: `agent/options.py` reads instances by these tables.
"""
