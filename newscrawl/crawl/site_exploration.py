"""Explores a site of which only a URL is given: the feeds that its page names, robots.txt's sitemaps, sections and common paths.

What was found is kept from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from newscrawl.discover.reading import FEED, SECTION, SITEMAP, Reading
from newscrawl.urls import normalise

if TYPE_CHECKING:
    from newscrawl.crawl.entry_point_state import EntryPointStates
    from newscrawl.crawl.site_crawl import SiteCrawl

MAX_FEEDS = 10
MAX_SECTIONS = 30
FEW_SITEMAPS = 20
"""Up to so many sitemaps, all of them are read."""


class SiteExploration:
    """Finds and remembers the entry points that the given URL leads to."""

    def __init__(self, crawl: SiteCrawl, states: EntryPointStates) -> None:
        self._crawl = crawl
        self._states = states
        given = crawl.spider.start_url
        self._given = given or ""
        self._start = normalise(given) if given else ""

    def remembered(self) -> list[tuple[str, str]]:
        """Returns the kinds and URLs that earlier runs found."""
        return self._states.found_from(self._start) if self._start else []

    def found(self, kind: str, url: str) -> None:
        """Remembers an entry point for the next run."""
        if self._start:
            self._states.found(self._start, kind, url)

    def lost(self, url: str) -> None:
        """Forgets an entry point that is there no longer."""
        if self._start:
            self._states.lost(self._start, url)

    async def named(self, url: str, found: Reading, front: bool) -> list[tuple[str, str]]:
        """Returns the entry points that the page and its site name: feeds; for a front page, or a page that lists nothing itself, also sitemaps and sections."""
        named = [(FEED, feed) for feed in found.feeds[:MAX_FEEDS]]
        if front or not (found.count or found.feeds):
            listed = [(link, None) for link in await self._robots(url) if self._crawl.site.covers(link)]
            named += [(SITEMAP, one) for one, _ in self.newest("robots.txt", listed)]
        if front:
            named += [(SECTION, one) for one in found.sections[:MAX_SECTIONS]]
            if len(found.sections) > MAX_SECTIONS:
                self._crawl.spider.logger.info(
                    "%s names %d sections; the first %d are followed", url, len(found.sections), MAX_SECTIONS
                )
        return named

    def known(self, kind: str) -> bool:
        """Returns whether an entry point of that kind has been found."""
        return any(known == kind for known, _ in self.remembered())

    def guesses(self, kind: str, url: str) -> list[str]:
        """Returns the common paths to try: none where the site has named what is looked for, or where they were tried in vain not long ago."""
        return [] if self.known(kind) else self._states.common_paths(kind, url)

    def tried(self, kind: str) -> None:
        """Remembers that no common path led anywhere."""
        self._states.tried(kind, self._given)

    async def _robots(self, url: str) -> list[str]:
        robots = await self._crawl.run.robots_of(url, self._crawl)
        return list(robots.sitemaps) if robots is not None else []

    def newest(self, where: str, sitemaps: Iterable[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
        """Chooses the sitemaps for news where there are many: the others hold the site's whole past."""
        listed = list(dict.fromkeys(sitemaps))
        news = [one for one in listed if "news" in one[0].rsplit("/", 1)[-1].lower()]
        if not news or len(listed) <= FEW_SITEMAPS or len(news) == len(listed):
            return listed
        self._crawl.spider.logger.info("%s names %d sitemaps; the %d for news are read", where, len(listed), len(news))
        return news
