"""Who else is told of each reading: DogStatsD, OTLP, a file of JSON lines.

It may import `report`, `watch.settings` and `watch.reader`; each library is loaded by its own sink.
Never let the loop wait for a sink: what does not fit into its queue is dropped, and counted.
"""
