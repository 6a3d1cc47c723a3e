"""What a whole scan showed, for people: as text, and as a page that needs nothing else.

It may import what `report` may. Never let a byte of a server's name onto a terminal, or into a
page, as it is.
"""
