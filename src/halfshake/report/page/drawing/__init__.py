"""Where things stand in the page's pictures: numbers only, the templates draw them.

It may import `report/page/views.py` and the standard library. Never write markup here, and never
read a clock: the moment of today's line is passed in.
"""
