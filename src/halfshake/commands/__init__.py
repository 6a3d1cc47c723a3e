"""The commands that people type, one file each, and what they share on the way to a report.

They may import every room; only `cli` imports them. Never judge, read or word a finding here: a
command only connects rooms.
"""
