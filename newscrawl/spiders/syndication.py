"""``scrapy crawl syndication``: reposts, and on demand the originals that they credit."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from newscrawl.crawl.site_crawl import SiteCrawl
from newscrawl.items import Article, Candidate, Evidence
from newscrawl.spiders import arguments
from newscrawl.spiders.news import NewsSpider
from newscrawl.urls import problem

ORIGINALS = 1_000_000
"""Place of the originals: behind everything that discovery finds."""


class SyndicationArguments(arguments.Arguments, frozen=True, kw_only=True):
    """What may be asked of the syndication spider."""

    follow_originals: Annotated[bool, Meta(description="whether the credited originals are crawled too")] = False


class SyndicationSpider(NewsSpider):
    """The reposts of a site; with ``-a follow_originals=true`` the credited originals too, on whatever public host they are."""

    name = "syndication"
    reposts = True
    Arguments: ClassVar[type[SyndicationArguments]] = SyndicationArguments
    arguments: SyndicationArguments
    _originals = 0

    def found(self, crawl: SiteCrawl, article: Article) -> None:
        """Registers the original of a repost."""
        original = article.syndication.original_url if article.syndication else None
        if not self.arguments.follow_originals or not original or problem(original) or article.site == "":
            return
        self._originals += 1
        crawl.register(
            Candidate(url=original, evidence=Evidence(via="section")), (ORIGINALS, self._originals), "original"
        )
