"""What we think of an observation: pure functions of it, a trust store, a policy and a time."""
