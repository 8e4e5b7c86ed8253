"""What a conversation is about, whom it is meant for, and how likely it wants an answer. Pure."""
