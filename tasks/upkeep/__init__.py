"""Beat's own small tasks: signs of life and, later, housekeeping."""
