"""`halfshake watch`: the monitor that runs all year, from its configuration to what it tells.

It may import `reading`, `inputs`, `report` and what lies below; how a target is read by check's
options is handed to it by `commands`. Never wait for a file, a lock or a slow listener in its loop.
"""
