"""One page from the network, for commands that look at a single URL: through the project's robots, address guard, pace and limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, cast

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

from newscrawl.download.failures import rejection
from newscrawl.download.responses import fetched_at, raw_page
from newscrawl.items import RawPage
from newscrawl.rejections import BadScheme, HttpStatus, NotFetched, Rejection
from newscrawl.urls import problem

if TYPE_CHECKING:
    from scrapy.http import Response
    from scrapy.settings import BaseSettings, Settings
    from twisted.python.failure import Failure

    from newscrawl.sites.registry import Site

_RUN = "newscrawl.crawl.run.Run"
"""The extension that gives the middlewares robots.txt, pace and guard; without a site's spider it has neither outputs nor state."""


def fetch(url: str, settings: BaseSettings, site: Site | None = None) -> RawPage | Rejection:
    """The page, or why there is none. Runs a Scrapy crawl of one request in this process, so it can be called once a process.

    ``settings`` are the project's with newscrawl's components installed (:mod:`newscrawl.addon`); with ``REPLAY_DIR`` the archive answers. ``site`` bounds redirects and gives the pace. Nothing is
    written: neither outputs nor state.
    """
    trouble = problem(url)
    if trouble:
        return BadScheme(url=url, detail=trouble, fetched_at=fetched_at())
    own: dict[str, Any] = {
        "SPIDER_MODULES": [],
        "ITEM_PIPELINES": {},
        "LOG_ENABLED": False,
        "ARCHIVE_DIR": "",
        "FEEDS": {},
        "EXTENSIONS": {**dict.fromkeys(settings.getdict("EXTENSIONS")), _RUN: 0},
        "ADDONS": {},
    }
    copied = cast("Settings", settings.copy())
    copied.setdict(own, priority="cmdline")
    found: list[RawPage | Rejection] = []
    process = AsyncCrawlerProcess(copied)
    process.crawl(_OnePage, url=url, site=site, found=found)
    process.start()
    return found[0] if found else NotFetched(url=url, detail="the request was stopped", fetched_at=fetched_at())


class _OnePage(Spider):
    """Asks for one URL and keeps what came of it."""

    name = "one-page"

    def __init__(self, url: str, site: Site | None, found: list[RawPage | Rejection]) -> None:
        super().__init__()
        self._url, self._site, self._found = url, site, found

    async def start(self) -> AsyncIterator[Any]:
        """The request."""
        yield Request(
            self._url,
            callback=self._answered,
            errback=self._failed,
            dont_filter=True,
            meta={"site": self._site} if self._site else {},
        )

    def _answered(self, response: Response) -> None:
        page = raw_page(response, self._url)
        if response.status != 200:
            self._found.append(HttpStatus(url=self._url, status=response.status, fetched_at=page.fetched_at))
        else:
            self._found.append(page)

    def _failed(self, failure: Failure) -> None:
        asked = getattr(failure, "request", None)
        rejected = rejection(self._url, failure.value, asked.url if asked is not None else None)
        rejected.fetched_at = rejected.fetched_at or fetched_at()
        self._found.append(rejected)
