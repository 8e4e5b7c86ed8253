"""What `rookery doctor` looks at: the machine, its settings, its Redis and the engines on it. It mends nothing."""
