"""Tells whoever looks after the flock what happens to it."""
