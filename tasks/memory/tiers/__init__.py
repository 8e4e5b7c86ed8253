"""What becomes of memories with time: turns become digests, digests what is known for long; what says nothing goes."""
