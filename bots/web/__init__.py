"""The web page and its HTTP API: `rookery run bot web`."""
