"""Hygiene of text and fields: what a reader cannot see goes, what a reader reads stays."""
