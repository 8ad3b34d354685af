"""Downloader middlewares, in the order in which a request passes them (settings.DOWNLOADER_MIDDLEWARES)."""
from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from protego import Protego
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware as ScrapyMetaRefreshMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.exceptions import CannotResolveHostError, NotConfigured
from scrapy.http import HtmlResponse, Request, Response
from scrapy.http.request import NO_CALLBACK

from newscrawl.download.failures import Refused, rejection
from newscrawl.download.guard import AddressGuard, not_public, refused_address
from newscrawl.rejections import (
    BadResponse,
    BadScheme,
    BlockedAddress,
    ConnectionFailed,
    HttpStatus,
    LimitReached,
    Missing,
    OffSite,
    Redirect,
    RedirectLoop,
    Rejection,
    RobotsForbidden,
    TlsError,
)
from newscrawl.urls import host, problem

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

ROBOTS_BYTES = 500 * 1024
"""What is read of a robots.txt (RFC 9309 §2.5)."""
_RULE = re.compile(r"^\s*(user-?agent|allow|disallow|sitemap|crawl-delay|request-rate|visit-time|clean-param|host)\s*:", re.I)


class Robots:
    """The rules of one host: what may be asked, and why not; the sitemaps that it names."""

    def __init__(self, text: str = "", unreachable: Rejection | None = None) -> None:
        # Protego ends a group at a line it does not know, and then allows an agent named above it (OPERATION §3).
        known = "\n".join(line for line in text.splitlines() if _RULE.match(line))
        self._rules = Protego.parse(known)
        self._unreachable = unreachable
        self.sitemaps: list[str] = list(self._rules.sitemaps)

    def refusal(self, url: str, agent: str) -> Refused | None:
        """Why a URL may not be asked; None when it may."""
        if self._unreachable is not None:
            # A host that cannot be reached at all is named as such, one that answers without rules as forbidden.
            silent = isinstance(self._unreachable, (BlockedAddress, ConnectionFailed, TlsError))
            if silent:
                return Refused(type(self._unreachable), self._unreachable.detail)
            detail = f" ({self._unreachable.detail})" if self._unreachable.detail else ""
            return Refused(RobotsForbidden, f"robots.txt could not be asked: {self._unreachable.name}{detail}")
        return None if self._rules.can_fetch(url, agent) else Refused(RobotsForbidden, "forbidden by robots.txt")


class RobotsMiddleware:
    """robots.txt by RFC 9309: 4xx allows everything, 5xx and an unreachable server forbid everything."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._known: dict[str, asyncio.Future[Robots]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuses what the host's rules forbid. Raises :class:`Refused`."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        trouble = problem(request.url)
        if trouble:
            raise Refused(BadScheme, trouble)
        refused = (await self.robots(request.url)).refusal(request.url, self._agent)
        if refused:
            raise refused

    async def robots(self, url: str) -> Robots:
        """The rules for a URL's scheme, host and port, asked for once."""
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc}"
        if key not in self._known:
            self._known[key] = asyncio.get_running_loop().create_future()
            self._known[key].set_result(await self._ask(f"{key}/robots.txt"))
        return await self._known[key]

    async def _ask(self, url: str) -> Robots:
        meta = {"dont_obey_robotstxt": True, "download_maxsize": 10 * 2**20}
        request = Request(url, meta=meta, callback=NO_CALLBACK, priority=1000, dont_filter=True)
        try:
            assert self._crawler.engine
            response = await self._crawler.engine.download_async(request)
        except Exception as error:
            refused = rejection(url, error)
            if isinstance(refused, Missing):
                return Robots()
            if not isinstance(refused, LimitReached):  # the run was stopped
                logger.warning("%s: %s (%s): the host is left alone", url, refused.name, refused.detail)
            return Robots(unreachable=refused)
        if response.status >= 500 or response.status == 429:
            logger.warning("%s: status %d: the host is left alone", url, response.status)
            return Robots(unreachable=HttpStatus(url=url, status=response.status))
        if response.status != 200:
            return Robots()
        body = response.body
        if len(body) > ROBOTS_BYTES:
            body = body[:ROBOTS_BYTES].rpartition(b"\n")[0]
        encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return Robots(body.decode(encoding, "replace").replace("\x00", ""))


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
            logger.warning("%s_proxy in the environment is not used, because a proxy resolves names behind the address guard's back; "
                           "-s HTTPPROXY_ENABLED=True uses it", proxies[0])

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
        trouble = problem(target)
        if trouble:
            raise Refused(BadScheme, f"redirected to {target}: {trouble}")
        passed = [*request.meta.get("redirect_urls", []), request.url]
        # Without cookies a URL that comes again comes for ever.
        if target in passed or len(passed) > self.max_redirect_times:
            raise Refused(RedirectLoop, f"{len(passed)} redirects, the last to {target}")
        address = AddressGuard(self.crawler.settings.getlist("PRIVATE_HOSTS")).refused_literal(host(target))
        if address:
            raise Refused(BlockedAddress, f"redirected to {target}: {not_public(host(target), address)}")
        site = request.meta.get("site")
        if site is not None and not site.covers(target):
            raise Refused(OffSite, target)
        entry = request.meta.get("entry")
        if entry is not None and not request.meta["ledger"].claim(target, entry):
            raise Refused(Redirect, target)
        followed: Request = super()._redirect(redirected, request, reason)  # type: ignore[misc]
        # Scrapy's filter would drop a target that was asked before without a word to anybody.
        followed.dont_filter = True
        return followed


class MetaRefreshMiddleware(_RedirectPolicy, ScrapyMetaRefreshMiddleware):
    """Redirects in mark-up. Only pages whose head names one are decoded for it."""

    def process_response(self, request: Request, response: Response, spider: Spider | None = None) -> Request | Response:
        """Follows a refresh in the first 4 kB, as Scrapy does."""
        if response.status != 200 or not re.search(rb"http-equiv\s*=\s*[\"']?\s*refresh", response.body[:4096], re.I):
            return response
        page = response if isinstance(response, HtmlResponse) else HtmlResponse(
            response.url, headers=response.headers, body=response.body, request=request)
        outcome: Request | Response = super().process_response(request, page)
        return outcome if isinstance(outcome, Request) else response


class RedirectMiddleware(_RedirectPolicy, ScrapyRedirectMiddleware):
    """Redirects by status."""

    def process_response(self, request: Request, response: Response, spider: Spider | None = None) -> Request | Response:
        """Follows, or raises :class:`Refused` with the reason why not."""
        outcome: Request | Response = super().process_response(request, response)
        if isinstance(outcome, Response) and outcome.status in (301, 302, 303, 307, 308):
            location = (outcome.headers.get("Location") or b"").decode("latin-1")
            if not location:
                raise Refused(BadResponse, f"status {outcome.status} without Location")
            raise Refused(BadScheme, f"redirected to {location}")
        return outcome
