"""Where to go next, and nothing else."""
