"""The commands that people type, a file each, and what they share on the way to a report.

They may import every room; only `cli` imports them.
Never judge, read or phrase a finding here: a command only connects rooms.
"""
