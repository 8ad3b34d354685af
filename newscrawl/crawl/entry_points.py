"""Entry points: asks a site's feeds, sitemaps and section pages, and hands what they list to the site's crawl.

What is asked when (issue 5): every feed, sitemap and first section page in every run, for news only where nothing is due; deeper
pages when a first page brings something unknown, and once a day. A walk to the depth that a run did not end is the next run's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scrapy import Request

from newscrawl.crawl.entry_point_state import EntryNote, EntryNotes
from newscrawl.crawl.listing import Listing
from newscrawl.crawl.site_exploration import Surroundings
from newscrawl.discover import reading, sitemaps
from newscrawl.discover.links import shape
from newscrawl.discover.reading import ANY, FEED, SECTION, SITEMAP, Question, Reading
from newscrawl.download import failures
from newscrawl.download.responses import content_type, raw_page
from newscrawl.extraction.pool import CallFailed, PoolClosed
from newscrawl.items import Article, Candidate, Evidence
from newscrawl.rejections import HostLeftAlone, Timeout
from newscrawl.state.discovery_evidence import Place
from newscrawl.urls import is_front, normalise

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from newscrawl.crawl.site_crawl import SiteCrawl

LARGE = 50 * 2**20
"""Bytes of a sitemap, the protocol's bound."""
MAX_SITEMAPS = 1000
"""Sitemaps of a site that are asked for in one run."""
FEW_LINKS = 10
"""Links to articles from which a page with an address that says nothing is a list rather than an article with links."""


@dataclass(frozen=True)
class Look:
    """A request for an entry point, and why it is made."""

    kind: str
    url: str
    place: Place
    page: int = 1
    depth: int = 0
    """Of a sitemap among the indexes that lead to it."""
    start: bool = False
    """Named by the user or the site file, so that its failure is the run's."""
    guesses: tuple[str, ...] | None = None
    """Set on a guessed address: those to try when it leads nowhere."""
    lastmod: str | None = None
    """What the index says of the sitemap."""
    whole: bool = True
    """Asked without validators, and to its depth."""
    again: bool = False
    """Asked for the second time, after a time-out or a rest."""


@dataclass
class Walk:
    """The pages of one list."""

    first: EntryNote
    whole: bool
    seen: set[str] = field(default_factory=set)


class EntryPoints:
    """The discovery of one site. ``finished`` is set when no entry point is left to ask."""

    def __init__(self, crawl: SiteCrawl) -> None:
        self._crawl = crawl
        self._spider = crawl.spider
        self._site = crawl.site
        self._log = crawl.spider.logger
        self._pages: int = crawl.spider.settings.getint("SECTION_PAGES")
        self._notes = EntryNotes(crawl.store, crawl.clock)
        self._listing = Listing(crawl)
        self._around = Surroundings(crawl, self._notes)
        self._walks: dict[Place, Walk] = {}
        self._late: list[Look] = []
        self._pending = self._starts = self._sitemaps = self._unread = 0
        self._asked: set[str] = set()
        self._unsure: set[str] = set()
        """Kinds of which a common path failed in passing."""
        self.finished = asyncio.Event()

    def requests(self) -> Iterator[Request]:
        """The requests for the entry points that the user or the site file names, and for those that earlier runs found from there."""
        starts, given = self._site.starts, self._spider.given.url
        named = [(FEED, url) for url in starts.feeds] + [(SITEMAP, url) for url in starts.sitemaps]
        named += [(SECTION, url) for url in starts.sections]
        if given:
            named = [(ANY, given)]
        requests = [request for kind, url in named for request in self._side(kind, url, start=True)]
        self._crawl.stats.add("starts/asked", len(requests))
        requests += [request for kind, url in self._around.remembered() for request in self._side(kind, url)]
        yield from requests
        if not requests:
            self.finished.set()

    def _side(
        self, kind: str, url: str, *, start: bool = False, guesses: tuple[str, ...] | None = None
    ) -> list[Request]:
        """A list of its own; one that discovery found itself is no failure of the run when it is dead."""
        self._starts += 1
        return self._ask(Look(kind, url, (self._starts,), start=start, guesses=guesses))

    def _ask(self, look: Look) -> list[Request]:
        key = normalise(look.url)
        if key in self._asked:
            return []
        self._asked.add(key)
        if look.kind == SITEMAP:
            self._sitemaps += 1
        return [self._request(replace(look, whole=self._crawl.full or look.page > 1 or self._notes.of(look.url).whole))]

    def _request(self, look: Look) -> Request:
        self._pending += 1
        meta = {"site": self._site, "crawl": self._crawl, "look": look, "start": look.start}
        if look.kind in (SITEMAP, ANY):
            meta["download_maxsize"] = LARGE
        return Request(
            look.url,
            callback=self.parse,
            errback=self.failed,
            meta=meta,
            dont_filter=True,
            priority=-10 if look.again else 100,
            headers={}
            if look.whole or self._crawl.rendering.entrance_needs(look.url)
            else self._notes.of(look.url).validators,
        )

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        """Registers what an entry point lists and asks where it leads on."""
        try:
            requests = await self._answer(response.meta["look"], response)
        except BaseException:
            self._late.clear()  # nobody would ask for what is returned here
            self._done()
            raise
        for request in requests + self._done():
            yield request

    def failed(self, failure: Failure) -> Iterator[Request]:
        """An entry point that could not be fetched; after a time-out it is asked once more, when all others have answered."""
        look: Look = failure.request.meta["look"]  # type: ignore[attr-defined]
        requests: list[Request] = []
        if not self._spider.stopping:
            rejection = failures.rejection(look.url, failure.value, failure.request.url)  # type: ignore[attr-defined]
            if isinstance(rejection, Timeout) and not look.again:
                self._late.append(replace(look, again=True))
            elif look.start and isinstance(rejection, HostLeftAlone) and self._spider.hosts.put_off(look.url):
                self._crawl.stats.start_put_off(look.url, rejection.detail or "")
            else:
                requests = self._trouble(look, f"{rejection.name} ({rejection.detail})", passing=True)
        yield from requests + self._done()

    def _done(self) -> list[Request]:
        self._pending -= 1
        if self._pending:
            return []
        late, self._late = self._late, []
        if late and not self._spider.stopping:
            return [self._request(look) for look in late]
        if self._unread:
            self._log.warning(
                "%d sitemaps of %s are not read in this run: the newest %d of an index are, %d of a site, %d indexes deep",
                self._unread,
                self._crawl.label,
                sitemaps.MAX_CHILDREN,
                MAX_SITEMAPS,
                sitemaps.MAX_DEPTH,
            )
        self.finished.set()
        return []

    def _trouble(self, look: Look, why: str, *, passing: bool = False) -> list[Request]:
        """An entry point that gives nothing: says so, and tries the next guess where it was one. ``passing``: it may later."""
        if look.guesses is not None:
            self._log.debug("%s: %s", look.url, why)
            return self._guess(look.kind, look.guesses, passing)
        if look.start:
            self._crawl.stats.start_failed(look.url, why)
        else:
            self._log.info("%s: %s", look.url, why)
            if not passing:
                self._around.lost(look.url)
        if not passing and look.place in self._walks and look.page > 1:
            self._end_walk(look.place)
        return []

    async def _answer(self, look: Look, response: Response) -> list[Request]:
        note = self._notes.of(look.url)
        told = not look.whole and not self._crawl.rendering.entrance_needs(look.url)
        if told and (response.status == 304 or response.status == 200 and note.same(response.body)):
            self._crawl.stats.add("listed", note.count)
            self._crawl.stats.add("starts/listed", int(look.start and note.count > 0))
            return self._guess_all(response.url) if look.kind == ANY and is_front(response.url) else []
        if response.status != 200:
            hosts, url = self._spider.hosts, response.url
            if (
                response.status in (429, 503)
                and not look.again
                and look.guesses is None
                and hosts.resting(url) > 0
                and not hosts.left_alone(url)
            ):
                self._late.append(replace(look, again=True))  # the run waits for this host, so also for what it lists
                return []
            return self._trouble(look, f"status {response.status}", passing=response.status not in (404, 410))
        try:
            found, response = await self._crawl.rendering.entrance(
                look.url, response, lambda page: self._read(look, page, note)
            )
        except PoolClosed:  # the run was stopped
            return []
        except CallFailed as error:
            return self._trouble(look, f"cannot be read: {error}", passing=True)
        if found.trouble:
            return self._trouble(look, found.trouble)
        if found.nofollow:
            return self._trouble(look, "the page asks that its links be not followed (nofollow)")
        if found.cut:
            self._log.warning("%s is read in part: %s", look.url, found.cut)
        if look.guesses is not None:
            self._around.found(look.kind, look.url)
        self._crawl.stats.add("starts/listed", int(look.start and found.count > 0))
        if found.found in ("sitemap", "index"):
            return await self._sitemap(look, response, found, note)
        return await self._list(look, response, found, note)

    async def _read(self, look: Look, response: Response, note: EntryNote) -> Reading:
        question = Question(
            body=response.body,
            url=response.url,
            site=self._site,
            expected=look.kind,
            content_type=content_type(response),
            page=look.page,
            robots=(b",".join(response.headers.getlist("X-Robots-Tag"))).decode("latin-1"),
            learned=self._crawl.templates.known(),
            now=None if note.recent else self._crawl.clock(),
        )
        return await self._spider.pool.call(reading.read, question)

    async def _sitemap(self, look: Look, response: Response, found: Reading, note: EntryNote) -> list[Request]:
        unknown = await self._listing.sitemap(look.url, look.place, found, note)
        note.caught(look.lastmod, unknown)
        note.keep(response.body, _headers(response), found.found, found.count, lastmod=look.lastmod, whole=look.whole)
        children = (
            sorted(found.children, key=lambda child: child[1] or "", reverse=True)
            if len(found.children) > sitemaps.MAX_CHILDREN
            else found.children
        )
        if self._spider.given.url:
            children = self._around.newest(look.url, children)
        requests: list[Request] = []
        for at, (url, lastmod) in enumerate(children):
            if look.depth >= sitemaps.MAX_DEPTH or at >= sitemaps.MAX_CHILDREN or self._sitemaps >= MAX_SITEMAPS:
                self._unread += 1
                continue
            if not self._crawl.full and not found.lie and self._notes.of(url).unchanged_in(lastmod):
                self._crawl.stats.add("listed", self._notes.of(url).count)
                continue
            requests += self._ask(
                Look(SITEMAP, url, (*look.place, at), depth=look.depth + 1, lastmod=None if found.lie else lastmod)
            )
        return requests

    async def _list(self, look: Look, response: Response, found: Reading, note: EntryNote) -> list[Request]:
        """A feed or a section page: what it lists, and its next page where that may bring more."""
        if look.kind == ANY and found.found == "page" and await self._is_article(response, found):
            await self._listing.page([Candidate(url=response.url, evidence=Evidence(via="section"))], look.place)
            note.keep(response.body, _headers(response), "article", 1, whole=look.whole)
            return []
        walk = self._walks.setdefault(look.place, Walk(note, look.whole))
        fresh, new = await self._listing.listed(found, (*look.place, look.page), walk.seen)
        requests: list[Request] = []
        if found.next_page and look.page < self._pages and (new or look.page == 1) and (walk.whole or fresh):
            kind = FEED if found.found == "feed" else SECTION
            requests = self._ask(Look(kind, found.next_page, look.place, page=look.page + 1))
        around = await self._look_around(response, found) if look.kind == ANY and found.found == "page" else []
        if look.page == 1:
            note.keep(
                response.body, _headers(response), found.found, found.count, walking=bool(requests), whole=look.whole
            )
        elif not requests:
            self._end_walk(look.place)
        return requests + around

    def _end_walk(self, place: Place) -> None:
        walk = self._walks[place]
        walk.first.walked(walk.whole)

    async def _look_around(self, response: Response, found: Reading) -> list[Request]:
        """Without a site file: the feeds that the page names, the sitemaps of robots.txt, the sections of a front page, common paths."""
        front = is_front(response.url)
        requests: list[Request] = []
        for kind, url in await self._around.named(response.url, found, front):
            requests += self._side(kind, url)
            self._around.found(kind, url)
        return requests + (self._guess_all(response.url) if front or not (found.count or requests) else [])

    def _guess_all(self, url: str) -> list[Request]:
        """Common paths of feeds and sitemaps; also when the page has not changed, because a run may have ended before the last of them."""
        return [
            request
            for kind in (FEED, SITEMAP)
            for request in self._guess(kind, tuple(self._around.guesses(kind, url)), False)
        ]

    def _guess(self, kind: str, urls: Iterable[str], passing: bool) -> list[Request]:
        """The next common path; when the last one has failed, that is remembered, unless the failure may pass."""
        self._unsure |= {kind} if passing else set()
        left = list(urls)
        if not left and not self._around.known(kind) and kind not in self._unsure:
            self._around.tried(kind)
        while left:
            requests = self._side(kind, left.pop(0), guesses=tuple(left))
            if requests:
                return requests
        return []

    async def _is_article(self, response: Response, found: Reading) -> bool:
        """Whether the given URL is an article's, by its page; a front page never is, a list may look like one in part."""
        if is_front(response.url) or (not shape(response.url) and found.count >= FEW_LINKS):
            return False
        outcome = await self._spider.pool.extract(raw_page(response, response.url), self._site)
        return isinstance(outcome, Article)


def _headers(response: Response) -> dict[str, str]:
    return {
        name: value.decode("latin-1") for name in ("etag", "last-modified") if (value := response.headers.get(name))
    }
