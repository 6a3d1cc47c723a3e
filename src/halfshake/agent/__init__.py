"""What an Agent's check needs besides the Agent: its options, its rounds, its memory."""
