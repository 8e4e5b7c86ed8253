"""Where model files lie, and how they move between fast and slow storage without ever being lost."""
