"""A configuration file as text: YAML and TOML with each key's line, and every mistake in words.

It may import `errors` and the parsers.
Never decide here what a key means: that is for `document.py`.
"""
