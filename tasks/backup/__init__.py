"""Backups: all that a flock cannot make again, in one file, and from there into an empty folder."""
