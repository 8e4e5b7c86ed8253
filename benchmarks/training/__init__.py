"""What training costs where there is a GPU."""
