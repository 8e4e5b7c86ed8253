"""Health: what an engine's answers and failures say about it, and what is done about that."""
