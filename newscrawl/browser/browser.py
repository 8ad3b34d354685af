"""Runs Chromium through scrapy-playwright: it is started when the first page needs it, bounded, and replaced when it fails.

The document of a page comes by the plain way, with all its guards, and is handed to the browser, which loads what the document
asks for through :class:`~newscrawl.browser.filter_proxy.FilteringProxy`. A browser serves a number of pages and is then replaced,
so that what it leaks is bounded. A page has its own context (cookies, storage), which ends with it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from scrapy import Request, signals
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from newscrawl.browser import chromium
from newscrawl.browser.chromium import CLOSING, Running
from newscrawl.browser.filter_proxy import FilteringProxy
from newscrawl.browser.page import Scripts, Visit
from newscrawl.browser.process_tree import kill, marked
from newscrawl.browser.rendering import Order, RenderFailed, Rendering
from newscrawl.download.http import stopping

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newscrawl.download.guard import AddressGuard

WATCH = 0.25
"""The browser's memory is looked at every so many seconds."""
_RESERVE = 2.0
"""So many seconds of a page's time are kept for reading it out."""

logger = logging.getLogger(__name__)
logging.getLogger("scrapy-playwright").setLevel(
    logging.CRITICAL
)  # it logs each failed page with a traceback; ours are rejections


class _Lost(Exception):
    """The browser has ended under the page."""


class Browser:
    """Renders pages with the Chromium at ``path``; one for a run. Settings: ``BROWSER_PAGES``, ``BROWSER_SECONDS``, ``BROWSER_MEGABYTES``, ``BROWSER_RESTART``."""

    def __init__(self, crawler: Crawler, guard: AddressGuard, path: str) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._path = path
        self._seconds: float = settings.getfloat("BROWSER_SECONDS")
        self._megabytes: int = settings.getint("BROWSER_MEGABYTES")
        self._restart: int = settings.getint("BROWSER_RESTART")
        self._at_once: int = max(1, settings.getint("BROWSER_PAGES"))
        self._maxsize: int = settings.getint("DOWNLOAD_MAXSIZE") or 2**30
        self._verify: bool = settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
        self._own_way = chromium.proxy_of_environment() if settings.getbool("HTTPPROXY_ENABLED") else None
        self._sandbox = chromium.sandboxed()
        self._turns = asyncio.Semaphore(self._at_once)
        self._starting = asyncio.Lock()
        self._proxy = FilteringProxy(guard, 4 * self._maxsize)
        self._scripts = Scripts()
        self._running: Running | None = None
        self._all: set[Running] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._watcher: asyncio.Task[None] | None = None
        self.stopped = False
        self.starts = 0
        crawler.signals.connect(self.stop, stopping)
        crawler.signals.connect(self.close, signals.spider_closed)

    async def render(self, order: Order) -> Rendering:
        """Returns the page with its scripts' work done. Raises :class:`RenderFailed`; a browser that ended is started anew, once for a page."""
        task = asyncio.current_task()
        assert task
        self._under_way.add(task)
        try:
            async with self._turns:
                for again in (True, False):
                    try:
                        return await self._on(await self._started(), order)
                    except _Lost as lost:
                        if not again or self.stopped:
                            raise RenderFailed(f"the browser ended: {lost}") from lost
            raise AssertionError
        except asyncio.CancelledError:
            if self.stopped:
                raise RenderFailed("the run was stopped") from None
            raise
        finally:
            self._under_way.discard(task)

    async def _started(self) -> Running:
        """Returns a browser that may take another page."""
        async with self._starting:
            if self.stopped:
                raise RenderFailed("the run was stopped")
            now = self._running
            if now is None or not now.connected or now.pages >= self._restart:
                self._running = None
                if now is not None and not now.active:
                    await self._end(now)
                now = self._running = await self._launch()
            now.pages += 1
            now.active += 1
            return now

    async def _launch(self) -> Running:
        running, left = None, 2
        while running is None:
            try:
                running = await self._start()
            except RenderFailed as failed:
                if self._sandbox and "sandbox" in str(failed):
                    self._sandbox = False  # a system without user namespaces
                    continue
                left -= 1
                if (
                    not left or self.stopped or "has been closed" not in str(failed)
                ):  # killed while it started; what is slow is not tried again
                    raise
        if not self._sandbox and not self.starts:
            logger.warning("the browser runs without its sandbox: this user or system cannot give it one")
        self.starts += 1
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.ensure_future(self._watch())
        return running

    async def _start(self) -> Running:
        mark = f"--newscrawl-run={secrets.token_hex(8)}"
        handler = ScrapyPlaywrightDownloadHandler(self._crawler)
        handler.process_request_headers = None
        running = Running(handler, mark)
        self._all.add(running)
        try:
            proxy = self._own_way or {"server": await self._proxy.start()}
            handler.config.launch_options = chromium.launch_options(
                self._path, proxy, mark, self._sandbox, running.make_folder()
            )
            handler.config.restart_disconnected_browser, handler.config.target_closed_max_retries = False, 0
            async with asyncio.timeout(60):
                await handler._launch()
                await handler._maybe_launch_browser()
            running.follow()
        except BaseException as error:
            await self._end(running)
            if not isinstance(error, (PlaywrightError, OSError, TimeoutError)):
                raise
            text = "no usable sandbox" if "no usable sandbox" in str(error).lower() else _first_line(error)
            raise RenderFailed(f"{self._path} does not start: {text}") from error
        return running

    async def _end(self, running: Running) -> None:
        await running.close()
        self._all.discard(running)

    async def _on(self, running: Running, order: Order) -> Rendering:
        """Returns the page in one browser. Raises :class:`RenderFailed` for the page's fault, :class:`_Lost` for the browser's."""
        name = secrets.token_hex(8)
        visit = Visit(order, self._scripts, time.monotonic() + max(1.0, self._seconds - _RESERVE))
        crashed = asyncio.Event()
        work = asyncio.ensure_future(self._visit(running, name, visit, crashed))
        # A call to a browser that dies may never return, so its end is waited for too.
        ends = [asyncio.ensure_future(event.wait()) for event in (crashed, running.gone)]
        try:
            await asyncio.wait({work, *ends}, timeout=self._seconds + _RESERVE, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                html = work.result()
            elif not running.connected:
                raise _Lost(running.over or "killed or crashed")
            elif crashed.is_set():
                raise RenderFailed(running.over or "its page crashed", passing=False)
            else:
                raise RenderFailed(f"the page does not answer within {self._seconds:g} seconds", passing=False)
        except PlaywrightError as error:
            await asyncio.sleep(WATCH)  # the news that a page or a browser has ended may come after its effect
            running.dead = running.dead or "Connection closed" in str(error)  # Playwright's own process has ended
            if not running.connected:
                raise _Lost(running.over or "killed or crashed") from error
            raise RenderFailed(
                running.over if crashed.is_set() and running.over else _first_line(error), passing=not crashed.is_set()
            ) from error
        finally:
            for one in (work, *ends):
                one.cancel()
            await asyncio.gather(work, *ends, return_exceptions=True)
            await self._leave(running, name)
        if len(html.encode("utf-8", "replace")) > self._maxsize:
            raise RenderFailed("the rendered page is larger than the limit", passing=False)
        return Rendering(html=html, browser=running.version, asked=dict(visit.asked), stopped=dict(visit.stopped))

    async def _visit(self, running: Running, name: str, visit: Visit, crashed: asyncio.Event) -> str:
        meta: dict[str, Any] = {
            "playwright": True,
            "playwright_context": name,
            "playwright_include_page": True,
            "playwright_page_init_callback": visit.prepare,
            "playwright_context_kwargs": {
                "user_agent": visit.order.user_agent,
                "accept_downloads": False,
                "service_workers": "block",
                "ignore_https_errors": not self._verify,
                "viewport": {"width": 1280, "height": 2000},
            },
            "playwright_page_event_handlers": {"crash": lambda *_: crashed.set()},
            "playwright_page_goto_kwargs": {"wait_until": "commit", "timeout": 1000 * self._seconds},
        }
        request = Request(visit.order.url, meta=meta, dont_filter=True)
        await running.handler.download_request(request)
        if not visit.ready:
            raise PlaywrightError("the page's bounds could not be set")
        return await visit.settle()

    async def _leave(self, running: Running, name: str) -> None:
        """Closes the page's context; a browser that cannot is ended."""
        running.active -= 1
        wrapper = running.handler.context_wrappers.get(name)
        if wrapper is not None and running.connected:
            try:
                async with asyncio.timeout(CLOSING):
                    await wrapper.context.close()
            except (PlaywrightError, TimeoutError):
                running.dead = True
        if not running.active and (not running.connected or running is not self._running):
            await self._end(running)

    async def _watch(self) -> None:
        """Ends pages, and browsers, that take more memory than they may."""
        most = self._megabytes * 2**20
        while self._all:
            for running in [one for one in self._all if one.active]:
                processes = await asyncio.to_thread(marked, running.mark)
                pages = [one for one in processes if one.renderer and one.memory > most]
                for process in pages:
                    running.over = f"the page took more than {self._megabytes} MB of memory"
                    kill(process)
                if not pages and sum(one.memory for one in processes) > (self._at_once + 1) * most:
                    running.over = "it took too much memory"
                    for process in processes:
                        kill(process)
            await asyncio.sleep(WATCH)

    def stop(self) -> None:
        """Ends the pages in work when the run was asked to stop (signal ``stopping``)."""
        self.stopped = True
        for task in self._under_way:
            task.cancel()

    async def close(self) -> None:
        """Ends the browser; nothing of it is left afterwards."""
        self.stopped = True
        if self._watcher is not None:
            self._watcher.cancel()
        for running in list(self._all):
            await self._end(running)
        await self._proxy.close()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
