"""The page for people: result documents and events in, HTML out; a feed and a calendar as well.

It may import `report`, `event` and what is below. Never let a byte of a certificate into the page
unescaped, and never read a clock, a file or a database here.
"""
