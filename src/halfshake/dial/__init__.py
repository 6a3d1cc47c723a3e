"""The ways to a server: resolver, TCP, unix sockets, proxies, STARTTLS; each ends in a byte stream.

It may import `starttls`, `tls`, `openssl`, `target` and `errors`; it knows nothing of trust. Never
judge here, and never send anything that needs a client certificate or a key.
"""
