"""``scrapy crawl syndication``: reposts, and on demand the originals that they credit."""
from __future__ import annotations

from newscrawl.items import Article, Candidate, Evidence
from newscrawl.sites.registry import bare, for_host
from newscrawl.spiders.news import NewsSpider
from newscrawl.urls import host, problem

ORIGINALS = 1_000_000
"""Place of the originals: behind everything that discovery finds."""


class SyndicationSpider(NewsSpider):
    """The reposts of a site; with ``-a follow_originals=true`` the credited originals too, on whatever public host they are."""

    name = "syndication"

    def found(self, article: Article) -> None:
        """Registers the original of a repost."""
        original = article.syndication.original_url if article.syndication else None
        if not self.given.follow_originals or not original or problem(original) or article.site == "":
            return
        site = for_host(host(original), self.settings["NEWSCRAWL_SITES"]) or bare(original)
        self.register(Candidate(url=original, evidence=Evidence(via="section")), (ORIGINALS, len(self.ledger)), site)
