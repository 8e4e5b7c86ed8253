"""What people may want of what is remembered of them, and what is done about it."""
