"""Downloader middlewares of newscrawl's spiders, in the order in which a request passes them (:mod:`newscrawl.addon`)."""

from __future__ import annotations

import logging
import re
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware as ScrapyMetaRefreshMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.exceptions import CannotResolveHostError, NotConfigured
from scrapy.http import HtmlResponse, Request, Response
from scrapy.utils.response import get_meta_refresh

from newscrawl.crawl.marks import SITE, START
from newscrawl.crawl.run import Run
from newscrawl.download.failures import Refused, rejection
from newscrawl.download.guard import not_public, refused_address
from newscrawl.download.host import Turn
from newscrawl.rejections import (
    BadResponse,
    BadScheme,
    BlockedAddress,
    OffSite,
    Redirect,
    RedirectLoop,
    RobotsForbidden,
)
from newscrawl.urls import host, identity, problem

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class RobotsMiddleware:
    """Refuses what robots.txt forbids."""

    def __init__(self, run: Run) -> None:
        if run.robots is None:
            raise NotConfigured
        self._run = run
        self._robots = run.robots

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Scrapy's constructor."""
        return cls(Run.of(crawler))

    async def process_request(self, request: Request) -> None:
        """Refuses what the host's rules forbid. Raises :class:`Refused`."""
        meta = request.meta
        if meta.get("dont_obey_robotstxt"):
            return
        trouble = problem(request.url)
        if trouble:
            raise Refused(BadScheme, trouble)
        crawl = self._run.crawl_of(request)
        robots = await self._run.robots_of(request.url, crawl, meta.get(SITE))
        assert robots is not None
        refused = await self._robots.refusal(robots, request.url)
        if refused:
            if meta.get(START) and refused.kind is RobotsForbidden and not refused.transient:
                self._robots.files.note_event(request.url, "robots_start", request.url, partial(self._run.count, crawl))
            raise refused


class PaceMiddleware:
    """Lets a request go when its host's turn has come, and tells the hosts what came of it. The middleware nearest to the network."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._turns: dict[Request, Turn] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PaceMiddleware:
        """Scrapy's constructor."""
        return cls(Run.of(crawler))

    async def process_request(self, request: Request) -> None:
        """Waits for the host's turn. Raises :class:`Refused` for a host that is left alone."""
        crawl = self._run.crawl_of(request)
        if request.meta.pop("at_once", False):
            self._run.hosts.waive(request.url)
        try:
            self._turns[request] = await self._run.hosts.turn(
                request.url, request.meta.get(SITE), crawl.store if crawl is not None else None, request.priority
            )
        finally:
            self._report(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Any answer, before redirects are followed and bodies decompressed."""
        turn = self._turns.pop(request, None)
        if turn is not None:
            found = {name: (response.headers.get(name) or b"").decode("latin-1") for name in ("Retry-After", "Date")}
            self._run.hosts.answered(turn, response.status, {name.lower(): value for name, value in found.items()})
            self._report(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """No answer; a request that was refused before it had its turn is none of the host's doing."""
        turn = self._turns.pop(request, None)
        if turn is not None:
            self._run.hosts.failed(turn, rejection(request.url, exception))
            self._report(request)

    def _report(self, request: Request) -> None:
        """Counts what happened to hosts, and logs it."""
        for event in self._run.hosts.new_events():
            rest = f" (status {event['status']}, {event['seconds']:g} seconds)" if event["status"] else ""
            logger.warning("%s %s%s", event["host"], event["why"], rest)
            self._run.count(self._run.crawl_of(request), event["kind"])
            if event["until"] is not None:
                self._run.stats.set(f"backoff/{event['host']}", event["until"])


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

    def __init__(self, run: Run) -> None:
        self._guard = run.guard
        proxies = sorted({"http", "https"} & getproxies().keys())
        if proxies and not run.settings.getbool("HTTPPROXY_ENABLED") and not run.replayed:
            logger.warning(
                "%s_proxy in the environment is not used, because a proxy resolves names behind the address guard's back; "
                "-s HTTPPROXY_ENABLED=True uses it",
                proxies[0],
            )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        """Scrapy's constructor."""
        return cls(Run.of(crawler))

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

    @cached_property
    def _run(self) -> Run:
        return Run.of(self.crawler)

    def _redirect(self, redirected: Request, request: Request, reason: Any) -> Request:
        target = redirected.url
        if trouble := problem(target):
            raise Refused(BadScheme, f"redirected to {target}: {trouble}")
        passed = [*request.meta.get("redirect_urls", []), request.url]
        # Without cookies a URL that comes again comes for ever.
        if target in passed or len(passed) > self.max_redirect_times:
            raise Refused(RedirectLoop, f"{len(passed)} redirects, the last to {target}")
        if address := self._run.guard.refused_literal(host(target)):
            raise Refused(BlockedAddress, f"redirected to {target}: {not_public(host(target), address)}")
        if (site := request.meta.get(SITE)) is not None and not site.covers(target):
            raise Refused(OffSite, target)
        crawl, page = self._run.crawl_of(request), self._run.page_of(request)
        if crawl is not None and page is not None and not crawl.outcomes.redirects.claim_target(target, page):
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
