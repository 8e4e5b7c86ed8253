"""Who talks to people: one adapter per platform over shared, pure conversation logic."""
