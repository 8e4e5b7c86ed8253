"""The transcript: every turn, word for word, for longer than Redis keeps it. Append-only."""
