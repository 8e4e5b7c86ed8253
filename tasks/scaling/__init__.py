"""Calls for more machines when people wait too long."""
