"""The local OpenSSL, shown a captured chain as a server would show it, without a server.

It may import `tls` for the canned flight; `certificate` and `trust/openssl` ask it.
Never decide here what an answer means, and never give OpenSSL a socket.
"""
