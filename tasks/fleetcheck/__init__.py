"""`rookery fleet check`: asks the running flock what it can do, and judges the answers."""
