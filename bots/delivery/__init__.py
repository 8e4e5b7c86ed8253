"""From an outcome in the ledger to exactly one answer on a platform, whatever crashes on the way."""
