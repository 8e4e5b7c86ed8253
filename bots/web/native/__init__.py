"""What programs ask the flock for in its own words: answers, jobs, what to remember; and who they are."""
