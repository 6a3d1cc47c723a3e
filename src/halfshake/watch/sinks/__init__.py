"""Who else is told of each reading and event: DogStatsD, OTLP, JSON lines, Alertmanager.

It may import `report`, `watch.settings` and `watch.reader`; each library is loaded by its own sink.
Never let the loop wait for a sink: what does not fit into its queue is dropped, and counted.
"""
