"""From plain text to TLS: one pure dialogue for each protocol that starts in the clear."""
