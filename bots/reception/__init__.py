"""The one door for adapters: what was heard goes in, and what is to be done about it comes out."""
