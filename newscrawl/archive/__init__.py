"""This room keeps what a crawl fetched as WARC: it writes, indexes and reads archives, replays them without a network, and reads saved pages."""
