"""Verdicts: whether a page that was read is an article, and of which kind."""
