"""One dialogue for each protocol that begins unencrypted; `conversation.py` drives them.

It may only import `errors`: bytes in, bytes out. Never log in, never touch a socket or a clock, and
never read past the point where TLS begins.
"""
