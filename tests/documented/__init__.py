"""Every command that the documentation shows is run here, and its output compared.

`pages.py` finds the blocks of a page, `stage.py` is the small world in which they run (a network of
its own with real servers under the names that the pages use), `comparison.py` says where an output
differs from what the page shows.
"""
