"""A flock of several machines: who may do what in our Redis, how another machine joins, who has the fleet file."""
