"""The monitor's pages for people, its JSON API, the calendar and the feed: routes, no markup.

It may import `history` to ask it, and `report/page` to render. Never read a server here, never
change anything, and never ask the history in the event loop: a thread waits for the disk.
"""
