"""What both spiders do: first ask the entry points for candidates, then fetch each candidate once.

Discovery ends before the first article is asked for, so that all that feeds, sitemaps and sections say of an article travels
with it, and which URLs have an outcome of their own is known when one redirects to another.
"""
from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider, signals

from newscrawl.download import failures, replay
from newscrawl.download.guard import AddressGuard, not_public
from newscrawl.download.http import GRACE, stopping
from newscrawl.download.responses import fetched_at, raw_page
from newscrawl.items import Article, Candidate
from newscrawl.progress import RunStats
from newscrawl.rejections import BadScheme, BlockedAddress, ExtractCrash, HttpStatus, LimitReached, OffSite, Rejection
from newscrawl.seen.ledger import Entry, Ledger, Place
from newscrawl.sites.registry import Site
from newscrawl.spiders.arguments import ArgumentError, Arguments, moment, read
from newscrawl.spiders.entrances import Entrances
from newscrawl.spiders.sequence import Sequence
from newscrawl.urls import host, problem
from newscrawl.workers import PAGE_BYTES, ExtractorPool, PoolClosed

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

Outcome = Article | Rejection


class NewsSpider(Spider):
    """The base of the spiders; a site is named by ``-a site=``, or found by looking at ``-a url=``."""

    given: Arguments
    run: RunStats
    pool: ExtractorPool
    entrances: Entrances

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        self.raw_arguments = arguments
        self.run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(2)
        self.ledger = Ledger()
        self.sequence: Sequence[Outcome] = Sequence()
        self._entries: dict[str, Entry] = {}
        self._asked = 0
        self._window = 0
        self._changed = asyncio.Event()
        self._began = time.monotonic()
        self._clock: str | None = None
        self.stopping = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        """Scrapy's constructor. Raises ArgumentError for arguments that cannot be used."""
        spider: NewsSpider = super().from_crawler(crawler, *args, **kwargs)
        spider.given = read(spider.name, spider.raw_arguments, crawler.settings["NEWSCRAWL_SITES"])
        spider._configure(crawler)
        crawler.signals.connect(spider._open, signals.spider_opened)
        crawler.signals.connect(spider._close, signals.spider_closed)
        crawler.signals.connect(spider._stop, stopping)
        return spider

    @property
    def site(self) -> Site:
        """The site that is crawled."""
        return self.given.site

    @property
    def label(self) -> str:
        """The site's name as the user gave it, for files and reports."""
        return str(self.raw_arguments.get("site") or self.site.name)

    def _configure(self, crawler: Crawler) -> None:
        """The site's pace, and the archive that stands in for the network."""
        settings = crawler.settings
        settings.set("DOWNLOAD_DELAY", self.site.pace.delay, priority="spider")
        settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", self.site.pace.concurrency, priority="spider")
        folder = settings["REPLAY_DIR"]
        if not folder and self.site.replay:
            try:
                folder = str(replay.locate(self.site.replay))
            except replay.ReplayError as error:
                raise ArgumentError(str(error), 1) from error
            settings.set("REPLAY_DIR", folder, priority="spider")
        if folder:
            try:
                self._clock = replay.Archive(Path(folder)).fetched_at
            except replay.ReplayError as error:
                raise ArgumentError(str(error), 1) from error
            handler = "newscrawl.download.replay.ReplayDownloadHandler"
            handlers = {**settings.getdict("DOWNLOAD_HANDLERS"), "http": handler, "https": handler}
            settings.set("DOWNLOAD_HANDLERS", handlers, priority="cmdline")
            settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")
            self.sequence.ordered = True

    def _open(self) -> None:
        self.run = RunStats(self.crawler)
        self.pool = ExtractorPool(
            seconds=self.settings.getfloat("EXTRACT_TIMEOUT"), megabytes=self.settings.getint("EXTRACT_MEGABYTES"),
            page_bytes=self.settings.getint("DOWNLOAD_MAXSIZE") or PAGE_BYTES)
        self._guard = AddressGuard(self.settings.getlist("PRIVATE_HOSTS"))
        self._window = self.pool.window + 2 * self.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self.entrances = Entrances(self)

    def _close(self) -> None:
        self.pool.close()

    def _stop(self) -> None:
        """The run was asked to stop: pages in work have a few seconds, then they are left over, as what was not asked for is."""
        self.stopping = True
        asyncio.get_running_loop().call_later(GRACE, self.pool.close)

    async def start(self) -> AsyncIterator[Any]:
        """Entry points, then candidates; the crawl ends when the last candidate has."""
        for request in self.entrances.requests():
            yield request
        await self.entrances.finished.wait()
        while True:
            entry = self.ledger.take() if len(self._entries) < self._window else None
            if entry is not None:
                for request_or_outcome in self._begin(entry):
                    yield request_or_outcome
            elif self._entries:
                self._changed.clear()
                await self._changed.wait()
            else:
                break

    def register(self, candidate: Candidate, place: Place, site: Site | None = None) -> None:
        """Keeps what discovery found, once an identity."""
        if self.ledger.register(candidate, place, site or self.site):
            self.run.add("candidates")

    def _begin(self, entry: Entry) -> Iterator[Request | Outcome]:
        """The request for a candidate, or the rejection of one that needs no request."""
        self._entries[entry.key] = entry
        self.sequence.expect(entry.key)
        refusal = self._refusal(entry)
        if refusal:
            yield from self._end(entry, refusal)
            return
        self._asked += 1
        meta = {"entry": entry, "ledger": self.ledger, "site": entry.site}
        yield Request(entry.url, callback=self.parse_article, errback=self.failed_article, meta=meta, dont_filter=True)

    def _refusal(self, entry: Entry) -> Rejection | None:
        given, url, now = self.given, entry.url, self._clock or fetched_at()
        trouble = problem(url)
        if trouble:
            return BadScheme(url=url, detail=trouble, fetched_at=now)
        address = self._guard.refused_literal(host(url))
        if address:
            return BlockedAddress(url=url, detail=not_public(host(url), address), fetched_at=now)
        if not entry.site.covers(url):
            return OffSite(url=url, detail=f"not on {', '.join(entry.site.hosts)}", fetched_at=now)
        bound = None
        if given.max_pages and self._asked >= given.max_pages:
            bound = f"max_pages={given.max_pages}"
        elif given.max_minutes and time.monotonic() - self._began > 60 * given.max_minutes:
            bound = f"max_minutes={given.max_minutes:g}"
        elif self._too_old(entry.evidence.modified or entry.evidence.published):
            bound = f"published {entry.evidence.published or entry.evidence.modified}, before since"
        return LimitReached(url=url, detail=bound, fetched_at=now) if bound else None

    def _too_old(self, date: str | None) -> bool:
        """Whether a date (ISO or of a feed) lies before ``-a since=``; what cannot be read does not."""
        if self.given.since is None or not date:
            return False
        found = moment(date)
        return found is not None and found < self.given.since

    async def parse_article(self, response: Response) -> AsyncIterator[Outcome]:
        """The page's record, or why it has none."""
        entry: Entry = response.meta["entry"]
        self.run.add("fetched")
        outcome: Outcome
        if response.status != 200:
            outcome = HttpStatus(url=entry.url, status=response.status, fetched_at=fetched_at(response))
        else:
            try:
                outcome = await self.pool.extract(raw_page(response, entry.url, entry.evidence), entry.site)
            except PoolClosed:
                return
            if self.stopping and isinstance(outcome, ExtractCrash):
                return
            if isinstance(outcome, Rejection):
                outcome.url = entry.url
            elif self._too_old(outcome.published):
                detail = f"published {outcome.published}, before since"
                outcome = LimitReached(url=entry.url, detail=detail, fetched_at=outcome.fetched_at)
        for one in self._end(entry, outcome):
            yield one

    def failed_article(self, failure: Failure) -> Iterator[Outcome]:
        """Why a candidate could not be fetched."""
        if self.stopping:  # the stop's doing rather than the page's
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        entry: Entry = request.meta["entry"]
        outcome = failures.rejection(entry.url, failure.value, request.url)
        outcome.fetched_at = self._clock or fetched_at()
        yield from self._end(entry, outcome)

    def _end(self, entry: Entry, outcome: Outcome) -> Iterator[Outcome]:
        """Ends a candidate, once, and gives back the outcomes whose turn has come."""
        if not self.ledger.end(entry):
            return
        for key, ready in self.sequence.put(entry.key, outcome):
            self._entries.pop(key, None)
            if isinstance(ready, Article):
                self.found(ready)
            yield ready
        self._changed.set()

    def found(self, article: Article) -> None:
        """Called with each article, in order; a spider may register where it leads."""
