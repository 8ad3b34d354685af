"""Entry points: asks feeds, sitemaps and section pages, and hands what they list to the spider."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from scrapy import Request

from newscrawl.discover import feeds, sections, sitemaps
from newscrawl.discover.links import is_article, shape
from newscrawl.download import failures
from newscrawl.download.responses import content_type, raw_page
from newscrawl.items import Article, Candidate, Evidence
from newscrawl.middlewares import RobotsMiddleware
from newscrawl.seen.ledger import Place
from newscrawl.urls import is_front, normalise
from newscrawl.workers import PoolClosed

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from newscrawl.spiders.news import NewsSpider

FEED, SITEMAP, SECTION, ANY = "feed", "sitemap", "section", "any"
SITEMAP_BYTES = 50 * 2**20


class Entrances:
    """The discovery of one site. ``finished`` is set when no entry point is left to ask."""

    def __init__(self, spider: NewsSpider) -> None:
        self._spider = spider
        self._site = spider.site
        self._pages: int = spider.settings.getint("SECTION_PAGES")
        self._pending = 0
        self._asked: set[str] = set()
        self._starts = 0
        self.finished = asyncio.Event()

    def requests(self) -> Iterator[Request]:
        """The requests for the entry points that the user or the site file names."""
        starts = self._site.starts
        named = [(FEED, url) for url in starts.feeds] + [(SITEMAP, url) for url in starts.sitemaps]
        named += [(SECTION, url) for url in starts.sections]
        if self._spider.given.url:
            named = [(ANY, self._spider.given.url)]
        requests = [request for kind, url in named for request in self._start(kind, url)]
        self._spider.run.add("starts/asked", len(requests))
        yield from requests
        if not requests:
            self.finished.set()

    def _start(self, kind: str, url: str) -> list[Request]:
        self._starts += 1
        return self._ask(kind, url, (self._starts,), start=True)

    def _ask(self, kind: str, url: str, place: Place, *, page: int = 1, depth: int = 0, start: bool = False) -> list[Request]:
        key = normalise(url)
        if key in self._asked:
            return []
        self._asked.add(key)
        self._pending += 1
        meta: dict[str, Any] = {"site": self._site, "look": (kind, place, page, depth), "start": start}
        if kind == SITEMAP:
            meta["download_maxsize"] = SITEMAP_BYTES
        return [Request(url, callback=self.parse, errback=self.failed, meta=meta, dont_filter=True, priority=100)]

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        """Registers what an entry point lists and asks where it leads on."""
        try:
            if response.status != 200:
                self._trouble(response.meta, response.url, f"status {response.status}")
                return
            for request in await self._read(response):
                yield request
        finally:
            self._done()

    def failed(self, failure: Failure) -> None:
        """An entry point that could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        rejection = failures.rejection(request.url, failure.value)
        if not self._spider.stopping:
            self._trouble(request.meta, request.url, f"{rejection.name} ({rejection.detail})")
        self._done()

    def _done(self) -> None:
        self._pending -= 1
        if not self._pending:
            self.finished.set()

    def _trouble(self, meta: dict[str, Any], url: str, why: str) -> None:
        if meta["start"]:
            self._spider.run.start_failed(url, why)
        else:
            self._spider.logger.info("%s: %s", url, why)

    async def _read(self, response: Response) -> list[Request]:
        """By what came, not by what was expected: sites serve feeds as HTML and error pages as feeds."""
        kind, place, page, depth = response.meta["look"]
        body, url = response.body, response.url
        try:
            if feeds.is_feed(body):
                found = await asyncio.to_thread(feeds.parse, body, url)
                self._register((one for one in found if self._wanted(one)), place)
                return []
            if sitemaps.is_sitemap(body) or (kind == SITEMAP and not sections.is_html(body)):
                return await self._read_sitemap(response, place, depth)
        except (feeds.NotAFeed, sitemaps.NotASitemap) as error:
            self._trouble(response.meta, url, f"no {kind}: {error}")
            return []
        if kind in (FEED, SITEMAP) or not sections.is_html(body, content_type(response)):
            found_type = "an HTML page" if sections.is_html(body) else content_type(response) or "unknown bytes"
            self._trouble(response.meta, url, f"no {'page' if kind in (ANY, SECTION) else kind}: {found_type}")
            return []
        return await self._read_page(response, kind, place, page)

    async def _read_sitemap(self, response: Response, place: Place, depth: int) -> list[Request]:
        found = await asyncio.to_thread(sitemaps.parse, response.body, response.url)
        if found.cut:
            self._spider.logger.warning("sitemap %s is read in part: %s", response.url, found.cut)
        self._register((one for one in found.candidates if self._wanted(one)), place)
        if depth >= sitemaps.MAX_DEPTH:
            return []
        children = _news_first(found.children) if self._spider.given.url else found.children
        return [request for at, child in enumerate(children) for request in self._ask(SITEMAP, child, (*place, at), depth=depth + 1)]

    async def _read_page(self, response: Response, kind: str, place: Place, page: int) -> list[Request]:
        url = response.url
        if kind == ANY and not is_front(url) and shape(url) >= 2 and await self._is_article(response):
            self._register([Candidate(url=url, evidence=Evidence(via="section"))], place)
            return []
        found = await asyncio.to_thread(sections.parse, response.body, url, self._site, content_type(response), page)
        self._register(found.articles, (*place, page))
        requests = []
        if found.next_page and page < self._pages:
            requests = self._ask(SECTION, found.next_page, place, page=page + 1)
        if kind == ANY:
            requests += await self._look_around(response, found)
            if not requests and not found.articles and await self._is_article(response):
                self._register([Candidate(url=url, evidence=Evidence(via="section"))], place)
        return requests

    async def _look_around(self, response: Response, found: sections.Section) -> list[Request]:
        """Without a site file: the feeds that the page names, the sitemaps of robots.txt, the sections of a front page."""
        front = is_front(response.url)
        requests = [request for url in found.feeds[:10] for request in self._side(FEED, url)]
        robots = self._spider.crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is not None and (front or not (found.articles or found.feeds)):
            listed = (await robots.robots(response.url)).sitemaps
            requests += [request for url in _news_first(listed) if self._site.covers(url) for request in self._side(SITEMAP, url)]
        if front and not requests:
            requests += [request for url in found.sections for request in self._side(SECTION, url)]
        return requests

    def _side(self, kind: str, url: str) -> list[Request]:
        """An entry point that discovery found itself: it is no failure of the run when it is dead."""
        self._starts += 1
        return self._ask(kind, url, (self._starts,))

    async def _is_article(self, response: Response) -> bool:
        try:
            outcome = await self._spider.pool.extract(raw_page(response, response.url), self._site)
        except PoolClosed:  # the run was stopped
            return False
        return isinstance(outcome, Article)

    def _wanted(self, candidate: Candidate) -> bool:
        """Feeds and news sitemaps list articles; plain sitemaps list everything, and the URL must decide."""
        told = candidate.evidence
        if told.via == "feed" or told.title or told.published:
            return not self._site.excludes(candidate.url)
        return is_article(candidate.url, self._site)

    def _register(self, candidates: Iterable[Candidate], place: Place) -> None:
        for at, candidate in enumerate(candidates):
            self._spider.register(candidate, (*place, at))


def _news_first(urls: Iterable[str]) -> list[str]:
    """Only the news sitemaps where a site names some: the others hold its whole past."""
    listed = list(dict.fromkeys(urls))
    return [url for url in listed if "news" in url.lower()] or listed
