"""Keeping processes alive: children on leashes, one owner per folder, a Redis of our own, `rookery up`."""
