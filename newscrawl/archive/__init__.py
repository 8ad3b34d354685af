"""What a crawl fetched, kept as WARC: written, indexed, read again, and replayed in the network's place; saved pages from disk."""
