"""What people read: a page for one result, a list for many, and a progress line meanwhile.

It may import what `report` may, and `rich`.
Never print a text of a server without `printable`: a certificate must not control the terminal.
"""
