"""A new adapter on a part of a persona's jobs: how it does there, and what is served after that."""
