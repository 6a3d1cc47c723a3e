"""Millions of targets, once: shards of a stream, workers, outputs that can be resumed.

It may import everything below `commands`; how one target is read and judged is handed in. Never
keep anything for each target: memory does not grow with the input.
"""
