"""What a scan owes to those it visits: pace, networks that nobody named, what is to be left out.

It may import `dial` and what is below. Never judge a name where an address is dialled.
"""
