"""What a host holds in memory: the policy that decides it, and the keeper that brings it about."""
