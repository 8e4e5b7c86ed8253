"""Inference servers and our clients for them: the server's words in, this project's words out."""
