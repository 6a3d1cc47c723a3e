"""A result in, text out: one file for each kind of reader."""
