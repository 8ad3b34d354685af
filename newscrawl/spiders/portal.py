"""``scrapy crawl portal``: a news site's sections, feeds and sitemaps to its articles."""

from __future__ import annotations

from newscrawl.spiders.news import NewsSpider


class PortalSpider(NewsSpider):
    """The articles of a portal."""

    name = "portal"
