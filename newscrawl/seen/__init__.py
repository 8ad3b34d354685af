"""What was found and what was written: each candidate once, each article once."""
