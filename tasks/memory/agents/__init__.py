"""What agents keep on purpose, by the names that they know it by."""
