"""A flock in simulated time: hosts, models and requests; the shipped policy decides what is held."""
