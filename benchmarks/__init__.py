"""What is measured, by whom it can be run: `make bench`. Figures go to docs/benchmarks.md with machine and versions."""
