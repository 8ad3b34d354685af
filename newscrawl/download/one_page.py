"""Single pages from the network, for commands that are given URLs: through the project's robots, address guard, pace and limits."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import CloseSpider
from scrapy.settings import default_settings

from newscrawl.download.failures import rejection
from newscrawl.download.http import stopping
from newscrawl.download.responses import fetched_at, raw_page
from newscrawl.items import RawPage
from newscrawl.rejections import BadScheme, HttpStatus, NotFetched, Rejection
from newscrawl.urls import origin, problem

if TYPE_CHECKING:
    from types import FrameType

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings, Settings
    from twisted.python.failure import Failure

    from newscrawl.sites.registry import Site

    Handler = Callable[[int, FrameType | None], Any]

_RUN = "newscrawl.crawl.run.Run"
"""The extension that gives the middlewares robots.txt, pace and guard; without a site's spider it has neither outputs nor state."""


Take = Callable[[int, "RawPage | Rejection"], None]


def fetch(url: str, settings: BaseSettings, site: Site | None = None) -> RawPage | Rejection:
    """The page, or why there is none, as :func:`fetch_each` gives it. ``site`` bounds redirects and gives the pace."""
    found: list[RawPage | Rejection] = []
    fetch_each([url], settings, lambda _, outcome: found.append(outcome), lambda _: site)
    return found[0] if found else NotFetched(url=url, detail="the request was stopped", fetched_at=fetched_at())


def fetch_each(
    urls: Sequence[str],
    settings: BaseSettings,
    take: Take,
    site_of: Callable[[str], Site | None],
    meanwhile: Callable[[], Any] = lambda: None,
) -> int:
    """Calls ``take`` with the place in ``urls`` of each page that comes in, and with the page, or why there is none.

    Runs a Scrapy crawl of these requests in this process, so it can be called once a process. ``settings`` are the project's with
    newscrawl's components (:func:`newscrawl.addon.installed`); with ``REPLAY_DIR`` the archive answers. Nothing is written: neither
    outputs nor state. Returns the signal that stopped it, or 0; what had not come in by then is not told of. What ``take`` raises ends the requests and is raised here. ``meanwhile`` is called in
    a thread while the first answers are waited for.
    """
    valid: list[tuple[int, str]] = []
    for at, url in enumerate(urls):
        trouble = problem(url)
        if trouble:
            take(at, BadScheme(url=url, detail=trouble, fetched_at=fetched_at()))
        else:
            valid.append((at, url))
    if not valid:
        return 0
    own: dict[str, Any] = {
        "SPIDER_MODULES": [],
        "ITEM_PIPELINES": {},
        "ITEM_PROCESSOR": default_settings.ITEM_PROCESSOR,  # the package's own loads what watches a run
        "LOG_ENABLED": False,
        "ARCHIVE_DIR": "",
        "FEEDS": {},
        "EXTENSIONS": {**dict.fromkeys(settings.getdict("EXTENSIONS")), _RUN: 0},
        "ADDONS": {},
    }
    copied = cast("Settings", settings.copy())
    copied.setdict(own, priority="cmdline")
    process = AsyncCrawlerProcess(copied)
    stopped = Stop()
    process.crawl(_Pages, urls=valid, take=take, site_of=site_of, meanwhile=meanwhile, stopped=stopped)
    process.start()
    if stopped.error is not None:
        raise stopped.error
    return stopped.signal


class Stop:
    """Why the requests ended before all were answered."""

    signal = 0
    """The signal, or 0."""
    error: BaseException | None = None
    """What the caller's function raised."""

    def listen(self, crawler: Crawler) -> None:
        """Notes a signal before Scrapy's own handler has it, and then refuses what still waits for its host's turn."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if callable(before):  # Scrapy's; a signal that is ignored stays so
                signal.signal(number, partial(self._noted, loop, crawler, before))

    def _noted(
        self, loop: asyncio.AbstractEventLoop, crawler: Crawler, before: Handler, number: int, frame: FrameType | None
    ) -> None:
        self.signal = number
        loop.call_soon_threadsafe(crawler.signals.send_catch_log, stopping)
        before(number, frame)


class _Pages(Spider):
    """Asks for URLs and hands on what came of each."""

    name = "pages"

    def __init__(
        self,
        urls: Sequence[tuple[int, str]],
        take: Take,
        site_of: Callable[[str], Site | None],
        meanwhile: Callable[[], Any],
        stopped: Stop,
    ) -> None:
        super().__init__()
        self._urls, self._take, self._site_of = urls, take, site_of
        self._meanwhile, self._stopped = meanwhile, stopped

    async def start(self) -> AsyncIterator[Any]:
        """The requests; between a host's robots.txt and the first page of it, for which a person waits, there is no pause."""
        self._stopped.listen(self.crawler)
        hosts: set[str] = set()
        for at, url in self._urls:
            site = self._site_of(url)
            meta: dict[str, Any] = {"site": site} if site else {}
            if origin(url) not in hosts:
                hosts.add(origin(url))
                meta["at_once"] = True
            yield Request(
                url,
                callback=self._answered,
                errback=self._failed,
                dont_filter=True,
                meta=meta,
                cb_kwargs={"at": at, "url": url},
            )
        await asyncio.to_thread(self._meanwhile)

    def _answered(self, response: Response, at: int, url: str) -> None:
        page = raw_page(response, url)
        if response.status != 200:
            self._hand(at, HttpStatus(url=url, status=response.status, fetched_at=page.fetched_at))
        else:
            self._hand(at, page)

    def _failed(self, failure: Failure) -> None:
        asked: Request = failure.request  # type: ignore[attr-defined]  # Scrapy's, on what it gives an errback
        at, url = asked.cb_kwargs["at"], asked.cb_kwargs["url"]
        rejected = rejection(url, failure.value, asked.url)
        rejected.fetched_at = rejected.fetched_at or fetched_at()
        self._hand(at, rejected)

    def _hand(self, at: int, outcome: RawPage | Rejection) -> None:
        if self._stopped.signal or self._stopped.error is not None:
            return
        try:
            self._take(at, outcome)
        except BaseException as error:  # Scrapy would log it and go on
            self._stopped.error = error
            self.crawler.signals.send_catch_log(stopping)
            raise CloseSpider("failed") from error
