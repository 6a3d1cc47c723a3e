"""One dialogue for each protocol that begins in the clear; `conversation.py` drives them.

It may import `errors` alone: bytes in, bytes out.
Never log in, never touch a socket or a clock, and never read past the point where TLS begins.
"""
