"""Bytes to a tree, to blocks in their containers, and to what the page says of itself to machines."""
