"""This room finds candidates in feeds, sitemaps and section pages. It has pure functions over bytes; spiders do the asking."""
