"""What the Agent's check needs besides the Agent: an instance's options, its rounds, its memory.

It may import every room but `commands` and `reference`; only the wheel in integrations/datadog
imports it. Never import the Agent's own packages here, and never print: the check submits the
results.
"""
