"""What a run learns from and what it is judged by: mixed, split so that nothing leaks, and made into tokens."""
