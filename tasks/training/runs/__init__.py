"""A run of training: a folder, and the steps that are walked in it."""
