"""Entry points: asks a site's feeds, sitemaps and section pages, and hands what they list to the site's crawl.

Every run asks every feed, sitemap and first section page, with validators unless a whole read is due. Further pages are asked when the
first one brings something unknown, and once a day. A pagination that a run does not bring to its end is begun anew by the next run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scrapy import Request

from newscrawl.archive.recorder import ROLE
from newscrawl.crawl.entry_point_state import EntryPointState, EntryPointStates
from newscrawl.crawl.listing import Listing
from newscrawl.crawl.marks import CRAWL, SITE, START
from newscrawl.crawl.site_exploration import SiteExploration
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
"""So many bytes a sitemap may have, as its protocol says."""
MAX_SITEMAPS = 1000
"""So many sitemaps of a site are asked in one run."""
FEW_LINKS = 10
"""From so many links to articles on, a page whose address says nothing is a list rather than an article with links."""


@dataclass(frozen=True)
class EntryPoint:
    """A feed, sitemap or section page that is asked, and why."""

    kind: str
    url: str
    place: Place
    page: int = 1
    depth: int = 0
    """How many indexes lead to a sitemap."""
    start: bool = False
    """Whether the user or the site file names it, so that its failure is the run's failure."""
    guesses: tuple[str, ...] | None = None
    """Set on a guessed address: the addresses to try when it leads nowhere."""
    lastmod: str | None = None
    """When the sitemap was changed, as its index says."""
    whole: bool = True
    """Whether it is asked without validators and with all its pages."""
    again: bool = False
    """Whether it is asked for the second time, after a time-out or while its host was resting."""


@dataclass
class Pagination:
    """The pages of one list, while they are being asked."""

    first: EntryPointState
    whole: bool
    seen: set[str] = field(default_factory=set)


class EntryPoints:
    """The entry points of one site in one run. ``finished`` is set when none is left to ask."""

    def __init__(self, crawl: SiteCrawl) -> None:
        self._crawl = crawl
        self._spider = crawl.spider
        self._site = crawl.site
        self._log = crawl.spider.logger
        self._pages = crawl.run.limits.section_pages
        self._states = EntryPointStates(crawl.store, crawl.clock)
        self._listing = Listing(crawl)
        self._exploration = SiteExploration(crawl, self._states)
        self._paginations: dict[Place, Pagination] = {}
        self._asked_again: list[EntryPoint] = []
        self._pending = self._starts = self._sitemaps = self._unread = 0
        self._asked: set[str] = set()
        self._failed_in_passing: set[str] = set()
        """Kinds of entry points of which a common path failed for a reason that may pass."""
        self.finished = asyncio.Event()

    def requests(self) -> Iterator[Request]:
        """The requests for the entry points that the user or the site file names, and for those that earlier runs found from there."""
        starts, given = self._site.starts, self._spider.start_url
        named = [(FEED, url) for url in starts.feeds] + [(SITEMAP, url) for url in starts.sitemaps]
        named += [(SECTION, url) for url in starts.sections]
        if given:
            named = [(ANY, given)]
        requests = [request for kind, url in named for request in self._ask_list(kind, url, start=True)]
        self._crawl.stats.add("starts/asked", len(requests))
        requests += [request for kind, url in self._exploration.remembered() for request in self._ask_list(kind, url)]
        yield from requests
        if not requests:
            self.finished.set()

    def _ask_list(
        self, kind: str, url: str, *, start: bool = False, guesses: tuple[str, ...] | None = None
    ) -> list[Request]:
        """Asks a list of its own. When it is dead, that is a failure of the run only if the user or the site file named it (``start``)."""
        self._starts += 1
        return self._ask(EntryPoint(kind, url, (self._starts,), start=start, guesses=guesses))

    def _ask(self, point: EntryPoint) -> list[Request]:
        key = normalise(point.url)
        if key in self._asked:
            return []
        self._asked.add(key)
        if point.kind == SITEMAP:
            self._sitemaps += 1
        return [
            self._request(replace(point, whole=self._crawl.full or point.page > 1 or self._states.of(point.url).whole))
        ]

    def _request(self, point: EntryPoint) -> Request:
        self._pending += 1
        meta: dict[str, Any] = {CRAWL: self._crawl.label, SITE: self._site, ROLE: point.kind, START: point.start}
        if point.kind in (SITEMAP, ANY):
            meta["download_maxsize"] = LARGE
        return Request(
            point.url,
            callback=self.parse,
            errback=self.failed,
            meta=meta,
            cb_kwargs={"point": point},
            dont_filter=True,
            priority=-10 if point.again else 100,
            headers={}
            if point.whole or self._crawl.rendering.entry_point_needs_browser(point.url)
            else self._states.of(point.url).validators,
        )

    async def parse(self, response: Response, point: EntryPoint) -> AsyncIterator[Request]:
        """Registers what an entry point lists and asks where it leads on."""
        try:
            requests = await self._answer(point, response)
        except BaseException:
            self._asked_again.clear()  # nobody would ask for what is returned here
            self._done()
            raise
        for request in requests + self._done():
            yield request

    def failed(self, failure: Failure) -> Iterator[Request]:
        """An entry point that could not be fetched; after a time-out it is asked once more, when all others have answered."""
        point: EntryPoint = failure.request.cb_kwargs["point"]  # type: ignore[attr-defined]
        requests: list[Request] = []
        if not self._crawl.run.stopping:
            rejection = failures.rejection(point.url, failure.value, failure.request.url)  # type: ignore[attr-defined]
            if isinstance(rejection, Timeout) and not point.again:
                self._asked_again.append(replace(point, again=True))
            elif point.start and isinstance(rejection, HostLeftAlone) and self._crawl.run.hosts.put_off(point.url):
                self._crawl.stats.start_put_off(point.url, rejection.detail or "")
            else:
                requests = self._gives_nothing(point, f"{rejection.name} ({rejection.detail})", passing=True)
        yield from requests + self._done()

    def _done(self) -> list[Request]:
        self._pending -= 1
        if self._pending:
            return []
        late, self._asked_again = self._asked_again, []
        if late and not self._crawl.run.stopping:
            return [self._request(point) for point in late]
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

    def _gives_nothing(self, point: EntryPoint, why: str, *, passing: bool = False) -> list[Request]:
        """Handles an entry point that gives nothing: says so, or tries the next guess where it was one. ``passing``: it may give something later."""
        if point.guesses is not None:
            self._log.debug("%s: %s", point.url, why)
            return self._ask_guess(point.kind, point.guesses, passing)
        if point.start:
            self._crawl.stats.start_failed(point.url, why)
        else:
            self._log.info("%s: %s", point.url, why)
            if not passing:
                self._exploration.lost(point.url)
        if not passing and point.place in self._paginations and point.page > 1:
            self._end_pagination(point.place)
        return []

    async def _answer(self, point: EntryPoint, response: Response) -> list[Request]:
        state = self._states.of(point.url)
        told = not point.whole and not self._crawl.rendering.entry_point_needs_browser(point.url)
        if told and (response.status == 304 or response.status == 200 and state.same(response.body)):
            self._crawl.stats.add("listed", state.count)
            self._crawl.stats.add("starts/listed", int(point.start and state.count > 0))
            return self._ask_guesses(response.url) if point.kind == ANY and is_front(response.url) else []
        if response.status != 200:
            hosts, url = self._crawl.run.hosts, response.url
            if (
                response.status in (429, 503)
                and not point.again
                and point.guesses is None
                and hosts.resting(url) > 0
                and not hosts.left_alone(url)
            ):
                self._asked_again.append(
                    replace(point, again=True)
                )  # the run waits for this host, so also for what it lists
                return []
            return self._gives_nothing(point, f"status {response.status}", passing=response.status not in (404, 410))
        try:
            found, response = await self._crawl.rendering.read_entry_point(
                point.url, response, lambda page: self._read(point, page, state)
            )
        except PoolClosed:  # the run was stopped
            return []
        except CallFailed as error:
            return self._gives_nothing(point, f"cannot be read: {error}", passing=True)
        if found.trouble:
            return self._gives_nothing(point, found.trouble)
        if found.nofollow:
            return self._gives_nothing(point, "the page asks that its links be not followed (nofollow)")
        if found.cut:
            self._log.warning("%s is read in part: %s", point.url, found.cut)
        if point.guesses is not None:
            self._exploration.found(point.kind, point.url)
        self._crawl.stats.add("starts/listed", int(point.start and found.count > 0))
        if found.found in ("sitemap", "index"):
            return await self._sitemap(point, response, found, state)
        return await self._list(point, response, found, state)

    async def _read(self, point: EntryPoint, response: Response, state: EntryPointState) -> Reading:
        question = Question(
            body=response.body,
            url=response.url,
            site=self._site,
            expected=point.kind,
            content_type=content_type(response),
            page=point.page,
            robots=(b",".join(response.headers.getlist("X-Robots-Tag"))).decode("latin-1"),
            learned=self._crawl.templates.known(),
            now=None if state.recent else self._crawl.clock(),
        )
        return await self._crawl.run.pool.call(reading.read, question)

    async def _sitemap(
        self, point: EntryPoint, response: Response, found: Reading, state: EntryPointState
    ) -> list[Request]:
        unknown = await self._listing.register_sitemap(point.url, point.place, found, state)
        state.check_lastmod(point.lastmod, unknown)
        state.keep(
            response.body, _headers(response), found.found, found.count, lastmod=point.lastmod, whole=point.whole
        )
        children = (
            sorted(found.children, key=lambda child: child[1] or "", reverse=True)
            if len(found.children) > sitemaps.MAX_CHILDREN
            else found.children
        )
        if self._spider.start_url:
            children = self._exploration.newest(point.url, children)
        requests: list[Request] = []
        for at, (url, lastmod) in enumerate(children):
            if point.depth >= sitemaps.MAX_DEPTH or at >= sitemaps.MAX_CHILDREN or self._sitemaps >= MAX_SITEMAPS:
                self._unread += 1
                continue
            if not self._crawl.full and not found.lie and self._states.of(url).unchanged_in(lastmod):
                self._crawl.stats.add("listed", self._states.of(url).count)
                continue
            requests += self._ask(
                EntryPoint(
                    SITEMAP, url, (*point.place, at), depth=point.depth + 1, lastmod=None if found.lie else lastmod
                )
            )
        return requests

    async def _list(
        self, point: EntryPoint, response: Response, found: Reading, state: EntryPointState
    ) -> list[Request]:
        """Registers what a feed or a section page lists, and asks its next page where that may bring more."""
        if point.kind == ANY and found.found == "page" and await self._is_article(response, found):
            await self._listing.register_all(
                [Candidate(url=response.url, evidence=Evidence(via="section"))], point.place
            )
            state.keep(response.body, _headers(response), "article", 1, whole=point.whole)
            return []
        pagination = self._paginations.setdefault(point.place, Pagination(state, point.whole))
        fresh, new = await self._listing.register_list(found, (*point.place, point.page), pagination.seen)
        requests: list[Request] = []
        if found.next_page and point.page < self._pages and (new or point.page == 1) and (pagination.whole or fresh):
            kind = FEED if found.found == "feed" else SECTION
            requests = self._ask(EntryPoint(kind, found.next_page, point.place, page=point.page + 1))
        explored = await self._explore(response, found) if point.kind == ANY and found.found == "page" else []
        if point.page == 1:
            state.keep(
                response.body,
                _headers(response),
                found.found,
                found.count,
                paginating=bool(requests),
                whole=point.whole,
            )
        elif not requests:
            self._end_pagination(point.place)
        return requests + explored

    def _end_pagination(self, place: Place) -> None:
        pagination = self._paginations[place]
        pagination.first.pagination_ended(pagination.whole)

    async def _explore(self, response: Response, found: Reading) -> list[Request]:
        """Explores a site without a site file: the feeds that the page names, the sitemaps of robots.txt, a front page's sections, common paths."""
        front = is_front(response.url)
        requests: list[Request] = []
        for kind, url in await self._exploration.named(response.url, found, front):
            requests += self._ask_list(kind, url)
            self._exploration.found(kind, url)
        return requests + (self._ask_guesses(response.url) if front or not (found.count or requests) else [])

    def _ask_guesses(self, url: str) -> list[Request]:
        """Asks the common paths of feeds and sitemaps; also when the page has not changed, because a run may have ended before the last of them."""
        return [
            request
            for kind in (FEED, SITEMAP)
            for request in self._ask_guess(kind, tuple(self._exploration.guesses(kind, url)), False)
        ]

    def _ask_guess(self, kind: str, urls: Iterable[str], passing: bool) -> list[Request]:
        """Asks the next common path. When the last one has failed, that is remembered, unless the failure may pass."""
        self._failed_in_passing |= {kind} if passing else set()
        left = list(urls)
        if not left and not self._exploration.known(kind) and kind not in self._failed_in_passing:
            self._exploration.tried(kind)
        while left:
            requests = self._ask_list(kind, left.pop(0), guesses=tuple(left))
            if requests:
                return requests
        return []

    async def _is_article(self, response: Response, found: Reading) -> bool:
        """Returns whether the page of the given URL is an article. A front page never is; a list may look like one in part."""
        if is_front(response.url) or (not shape(response.url) and found.count >= FEW_LINKS):
            return False
        outcome = await self._crawl.run.pool.extract(raw_page(response, response.url), self._site)
        return isinstance(outcome, Article)


def _headers(response: Response) -> dict[str, str]:
    return {
        name: value.decode("latin-1") for name in ("etag", "last-modified") if (value := response.headers.get(name))
    }
