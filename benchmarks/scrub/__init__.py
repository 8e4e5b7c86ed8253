"""What is kept from training: texts that people wrote for it, and how many of them are caught."""
