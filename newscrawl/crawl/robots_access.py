"""Asks for robots.txt files through the run's engine, and keeps the pace that they ask for."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from scrapy import Request, signals
from scrapy.exceptions import StopDownload
from scrapy.http.request import NO_CALLBACK

from newscrawl.download.failures import Refused
from newscrawl.download.robots import Answer, RobotsFiles
from newscrawl.download.robots_rules import ROBOTS_BYTES, Robots
from newscrawl.urls import origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from newscrawl.download.hosts import Hosts
    from newscrawl.items import Notes
    from newscrawl.sites.registry import Site

ROBOTS_SECONDS = 15.0
"""For one of the two tries at a robots.txt."""
READ_BYTES = "robots_bytes"
"""``request.meta`` of a robots.txt: what came of it until now."""


class RobotsAccess:
    """The robots.txt files of one run."""

    def __init__(self, crawler: Crawler, hosts: Hosts, wall: Callable[[], float]) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._hosts = hosts
        self.files = RobotsFiles(settings["ROBOTSTXT_USER_AGENT"], wall=wall)
        """With the events for the report."""
        self._delay_max: float = settings.getfloat("CRAWL_DELAY_MAX")
        self._seconds = min(ROBOTS_SECONDS, settings.getfloat("DOWNLOAD_TIMEOUT"))
        self._paced: dict[str, Robots] = {}
        crawler.signals.connect(self.enough, signals.bytes_received)

    async def of(
        self,
        url: str,
        count: Callable[[str], None],
        *,
        crawl: str | None = None,
        site: Site | None = None,
        notes: Notes | None = None,
    ) -> Robots:
        """The rules for a URL's scheme, host and port; asked for, and remembered in the notes, in the name of the crawl with that label."""
        robots = await self.files.of(url, partial(self._ask, crawl, site), notes, count)
        key = origin(url)
        if robots.delay and self._paced.get(key) is not robots:
            self._paced[key] = robots
            if robots.delay > self._delay_max:
                self.files.note_event(url, "crawl_delay", f"{robots.delay:g} seconds", count)
            self._hosts.crawl_delay(url, min(robots.delay, self._delay_max))
        return robots

    @staticmethod
    async def refusal(robots: Robots, url: str) -> Refused | None:
        """Why the rules forbid a URL; None when they do not."""
        return await asyncio.to_thread(robots.refusal, url) if robots.large else robots.refusal(url)

    async def _ask(self, crawl: str | None, site: Site | None, url: str, headers: dict[str, str]) -> Answer:
        # No bound of Scrapy's for the body: it would refuse a long file unread. `enough` ends it, and of a cut one nothing could be unpacked.
        meta = {
            "crawl": crawl,
            "site": site,
            "dont_obey_robotstxt": True,
            "dont_redirect": True,
            "download_maxsize": 0,
            "download_timeout": self._seconds,
            READ_BYTES: 0,
        }
        request = Request(
            url,
            headers={"Accept-Encoding": "identity", **headers},
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
            meta={name: value for name, value in meta.items() if value is not None},
        )
        response = await self._crawler.engine.download_async(request)
        found = {
            name: (response.headers.get(name) or b"").decode("latin-1")
            for name in ("Location", "ETag", "Last-Modified")
        }
        return Answer(response.status, {name.lower(): value for name, value in found.items() if value}, response.body)

    def enough(self, data: bytes, request: Request) -> None:
        """Ends the download of a robots.txt that is longer than what is read of one (signal ``bytes_received``)."""
        got = request.meta.get(READ_BYTES)
        if got is None:
            return
        request.meta[READ_BYTES] = got + len(data)
        if got + len(data) > ROBOTS_BYTES:
            raise StopDownload(fail=False)
