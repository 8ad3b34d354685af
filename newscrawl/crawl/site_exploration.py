"""What a bare URL leads to: the feeds that its page names, the sitemaps of robots.txt, sections, and common paths, kept from run to run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from newscrawl.discover.reading import FEED, SECTION, SITEMAP, Reading
from newscrawl.urls import normalise

if TYPE_CHECKING:
    from newscrawl.crawl.entry_point_state import EntryNotes
    from newscrawl.crawl.site_crawl import SiteCrawl

MAX_FEEDS = 10
MAX_SECTIONS = 30
FEW_SITEMAPS = 20
"""Sitemaps up to which all of them are read."""


class Surroundings:
    """The entry points round the URL that the user gave."""

    def __init__(self, crawl: SiteCrawl, notes: EntryNotes) -> None:
        self._crawl = crawl
        self._notes = notes
        given = crawl.spider.start_url
        self._given = given or ""
        self._start = normalise(given) if given else ""

    def remembered(self) -> list[tuple[str, str]]:
        """Kind and URL of what earlier runs found."""
        return self._notes.around(self._start) if self._start else []

    def found(self, kind: str, url: str) -> None:
        """Remembers an entry point for the next run."""
        if self._start:
            self._notes.found(self._start, kind, url)

    def lost(self, url: str) -> None:
        """Forgets one that is there no longer."""
        if self._start:
            self._notes.lost(self._start, url)

    async def named(self, url: str, found: Reading, front: bool) -> list[tuple[str, str]]:
        """What the page and its site name: feeds; sitemaps and sections for a front page, or for a page that lists nothing itself."""
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
        """Whether an entry point of that kind has been found."""
        return any(known == kind for known, _ in self.remembered())

    def guesses(self, kind: str, url: str) -> list[str]:
        """Common paths to try: none where the site has named what is looked for, or was asked in vain not long ago."""
        return [] if self.known(kind) else self._notes.common_paths(kind, url)

    def tried(self, kind: str) -> None:
        """Remembers that no common path led anywhere."""
        self._notes.tried(kind, self._given)

    async def _robots(self, url: str) -> list[str]:
        robots = await self._crawl.run.robots_of(url, self._crawl)
        return list(robots.sitemaps) if robots is not None else []

    def newest(self, where: str, sitemaps: Iterable[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
        """Of many sitemaps the news ones alone, where there are some: the others hold the site's whole past."""
        listed = list(dict.fromkeys(sitemaps))
        news = [one for one in listed if "news" in one[0].rsplit("/", 1)[-1].lower()]
        if not news or len(listed) <= FEW_SITEMAPS or len(news) == len(listed):
            return listed
        self._crawl.spider.logger.info("%s names %d sitemaps; the %d for news are read", where, len(listed), len(news))
        return news
