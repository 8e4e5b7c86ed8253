"""Settings of other programs, read into ours: what they say, in our words, and what could not be carried over."""
