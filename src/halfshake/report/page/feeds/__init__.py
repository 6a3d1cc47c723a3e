"""The calendar of expiries and the feed of events: what programs of people subscribe to.

It may import the views and the words of the page. Every text goes through `visible`; identifiers
are made of what is told, so that they stay the same after a restart, and on another machine.
"""
