"""Downloader middlewares, in the order in which a request passes them (settings.DOWNLOADER_MIDDLEWARES)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from scrapy import signals
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware as ScrapyMetaRefreshMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.exceptions import CannotResolveHostError, NotConfigured, StopDownload
from scrapy.http import HtmlResponse, Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.response import get_meta_refresh

from newscrawl.download.failures import Refused, rejection
from newscrawl.download.guard import AddressGuard, not_public, refused_address
from newscrawl.download.host import Turn
from newscrawl.download.hosts import Hosts
from newscrawl.download.http import stopping
from newscrawl.download.robots import Answer, RobotsFiles
from newscrawl.download.robots_rules import ROBOTS_BYTES, Robots
from newscrawl.rejections import (
    BadResponse,
    BadScheme,
    BlockedAddress,
    OffSite,
    Redirect,
    RedirectLoop,
    RobotsForbidden,
)
from newscrawl.urls import host, identity, origin, problem

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from newscrawl.crawl.site_crawl import SiteCrawl
    from newscrawl.sites.registry import Site

logger = logging.getLogger(__name__)

ROBOTS_SECONDS = 15.0
"""For one of the two tries at a robots.txt."""


def _hosts(crawler: Crawler) -> Hosts:
    """The run's hosts: the spider's, or ones of its own for a spider that brings none."""
    spider: Any = crawler.spider
    if getattr(spider, "hosts", None) is None:
        spider.hosts = Hosts.from_settings(crawler.settings, wall=partial(_wall, crawler))
    hosts: Hosts = spider.hosts
    return hosts


def _count(crawler: Crawler, meta: dict[str, Any], kind: str) -> None:
    """Counts an event (``events/<kind>``), for the site for which the request is made where it has one."""
    crawl = meta.get("crawl")
    if crawl is not None:
        crawl.stats.add(f"events/{kind}")
    elif crawler.stats:
        crawler.stats.inc_value(f"newscrawl/events/{kind}")


def _wall(crawler: Crawler) -> float:
    """Unix time of the run, which tests and replays shift."""
    clock = getattr(crawler.spider, "clock", None)
    return float(clock.seconds()) if clock is not None else time.time()


class RobotsMiddleware:
    """Refuses what robots.txt forbids, and keeps the pace that it asks for (``download.robots``)."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self.files = RobotsFiles(crawler.settings["ROBOTSTXT_USER_AGENT"], wall=partial(_wall, crawler))
        """With the events for the report."""
        self._delay_max: float = crawler.settings.getfloat("CRAWL_DELAY_MAX")
        self._seconds = min(ROBOTS_SECONDS, crawler.settings.getfloat("DOWNLOAD_TIMEOUT"))
        self._paced: dict[str, Robots] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Scrapy's constructor."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.enough, signals.bytes_received)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Refuses what the host's rules forbid. Raises :class:`Refused`."""
        meta = request.meta
        if meta.get("dont_obey_robotstxt"):
            return
        trouble = problem(request.url)
        if trouble:
            raise Refused(BadScheme, trouble)
        robots = await self.robots(request.url, meta.get("crawl"), meta.get("site"))
        refused = await asyncio.to_thread(robots.refusal, request.url) if robots.large else robots.refusal(request.url)
        if refused:
            if meta.get("start") and refused.kind is RobotsForbidden and not refused.transient:
                self.files.note_event(request.url, "robots_start", request.url, partial(_count, self._crawler, meta))
            raise refused

    async def robots(self, url: str, crawl: SiteCrawl | None = None, site: Site | None = None) -> Robots:
        """The rules for a URL's scheme, host and port; asked for, and remembered, in the name of a site's crawl where one is given."""
        meta = {"crawl": crawl, "site": crawl.site if crawl is not None and site is None else site}
        count = partial(_count, self._crawler, meta)
        robots = await self.files.of(url, partial(self._ask, meta), crawl.store if crawl is not None else None, count)
        key = origin(url)
        if robots.delay and self._paced.get(key) is not robots:
            self._paced[key] = robots
            if robots.delay > self._delay_max:
                self.files.note_event(url, "crawl_delay", f"{robots.delay:g} seconds", count)
            _hosts(self._crawler).crawl_delay(url, min(robots.delay, self._delay_max))
        return robots

    async def _ask(self, meta: dict[str, Any], url: str, headers: dict[str, str]) -> Answer:
        # No bound of Scrapy's for the body: it would refuse a long file unread. `enough` ends it, and of a cut one nothing could be unpacked.
        own = {
            "dont_obey_robotstxt": True,
            "dont_redirect": True,
            "download_maxsize": 0,
            "download_timeout": self._seconds,
            "robots_bytes": 0,
        }
        known = {name: value for name, value in meta.items() if value is not None}
        request = Request(
            url,
            headers={"Accept-Encoding": "identity", **headers},
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
            meta={**known, **own},
        )
        assert self._crawler.engine
        response = await self._crawler.engine.download_async(request)
        found = {
            name: (response.headers.get(name) or b"").decode("latin-1")
            for name in ("Location", "ETag", "Last-Modified")
        }
        return Answer(response.status, {name.lower(): value for name, value in found.items() if value}, response.body)

    def enough(self, data: bytes, request: Request) -> None:
        """Ends the download of a robots.txt that is longer than what is read of one (signal ``bytes_received``)."""
        got = request.meta.get("robots_bytes")
        if got is None:
            return
        request.meta["robots_bytes"] = got + len(data)
        if got + len(data) > ROBOTS_BYTES:
            raise StopDownload(fail=False)


class PaceMiddleware:
    """Lets a request go when its host's turn has come, and tells the hosts what came of it. The middleware nearest to the network."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._turns: dict[Request, Turn] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PaceMiddleware:
        """Scrapy's constructor."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.stop, stopping)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Waits for the host's turn. Raises :class:`Refused` for a host that is left alone."""
        crawl = request.meta.get("crawl")
        site = request.meta.get("site")
        hosts = _hosts(self._crawler)
        if request.meta.pop("at_once", False):
            hosts.waive(request.url)
        try:
            self._turns[request] = await hosts.turn(
                request.url, site, crawl.store if crawl is not None else None, request.priority
            )
        finally:
            self._report(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Any answer, before redirects are followed and bodies decompressed."""
        turn = self._turns.pop(request, None)
        if turn is not None:
            found = {name: (response.headers.get(name) or b"").decode("latin-1") for name in ("Retry-After", "Date")}
            _hosts(self._crawler).answered(
                turn, response.status, {name.lower(): value for name, value in found.items()}
            )
            self._report(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """No answer; a request that was refused before it had its turn is none of the host's doing."""
        turn = self._turns.pop(request, None)
        if turn is not None:
            _hosts(self._crawler).failed(turn, rejection(request.url, exception))
            self._report(request)

    def stop(self) -> None:
        """Refuses what waits for its turn (signal ``stopping``)."""
        _hosts(self._crawler).stop()

    def _report(self, request: Request) -> None:
        """Counts what happened to hosts, and logs it."""
        for event in _hosts(self._crawler).new_events():
            rest = f" (status {event['status']}, {event['seconds']:g} seconds)" if event["status"] else ""
            logger.warning("%s %s%s", event["host"], event["why"], rest)
            _count(self._crawler, request.meta, event["kind"])
            if event["until"] is not None and self._crawler.stats:
                self._crawler.stats.set_value(f"newscrawl/backoff/{event['host']}", event["until"])


class IdentityMiddleware:
    """Completes the User-Agent with the way to reach whoever runs the crawler (setting ``CONTACT``)."""

    def __init__(self, crawler: Crawler) -> None:
        contact = " ".join(str(crawler.settings["CONTACT"] or "").split())
        agent = crawler.settings["USER_AGENT"]
        self._agent = f"{agent} (+{contact})" if contact else agent

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> IdentityMiddleware:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Sets the header where the request has none of its own."""
        request.headers.setdefault(b"User-Agent", self._agent)


class AddressMiddleware:
    """Names a refused address as such: behind Twisted's resolver it looks like an unknown host, which would be retried."""

    def __init__(self, crawler: Crawler) -> None:
        self._guard = AddressGuard(crawler.settings.getlist("PRIVATE_HOSTS"))
        proxies = sorted({"http", "https"} & getproxies().keys())
        if proxies and not crawler.settings.getbool("HTTPPROXY_ENABLED") and not crawler.settings["REPLAY_DIR"]:
            logger.warning(
                "%s_proxy in the environment is not used, because a proxy resolves names behind the address guard's back; "
                "-s HTTPPROXY_ENABLED=True uses it",
                proxies[0],
            )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises :class:`Refused` for an address in the URL itself; IPv6 ones never reach the resolver."""
        name = host(request.url)
        if address := self._guard.refused_literal(name):
            raise Refused(BlockedAddress, not_public(name, address))

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raises :class:`Refused` (``blocked_address``) in the exception's place."""
        name = host(request.url)
        if isinstance(exception, CannotResolveHostError) and (address := refused_address(name)):
            raise Refused(BlockedAddress, not_public(name, address)) from exception


class _RedirectPolicy:
    """Where a candidate's redirect may lead: on its site, and to a page that has no outcome of its own."""

    crawler: Crawler
    max_redirect_times: int

    def _redirect(self, redirected: Request, request: Request, reason: Any) -> Request:
        target = redirected.url
        if trouble := problem(target):
            raise Refused(BadScheme, f"redirected to {target}: {trouble}")
        passed = [*request.meta.get("redirect_urls", []), request.url]
        # Without cookies a URL that comes again comes for ever.
        if target in passed or len(passed) > self.max_redirect_times:
            raise Refused(RedirectLoop, f"{len(passed)} redirects, the last to {target}")
        if address := AddressGuard(self.crawler.settings.getlist("PRIVATE_HOSTS")).refused_literal(host(target)):
            raise Refused(BlockedAddress, f"redirected to {target}: {not_public(host(target), address)}")
        if (site := request.meta.get("site")) is not None and not site.covers(target):
            raise Refused(OffSite, target)
        if (entry := request.meta.get("entry")) is not None and not request.meta["redirects"].claim_target(
            target, entry
        ):
            raise Refused(Redirect, target)
        followed: Request = super()._redirect(redirected, request, reason)  # type: ignore[misc]
        # Scrapy's filter would drop a target that was asked before without a word to anybody.
        followed.dont_filter = True
        return followed


class MetaRefreshMiddleware(_RedirectPolicy, ScrapyMetaRefreshMiddleware):
    """Redirects in mark-up. Only pages whose head names one are decoded for it."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """Follows a refresh in the first 4 kB, as Scrapy does; a page that only loads itself anew is the page."""
        if response.status != 200 or not re.search(rb"http-equiv\s*=\s*[\"']?\s*refresh", response.body[:4096], re.I):
            return response
        page = (
            response
            if isinstance(response, HtmlResponse)
            else HtmlResponse(response.url, headers=response.headers, body=response.body, request=request)
        )
        passed, own = [*request.meta.get("redirect_urls", []), request.url], identity(request.url)
        reloaded = request.meta.get("redirect_reasons", [])[-1:] == ["meta refresh"] and identity(passed[-2]) == own
        try:
            _, target = get_meta_refresh(page, self._ignore_tags)
            # Another spelling of its URL (https, /index.html) may be the true page behind a stub: once.
            if target and identity(target) == own and (reloaded or target.partition("#")[0] in passed):
                return response
            outcome: Request | Response = super().process_response(request, page)
        except ValueError:  # a target of which Scrapy cannot make a request, nor a browser
            return response
        return outcome if isinstance(outcome, Request) else response


class RedirectMiddleware(_RedirectPolicy, ScrapyRedirectMiddleware):
    """Redirects by status."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """Follows, or raises :class:`Refused` with the reason why not."""
        try:
            outcome: Request | Response = super().process_response(request, response)
        except ValueError as error:  # Scrapy cannot make a request of it
            raise Refused(
                BadScheme, f"redirected to {(response.headers.get('Location') or b'').decode('latin-1')}: {error}"
            ) from error
        if request.meta.get("dont_redirect"):  # robots.txt follows its own way
            return outcome
        if isinstance(outcome, Response) and outcome.status in (301, 302, 303, 307, 308):
            location = (outcome.headers.get("Location") or b"").decode("latin-1")
            if not location:
                raise Refused(BadResponse, f"status {outcome.status} without Location")
            raise Refused(BadScheme, f"redirected to {location}")
        return outcome
