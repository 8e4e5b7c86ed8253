"""The words every process shares. Needs nothing but pydantic."""
