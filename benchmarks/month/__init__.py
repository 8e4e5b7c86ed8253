"""A month of somebody's life, night by night: what is still known of it, and how much room that takes."""
