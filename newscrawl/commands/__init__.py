"""Scrapy commands: each reads its options, calls what does the work, and ends with a status and one line for each error."""
