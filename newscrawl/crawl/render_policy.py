"""The render policy: pages go through the browser where their HTML is an empty shell, or where the site file says so.

The cheapest source comes first: the article in the HTML, the state that is embedded there, the browser. What a site's pages needed
is remembered (notes of the kind ``browser``); while most of the last ones needed the browser, pages go there directly.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from newscrawl.archive.recorder import ARCHIVED, ROLE
from newscrawl.archive.replay import Archive
from newscrawl.browser import chromium
from newscrawl.browser.rendering import Order, RenderFailed, Rendering
from newscrawl.crawl.marks import SITE
from newscrawl.discover.reading import ANY, SECTION
from newscrawl.download.failures import Refused
from newscrawl.download.responses import raw_page
from newscrawl.extraction.pool import PoolClosed, shell_page
from newscrawl.items import Article, RawPage
from newscrawl.rejections import ConsentWall, NotAnArticle, Rejection
from newscrawl.urls import normalise, origin

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from newscrawl.browser.browser import Browser
    from newscrawl.crawl.outcomes import PageResult
    from newscrawl.crawl.site_crawl import SiteCrawl
    from newscrawl.discover.reading import Reading
    from newscrawl.download.context import FetchContext
    from newscrawl.sites.registry import Site

LAST, NEEDED = 4, 3
"""Of so many pages so many have needed the browser: then all go there."""
TRIAL = 20
"""Every so many pages that went there directly, one is tried the plain way."""
IN_VAIN = 6
"""Shells in a row that gave no article in the browser either, after which a site's shells are left as they are for the run."""
SHORT = 300
"""Characters of an article's text up to which its page may be a shell."""
FEW = 3
"""Links up to which a section page may be a shell."""
_KIND, _PAGES = "browser", "pages"

logger = logging.getLogger(__name__)


class Renderers:
    """What a run renders pages with: a browser, or the archive that a replay reads."""

    def __init__(self, crawler: Crawler, run: FetchContext) -> None:
        self._crawler = crawler
        self._run = run
        self._archive: Archive | None = None
        self._browser: Browser | None = None
        self._path = chromium.find(crawler.settings["BROWSER"])
        self._missing = chromium.missing(self._path)

    def saved(self, url: str) -> Rendering | None:
        """A replay's rendering."""
        if self._run.replay is None:
            return None
        if self._archive is None:
            self._archive = Archive(self._run.replay)
        found = self._archive.rendered(url)
        return Rendering(html=found[0], browser=found[1]) if found else None

    async def render(self, order: Order) -> Rendering:
        """Returns the page as a browser shows it. Raises :class:`RenderFailed`."""
        found = self.saved(order.url)
        if found is None:
            self._check()
            if self._browser is None:
                # With Playwright, half as much again as the whole crawler; in a thread the others go on meanwhile.
                module = await asyncio.to_thread(importlib.import_module, "newscrawl.browser.browser")
                self._browser = self._browser or module.Browser(self._crawler, self._run.guard, self._path)
            found = await self._browser.render(order)
        return found

    def keep(self, page: RawPage, response: Response, *, used: bool = True) -> None:
        """Puts a rendering into the archive, where there is one; ``used``: it counts, not the response's own body. Raises :class:`PoolClosed`."""
        archived, recorder = response.meta.get(ARCHIVED), self._run.archive
        if recorder is not None and archived:
            try:
                recorder.rendered(
                    response.url, page.body.decode("utf-8", "replace"), archived, page.rendered or "", used=used
                )
            except Refused as error:
                raise PoolClosed("the archive cannot be written") from error

    def _check(self) -> None:
        """Raises :class:`RenderFailed` where there is nothing to render with."""
        if self._run.replay is not None:
            raise RenderFailed("the archive has no rendering of it", passing=False)
        if self._missing is not None:
            raise RenderFailed(f"{_WANTED}{self._missing}", passing=False)


_WANTED = "a browser would be needed: "
"""What a page's failure begins with where the browser, or what steers it, is not installed."""


class SiteRendering:
    """The browser's part in one site's crawl."""

    def __init__(self, crawl: SiteCrawl) -> None:
        self._crawl = crawl
        self._stats = crawl.stats
        self._mode = crawl.site.javascript
        kept = crawl.store.note(_KIND, _PAGES)
        self._recent: list[int] = [int(one) for one in kept][-LAST:] if isinstance(kept, list) else []
        self._since_trial = TRIAL  # the first page of a run is a trial
        self._vain = 0
        if self.direct:
            self._say_direct("remembered from the last run")

    @property
    def direct(self) -> bool:
        """Whether pages go to the browser without a look at their HTML."""
        return self._mode == "always" or (self._mode == "auto" and sum(self._recent) >= NEEDED)

    def entry_point_needs_browser(self, url: str) -> bool:
        """Returns whether an entry point is rendered, so that its HTML says nothing of what it lists."""
        if self._mode == "never":
            return False
        return (
            self._mode == "always"
            or self._crawl.site.browser.steps > 0
            or bool(self._crawl.store.note(_KIND, normalise(url)))
        )

    async def article(self, page: RawPage, response: Response, result: PageResult) -> Article | Rejection:
        """The record of an article's page, from its HTML or from the browser. Raises :class:`PoolClosed` when the run was stopped."""
        site: Site = response.meta[SITE]
        if self._plain_first(response.url):
            self._since_trial = 0
            outcome: Article | Rejection = await self._extract(page, site)
            if not await self._shows_more(outcome, page, site):
                if isinstance(outcome, Article):
                    self._learn(needed=False)
                return outcome
        else:
            self._since_trial += 1
            outcome = NotAnArticle(url=page.url, fetched_at=page.fetched_at)
        try:
            rendered = await self._render(page, response, listing=False)
        except RenderFailed as failed:
            return await self._without(page, site, outcome, result, failed)
        found = await self._extract(rendered, site)
        plain = (
            await self._extract(page, site)
            if type(outcome) is NotAnArticle and not isinstance(found, Article)
            else outcome
        )
        if isinstance(plain, Article) and (not isinstance(found, Article) or len(found.text) <= len(plain.text)):
            self._crawl.run.browser.keep(rendered, response, used=False)
            self._learn(needed=False)
            return plain
        self._crawl.run.browser.keep(rendered, response)
        if isinstance(found, Article):
            result.headers = {}  # validators speak of the shell
            self._learn(needed=True)
        self._vain = 0 if isinstance(found, Article) else self._vain + 1
        if self._vain == IN_VAIN:
            logger.info(
                "%d empty pages of %s in a row stayed empty in the browser: the others of this run are not tried",
                IN_VAIN,
                self._crawl.label,
            )
        return found

    async def _extract(self, page: RawPage, site: Site) -> Article | Rejection:
        with self._stats.extracting():
            return await self._crawl.run.pool.extract(page, site)

    def _plain_first(self, url: str) -> bool:
        if self._crawl.run.replayed:
            return self._mode == "never" or self._crawl.run.browser.saved(url) is None
        return not self.direct or (self._mode == "auto" and self._since_trial >= TRIAL)

    async def _shows_more(self, outcome: Article | Rejection, page: RawPage, site: Site) -> bool:
        """Returns whether a page that gave no article, or hardly one, may give one in the browser."""
        if (
            self._mode == "never" or self._vain >= IN_VAIN or self._crawl.run.replayed
        ):  # a replay uses what was rendered, before anything else
            return False
        if isinstance(outcome, Article):  # a wall's words, or 'please switch on JavaScript'
            return len(outcome.text) < SHORT and await self._crawl.run.pool.call(shell_page, page)
        return isinstance(outcome, NotAnArticle) and (
            outcome.shell or (isinstance(outcome, ConsentWall) and site.browser.consent is not None)
        )

    async def _without(
        self, page: RawPage, site: Site, outcome: Article | Rejection, result: PageResult, failed: RenderFailed
    ) -> Article | Rejection:
        """What a page gives whose rendering failed."""
        if self._crawl.run.stopping:
            raise PoolClosed("the run was stopped") from failed
        if type(outcome) is NotAnArticle:
            outcome = await self._extract(page, site)
        if isinstance(outcome, Rejection):
            self._miss(f"{page.url}: {failed}")
            outcome.detail = f"{outcome.detail or ''}; {failed}".removeprefix("; ")
            result.transient = failed.passing
        return outcome

    async def read_entry_point(
        self,
        asked: str,
        response: Response,
        read: Callable[[Response], Awaitable[Reading]],
    ) -> tuple[Reading, Response]:
        """What the entry point ``asked`` lists, from its HTML or from the browser, and the page that says so."""
        needed = self.entry_point_needs_browser(asked) and response.meta[ROLE] in (SECTION, ANY) and _html(response)
        found = None if needed else await read(response)
        if found is not None and (
            found.found != "page" or found.count > FEW or self._mode == "never" or found.nofollow
        ):
            return found, response
        page = raw_page(response, response.url)
        saved = self._crawl.run.browser.saved(response.url) is not None
        if (
            found is not None
            and not saved
            and (self._crawl.run.replayed or not await self._crawl.run.pool.call(shell_page, page))
        ):
            return found, response
        try:
            rendered = await self._render(page, response, listing=True)
        except RenderFailed as failed:
            if self._crawl.run.stopping:
                raise PoolClosed("the run was stopped") from failed
            self._miss(f"{response.url}: {failed}")
            return found if found is not None else await read(response), response
        self._crawl.run.browser.keep(rendered, response)
        shown = response.replace(
            body=rendered.body, headers={**response.headers, b"Content-Type": b"text/html; charset=utf-8"}
        )
        again = await read(shown)
        if found is not None and again.count > found.count:
            self._crawl.store.remember(_KIND, normalise(asked), True)
        return again, shown

    async def _render(self, page: RawPage, response: Response, *, listing: bool) -> RawPage:
        request: Request = response.request  # type: ignore[assignment]
        order = Order(
            url=response.url,
            body=page.body,
            content_type=page.headers.get("content-type", ""),
            site=response.meta[SITE],
            allowed=self._allowed,
            user_agent=(request.headers.get("User-Agent") or b"").decode("latin-1"),
            listing=listing,
        )
        found = await self._crawl.run.browser.render(order)
        self._stats.add("browser/pages")
        for name, number in found.asked.items():
            self._stats.add("browser/requests", number)
            self._crawl.run.hosts.charge(name, number)
        for name, number in found.stopped.items():
            self._stats.add(f"browser/stopped/{name}", number)
        headers = {**page.headers, "content-type": "text/html; charset=utf-8"}
        return msgspec.structs.replace(
            page, body=found.html.encode("utf-8", "replace"), headers=headers, rendered=found.browser
        )

    async def _allowed(self, url: str) -> bool:
        """Whether a page may ask for more: its host is not left alone and does not rest, and robots.txt allows it."""
        hosts = self._crawl.run.hosts
        if hosts.left_alone(url) or hosts.resting(url) > 0:
            return False
        try:
            rules = await self._crawl.run.robots_of(url, self._crawl)
            return rules is None or rules.refusal(url) is None
        except Exception:  # whatever came in robots.txt's place
            logger.debug("robots.txt of %s could not be asked", origin(url), exc_info=True)
            return False

    def _learn(self, *, needed: bool) -> None:
        """Writes down whether a page needed the browser."""
        if self._mode != "auto":
            return
        before = self.direct
        recent = [*self._recent, int(needed)][-LAST:]
        if recent != self._recent:
            self._recent = recent
            self._crawl.store.remember(_KIND, _PAGES, recent)
        if self.direct and not before:
            self._say_direct(f"{sum(recent)} of the last {len(recent)} needed it")
        elif before and not self.direct:
            logger.info("pages of %s no longer need the browser", self._crawl.label)

    def _say_direct(self, why: str) -> None:
        self._stats.set("browser/direct", 1)
        logger.info(
            "pages of %s go to the browser directly: %s",
            self._crawl.label,
            "the site file says so" if self._mode == "always" else why,
        )

    def _miss(self, why: str) -> None:
        self._stats.add("browser/missed")
        if _WANTED in why:
            if not self._stats.get("browser/absent"):
                self._stats.set("browser/absent", 1)
                logger.warning(
                    "pages of %s need a browser, and there is none: %s; -s BROWSER=PATH names another",
                    self._crawl.label,
                    why.partition(_WANTED)[2],
                )
        else:
            logger.info("not rendered: %s", why)


def _html(response: Response) -> bool:
    told = (response.headers.get("Content-Type") or b"html").lower()
    return b"html" in told and not response.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower().startswith(
        (b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex")
    )
