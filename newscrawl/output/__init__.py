"""What leaves a run: lines of records and of rejections on disk, and how they get there whole; lines are read back here as well."""
