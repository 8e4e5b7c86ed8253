"""OpenAI's HTTP API: a client that speaks it gets the whole flock by changing one address."""
