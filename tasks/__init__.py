"""What is done: the words every process shares, the job ledger, and one family of tasks per capability."""
