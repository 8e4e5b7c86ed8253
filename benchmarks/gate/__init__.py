"""Good and bad adapters, and what the gate says of each."""
