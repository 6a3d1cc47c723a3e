"""What we think of an observation: verdicts, comparisons, policies, trust stores.

It may import `observation`, `certificate`, `openssl` and `errors`; time is passed in.
Never do I/O here, never read a clock, and never change a fact to fit an opinion.
"""
