"""The job ledger: the record of every accepted piece of generation work, and every move it may make."""
