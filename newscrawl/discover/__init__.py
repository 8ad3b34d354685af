"""Discovery: feeds, sitemaps and section pages to candidates. Pure functions over bytes; spiders do the asking."""
