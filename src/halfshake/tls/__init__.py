"""The half handshake, sans I/O: bytes in, bytes out (RFC 9846, RFC 5246)."""
