"""What the flock remembers: verbatim turns, found again by meaning and by words, and never anybody else's."""
