"""Why each block of a page stayed or went, and where each field came from; for people, as text or as a page."""
