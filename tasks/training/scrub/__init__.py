"""What is learned from is looked through once more, more strictly than what is remembered."""
