"""Overnight learning: what people showed to be good becomes an adapter, if a gate lets it."""
