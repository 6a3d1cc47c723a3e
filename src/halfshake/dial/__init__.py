"""From a target to a byte stream that is ready for a ClientHello."""
