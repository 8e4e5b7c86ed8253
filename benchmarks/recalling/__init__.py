"""What recall finds of long conversations: made up or published, asked where the memory extra is installed."""
