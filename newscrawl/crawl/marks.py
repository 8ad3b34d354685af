"""What the requests of a crawl carry in ``request.meta``: plain values alone, so that a request can be written down."""

from __future__ import annotations

CRAWL = "crawl"
"""``request.meta``: the label of the site's crawl for which the request is made."""
SITE = "site"
"""``request.meta``: the site whose rules hold for the page."""
PAGE = "page"
"""``request.meta``: the page's key in the frontier of its crawl."""
START = "start"
"""``request.meta``: whether the request is for an entry point that the user or the site file names."""
