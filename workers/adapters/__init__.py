"""Adapters on a host: which ones its engines should have, how they come here, and how they come into service."""
