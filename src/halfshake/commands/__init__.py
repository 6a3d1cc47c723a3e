"""The commands, one file each; `cli.py` reads their arguments."""
