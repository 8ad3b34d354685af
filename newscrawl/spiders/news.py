"""What both spiders do: crawl one site or several, each by a :class:`SiteCrawl`, all in one event loop with one pool of workers."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider, signals
from scrapy.utils.conf import build_component_list

from newscrawl.archive import replay
from newscrawl.archive.recorder import archive_failed
from newscrawl.browser import chromium
from newscrawl.crawl.clock import Clock
from newscrawl.crawl.commit_queue import Dispatch
from newscrawl.crawl.render_policy import Renderers
from newscrawl.crawl.site_crawl import SiteCrawl
from newscrawl.download.guard import AddressGuard
from newscrawl.download.hosts import Hosts
from newscrawl.download.http import GRACE, stopping
from newscrawl.extraction.pool import PAGE_BYTES, ExtractorPool
from newscrawl.items import Article
from newscrawl.monitor.counts import RunStats
from newscrawl.pipelines import ArticleFeeds
from newscrawl.signals import page_rejected
from newscrawl.sites.registry import Site
from newscrawl.spiders.arguments import ArgumentError, Arguments, read
from newscrawl.state import lock
from newscrawl.state.database import DatabaseError, StateError, disk_full
from newscrawl.state.revisit_policy import seconds, steps
from newscrawl.state.store import Store

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class NewsSpider(Spider):
    """The base of the spiders; sites are named by ``-a site=``, or found by looking at ``-a url=``."""

    given: Arguments
    run: RunStats
    pool: ExtractorPool
    hosts: Hosts
    guard: AddressGuard
    renderers: Renderers
    revisit: tuple[float, ...]
    """Seconds after publication at which an article is looked at again."""
    withdraw_after: float
    """Seconds between the two looks that tell that an article is gone."""

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        self.raw_arguments = arguments
        self.run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(2)
        self.clock = Clock()
        self.crawls: list[SiteCrawl] = []
        self.stores: dict[str, Store] = {}
        self.asked = 0
        self.replayed = self._passing = False
        self.stopping = False
        self.pipelines = False
        """Whether articles pass item pipelines of the user's own."""
        self.dispatch = Dispatch(self)
        self._works: list[asyncio.Task[None]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        """Scrapy's constructor. Raises ArgumentError for arguments or a state that cannot be used."""
        spider: NewsSpider = super().from_crawler(crawler, *args, **kwargs)
        spider.given = read(spider.name, spider.raw_arguments, crawler.settings["NEWSCRAWL_SITES"])
        try:
            spider.revisit, spider.withdraw_after = (
                steps(crawler.settings["REVISIT"]),
                seconds(crawler.settings["WITHDRAW_AFTER"]),
            )
        except ValueError as error:
            raise ArgumentError(str(error)) from error
        spider.pipelines = bool(
            build_component_list(crawler.settings.get_component_priority_dict_with_base("ITEM_PIPELINES"))
        )
        spider._configure(crawler)
        spider._open_states(crawler)
        crawler.signals.connect(spider._open, signals.spider_opened)
        crawler.signals.connect(spider._close, signals.spider_closed)
        crawler.signals.connect(spider._leave, signals.engine_stopped)
        crawler.signals.connect(spider._stop, stopping)
        crawler.signals.connect(spider._archive_failed, archive_failed)
        return spider

    @property
    def site(self) -> Site:
        """The first of the sites that are crawled."""
        return self.given.sites[0]

    @property
    def label(self) -> str:
        """The sites' names as the user gave them, for files and reports."""
        return str(self.raw_arguments.get("site") or self.site.name).replace(",", "+").replace("/", "-")[:80]

    def _configure(self, crawler: Crawler) -> None:
        """The archive that stands in for the network, where there is one."""
        settings = crawler.settings
        if settings["BROWSER"] and chromium.find(settings["BROWSER"]) is None:
            raise ArgumentError(
                f"BROWSER={settings['BROWSER']} is no program that can be run; without the setting Chromium is looked for"
            )
        if settings["BROWSER"] and not chromium.steered():
            raise ArgumentError(f"BROWSER={settings['BROWSER']} cannot be steered: {chromium.EXTRA}")
        folder = settings["REPLAY_DIR"]
        if not folder and not self.site.replay:
            return
        try:
            place = Path(folder) if folder else replay.locate(str(self.site.replay))
            self.clock = Clock(replay.Archive(place).fetched_at)
        except replay.ReplayError as error:
            raise ArgumentError(str(error), 1) from error
        settings.set("REPLAY_DIR", str(place), priority="cmdline")
        handler = "newscrawl.archive.replay.ReplayDownloadHandler"
        settings.set(
            "DOWNLOAD_HANDLERS",
            {**settings.getdict("DOWNLOAD_HANDLERS"), "http": handler, "https": handler},
            priority="cmdline",
        )
        self.replayed, self._passing = True, bool(folder)

    def _open_states(self, crawler: Crawler) -> None:
        """Each site's state. A replay says nothing of the live site, so its state ends with it; the built-in demo is its own site."""
        folder = Path(crawler.settings["STATE_DIR"])
        full = any(options.get("overwrite") for options in crawler.settings.getdict("FEEDS").values())
        try:
            for site in self.given.sites:
                path = None
                if not self._passing:
                    path = folder / f"{site.name}.sqlite"
                    lock.acquire(path.with_suffix(".lock"), site.name)
                store = self.stores[site.name] = Store(path, self.clock.seconds)
                store.begin_run(self.run_id, full)
        except StateError as error:
            raise ArgumentError(str(error), error.status) from error
        except DatabaseError as error:
            raise ArgumentError(f"{folder}: {error}", 74 if disk_full(error) else 1) from error

    def _open(self) -> None:
        gc.collect()
        gc.freeze()  # what is loaded stays; looking through it again and again stops the event loop for 50 ms each time
        self.run = RunStats(self.crawler)
        settings = self.settings
        self.pool = ExtractorPool(
            seconds=settings.getfloat("EXTRACT_TIMEOUT"),
            megabytes=settings.getint("EXTRACT_MEGABYTES"),
            page_bytes=settings.getint("DOWNLOAD_MAXSIZE") or PAGE_BYTES,
            model=settings.get("MODEL") or "",
        )
        self.guard = AddressGuard(settings.getlist("PRIVATE_HOSTS"))
        self.hosts = Hosts.from_settings(settings, self._seconds_left, self.clock.seconds)
        self.renderers = Renderers(self.crawler, self.guard)
        self.crawls = [SiteCrawl(self, site, site.name, self.stores[site.name]) for site in self.given.sites]

    def _close(self) -> None:
        self.pool.close()
        for work in self._works:
            work.cancel()
        for crawl in self.crawls:
            with self.guarding_state():
                crawl.stats.add("left_over", crawl.unfinished())

    def _leave(self) -> None:
        """The last thing of a run, when every output has ended."""
        for store in self.stores.values():
            with self.guarding_state():
                store.end_run()
            store.close()
        lock.release_all()

    def _stop(self) -> None:
        """The run was asked to stop: pages in work have a few seconds, then they are left over, as what was not asked for is."""
        self.stopping = True
        self.hosts.stop()
        asyncio.get_running_loop().call_later(GRACE, self.pool.close)
        for crawl in self.crawls:
            crawl.wake()

    def _seconds_left(self) -> float | None:
        """What the run's bound leaves; None without one."""
        return max(0.0, 60 * self.given.max_minutes - self.clock.running) if self.given.max_minutes else None

    @property
    def crowded(self) -> bool:
        """Whether the workers have as many pages before them as keeps them busy."""
        return self.pool.waiting > 2 * self.pool.window

    def ended(self) -> None:
        """A page has ended: sites that waited for the workers go on."""
        for crawl in self.crawls:
            crawl.wake()

    async def start(self) -> AsyncIterator[Any]:
        """What the sites' crawls want asked and written, as it comes; a rejection is no item, and leaves by its signal."""
        feeds = self.crawler.get_extension(ArticleFeeds)
        for crawl in self.crawls:
            for delivery in crawl.inherited:
                yield self.dispatch.sent(delivery)
        queue = self.dispatch.queue

        async def work(crawl: SiteCrawl) -> None:
            try:
                async for one in crawl.work():
                    await queue.put(one)
            except asyncio.CancelledError:
                pass
            except DatabaseError as error:
                self.state_failed(error)
            except Exception:
                logger.exception("the crawl of %s failed", crawl.label)
                self.run.fail(f"an error of the program in the crawl of {crawl.label}; its traceback stands above")
            finally:
                self.dispatch.flush()
                await queue.put(None)

        self._works = [asyncio.ensure_future(work(crawl)) for crawl in self.crawls]
        open_ = len(self._works)
        while open_:
            one = await queue.get()
            if one is None:
                open_ -= 1
            elif isinstance(one, Request):
                yield one
            elif isinstance(one.item, Article):
                yield self.dispatch.sent(one)
            else:
                if feeds is not None:
                    feeds.written(one)
                self.crawler.signals.send_catch_log(page_rejected, rejection=one.item, spider=self)

    @contextlib.contextmanager
    def guarding_state(self) -> Iterator[None]:
        """Turns a state that cannot be written into the run's failure."""
        try:
            yield
        except DatabaseError as error:
            self.state_failed(error)

    def state_failed(self, error: DatabaseError) -> None:
        """Ends the run because the state cannot be written."""
        if not self.run.output_error:
            full = disk_full(error)
            self.run.output_failed(
                OSError(
                    28 if full else 5, "no space left on the disk" if full else str(error), self.settings["STATE_DIR"]
                )
            )
            logger.error("cannot write the state in %s: %s", self.settings["STATE_DIR"], error)
            self.run.stop("output_error")

    def _archive_failed(self, error: OSError) -> None:
        """Ends the run because its archive cannot be written: a record whose page is not kept shall not be."""
        if not self.run.output_error:
            self.run.output_failed(error)
            logger.error("cannot write %s: %s", error.filename or self.settings["ARCHIVE_DIR"], error.strerror or error)
            self.run.stop("output_error")

    def found(self, crawl: SiteCrawl, article: Article) -> None:
        """Called with each article that is written; a spider may register where it leads."""
