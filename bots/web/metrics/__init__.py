"""What measuring systems ask: numbers, and whether the server can do its work."""
