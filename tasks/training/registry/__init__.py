"""Where adapters are kept: versions with hashes and lineage, what is served, and what happened to them."""
