"""When which target is read: a timetable, and a dispatcher that keeps to it.

It may import `watch.settings` for its types; the clock and the reading are passed in.
Never look at the wall clock here: it jumps, and the monitor may not.
"""
