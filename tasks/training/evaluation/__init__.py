"""What a trained adapter is worth, beside the one that is served now and the base alone."""
