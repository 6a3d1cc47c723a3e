"""What a scan adds up to: counts that can be merged, and what an earlier scan said.

It may import nothing else of `scan`. Never keep anything for each target.
"""
