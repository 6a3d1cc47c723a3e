"""Who reads the shards: this process, its workers, or a Ray cluster.

It may import `shards`, `reader` and the rooms below `scan`. Never lose a shard: one that was not
finished is done again.
"""
