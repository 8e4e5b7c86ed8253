"""Answering: claim a job, compose its prompt, stream the model's words into the record."""
