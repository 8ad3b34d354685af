"""The spiders and their typed arguments: which sites a crawl goes to, and what it leads on to."""
