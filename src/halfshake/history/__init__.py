"""What was seen over the months: certificates, spans, and events, in one SQLite file.

It may import `report` (for the result document) and everything below it. Never judge here, and
never render: the page, the feeds and the commands ask this room, and write for themselves.
"""
