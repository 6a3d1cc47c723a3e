"""Shows a captured chain to the local OpenSSL as a server would, without a server.

It may import `tls` for the canned flight; `certificate` and `trust/openssl` ask it.
Never decide here what an answer means, and never give OpenSSL a socket.
"""
