"""What a persona learns from: chosen out of the transcript, as far as people agreed, and out of examples by hand."""
