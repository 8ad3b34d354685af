"""One run: what it is made of, built once and given to every component that takes part in it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import signals

from newscrawl.archive import replay
from newscrawl.archive.recorder import Recorder, archive_failed
from newscrawl.browser import chromium
from newscrawl.crawl.clock import Clock
from newscrawl.crawl.marks import CRAWL, PAGE
from newscrawl.crawl.render_policy import Renderers
from newscrawl.crawl.robots_access import RobotsAccess
from newscrawl.download.context import FetchContext
from newscrawl.download.guard import AddressGuard
from newscrawl.download.hosts import Hosts
from newscrawl.download.http import GRACE, stopping
from newscrawl.extraction.pool import PAGE_BYTES, ExtractorPool
from newscrawl.monitor.counts import RunStats
from newscrawl.spiders.arguments import ArgumentError
from newscrawl.spiders.base import SiteSpider
from newscrawl.state import lock
from newscrawl.state.database import DatabaseError, StateError, disk_full
from newscrawl.state.revisit_policy import seconds, steps
from newscrawl.state.store import Store

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from newscrawl.crawl.site_crawl import SiteCrawl
    from newscrawl.download.robots_rules import Robots
    from newscrawl.sites.registry import Site
    from newscrawl.state.frontier import Entry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a run, from its settings. Raises ArgumentError where they cannot be read."""

    seconds: float
    """For one page in a worker."""
    megabytes: int
    """For one worker."""
    page_bytes: int
    min_confidence: float
    section_pages: int
    revisit: tuple[float, ...]
    """Seconds after publication at which an article is looked at again."""
    withdraw_after: float
    """Seconds between the two looks that tell that an article is gone."""

    @classmethod
    def of(cls, settings: BaseSettings) -> Limits:
        """As the settings say."""
        try:
            return cls(
                seconds=settings.getfloat("EXTRACT_TIMEOUT"),
                megabytes=settings.getint("EXTRACT_MEGABYTES"),
                page_bytes=settings.getint("DOWNLOAD_MAXSIZE") or PAGE_BYTES,
                min_confidence=settings.getfloat("MIN_CONFIDENCE"),
                section_pages=settings.getint("SECTION_PAGES"),
                revisit=steps(settings["REVISIT"]),
                withdraw_after=seconds(settings["WITHDRAW_AFTER"]),
            )
        except ValueError as error:
            raise ArgumentError(str(error)) from error


class Run(FetchContext):
    """Extension: one crawler's run, found by :meth:`of`. The sites' states are its own until it ends."""

    clock: Clock
    pool: ExtractorPool
    """The extraction's workers; a run without sites extracts nothing."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.settings = crawler.settings
        self.id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(2)
        self.sites: tuple[Site, ...] = crawler.spider.sites if isinstance(crawler.spider, SiteSpider) else ()
        """None for a command that asks for one page alone: such a run has no state."""
        self.limits = Limits.of(self.settings)
        if self.settings["BROWSER"] and chromium.find(self.settings["BROWSER"]) is None:
            raise ArgumentError(
                f"BROWSER={self.settings['BROWSER']} is no program that can be run; without the setting Chromium is looked for"
            )
        if self.settings["BROWSER"] and not chromium.steered():
            raise ArgumentError(f"BROWSER={self.settings['BROWSER']} cannot be steered: {chromium.EXTRA}")
        self.replay = replay_folder(self.settings, self.sites)
        self.clock = self._new_clock()
        self.stats = RunStats(crawler)
        self.guard = AddressGuard(self.settings.getlist("PRIVATE_HOSTS"))
        self.hosts = Hosts.from_settings(
            self.settings, self._seconds_left, self.clock.seconds, paced=self.replay is None
        )
        self.robots = (
            RobotsAccess(crawler, self.hosts, self.clock.seconds) if self.settings.getbool("ROBOTSTXT_OBEY") else None
        )
        """None: robots.txt is not asked for."""
        self.stores: dict[str, Store] = {}
        """Each site's state by its name."""
        self._open_states()
        self.archive = self._new_archive()
        self.browser = Renderers(crawler, self)
        if self.sites:
            self.pool = ExtractorPool(
                seconds=self.limits.seconds,
                megabytes=self.limits.megabytes,
                page_bytes=self.limits.page_bytes,
                model=self.settings.get("MODEL") or "",
            )
        self.crawls: list[SiteCrawl] = []
        """One for each site, once the spider is open."""
        self.asked = 0
        """Article pages that were asked for."""
        self.stopping = False
        connect = crawler.signals.connect
        connect(self._begin, signals.spider_opened)
        connect(self._close, signals.spider_closed)
        connect(self._leave, signals.engine_stopped)
        connect(self._stop, stopping)
        connect(self._archive_failed, archive_failed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Run:
        """Scrapy's constructor. Raises ArgumentError for settings or a state that cannot be used."""
        run = cls(crawler)
        spider = crawler.spider
        if isinstance(spider, SiteSpider):
            spider.joined(run)
        return run

    @property
    def spider(self) -> SiteSpider:
        """The run's spider; only a command that asks for one page alone has none."""
        assert isinstance(self.crawler.spider, SiteSpider)
        return self.crawler.spider

    @property
    def replayed(self) -> bool:
        """Whether an archive answers in the network's place."""
        return self.replay is not None

    def _new_clock(self) -> Clock:
        """The system's time, or that at which the archive was made."""
        try:
            return Clock(replay.Archive(self.replay).fetched_at if self.replay and self.sites else None)
        except replay.ReplayError as error:
            raise ArgumentError(str(error), 1) from error

    def _new_archive(self) -> Recorder | None:
        folder = self.settings["ARCHIVE_DIR"]
        if not folder:
            return None
        size, version = self.settings.getint("ARCHIVE_BYTES"), self.settings["BOT_VERSION"] or ""
        return Recorder(self.crawler.signals, Path(folder), self.id, self.clock, size, version)

    def _open_states(self) -> None:
        """Each site's state. A replay says nothing of the live site, so its state ends with it; the built-in demo is its own site."""
        folder = Path(self.settings["STATE_DIR"])
        full = any(options.get("overwrite") for options in self.settings.getdict("FEEDS").values())
        try:
            for site in self.sites:
                path = None
                if not self.settings["REPLAY_DIR"]:
                    path = folder / f"{site.name}.sqlite"
                    lock.acquire(path.with_suffix(".lock"), site.name)
                store = self.stores[site.name] = Store(path, self.clock.seconds)
                store.begin_run(self.id, full)
        except StateError as error:
            raise ArgumentError(str(error), error.status) from error
        except DatabaseError as error:
            raise ArgumentError(f"{folder}: {error}", 74 if disk_full(error) else 1) from error

    def _begin(self) -> None:
        gc.collect()
        gc.freeze()  # what is loaded stays; looking through it again and again stops the event loop for 50 ms each time

    def _close(self) -> None:
        if self.sites:
            self.pool.close()
        for crawl in self.crawls:
            with self.guarding_state():
                crawl.stats.add("left_over", crawl.unfinished())

    def _leave(self) -> None:
        """The last thing of a run, when every output has ended."""
        folder = Path(self.settings["STATE_DIR"])
        for name, store in self.stores.items():
            with self.guarding_state():
                store.end_run()
            store.close()
            lock.release(folder / f"{name}.lock")

    def _stop(self) -> None:
        """The run was asked to stop: pages in work have a few seconds, then they are left over, as what was not asked for is."""
        self.stopping = True
        self.hosts.stop()
        if self.sites:
            asyncio.get_running_loop().call_later(GRACE, self.pool.close)
        for crawl in self.crawls:
            crawl.wake()

    def _seconds_left(self) -> float | None:
        """What the run's bound leaves; None without one."""
        minutes = self.spider.arguments.max_minutes if self.sites else None
        return max(0.0, 60 * minutes - self.clock.running) if minutes else None

    @property
    def crowded(self) -> bool:
        """Whether the workers have as many pages before them as keeps them busy."""
        return self.pool.waiting > 2 * self.pool.window

    def ended(self) -> None:
        """A page has ended: sites that waited for the workers go on."""
        for crawl in self.crawls:
            crawl.wake()

    def crawl_of(self, request: Request) -> SiteCrawl | None:
        """The site's crawl for which a request is made."""
        label = request.meta.get(CRAWL)
        return next((crawl for crawl in self.crawls if crawl.label == label), None) if label is not None else None

    def page_of(self, request: Request) -> Entry | None:
        """The page under way that a request is for; None for anything else than an article's page."""
        crawl = self.crawl_of(request)
        return crawl.under_way(request.meta[PAGE]) if crawl is not None and PAGE in request.meta else None

    def count(self, crawl: SiteCrawl | None, kind: str) -> None:
        """Counts an event (``events/<kind>``), for a site where it is one's."""
        (crawl.stats if crawl is not None else self.stats).add(f"events/{kind}")

    async def robots_of(self, url: str, crawl: SiteCrawl | None = None, site: Site | None = None) -> Robots | None:
        """The rules of a URL's host, asked for in the name of a site's crawl where one is given; None where robots.txt is not obeyed."""
        if self.robots is None:
            return None
        return await self.robots.of(
            url,
            lambda kind: self.count(crawl, kind),
            crawl=crawl.label if crawl is not None else None,
            site=crawl.site if crawl is not None and site is None else site,
            notes=crawl.store if crawl is not None else None,
        )

    @contextlib.contextmanager
    def guarding_state(self) -> Iterator[None]:
        """Turns a state that cannot be written into the run's failure."""
        try:
            yield
        except DatabaseError as error:
            self.state_failed(error)

    def state_failed(self, error: DatabaseError) -> None:
        """Ends the run because the state cannot be written."""
        full, folder = disk_full(error), self.settings["STATE_DIR"]
        text = "no space left on the disk" if full else str(error)
        if not self.stats.output_error:
            self.stats.output_failed(OSError(28 if full else 5, text, folder))
            logger.error("cannot write the state in %s: %s", folder, error)
            self.stats.stop("output_error")

    def _archive_failed(self, error: OSError) -> None:
        """Ends the run because its archive cannot be written: a record whose page is not kept shall not be."""
        if not self.stats.output_error:
            self.stats.output_failed(error)
            logger.error("cannot write %s: %s", error.filename or self.settings["ARCHIVE_DIR"], error.strerror or error)
            self.stats.stop("output_error")


def replay_folder(settings: BaseSettings, sites: tuple[Site, ...]) -> Path | None:
    """The archive that answers a run's requests: ``REPLAY_DIR``, or that of the built-in demo; None for the network. Raises ArgumentError."""
    if settings["REPLAY_DIR"]:
        return Path(settings["REPLAY_DIR"])
    if not sites or not sites[0].replay:
        return None
    try:
        return replay.locate(str(sites[0].replay))
    except replay.ReplayError as error:
        raise ArgumentError(str(error), 1) from error
