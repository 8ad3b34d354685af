"""Steers one page in the browser: what it may load, when its text is there, and what is done for it (consent, scrolling, 'load more')."""

from __future__ import annotations

import asyncio
import contextlib
import html
import time
import tomllib
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Dialog, Page, Request, Route
from playwright.async_api import Error as PlaywrightError

from newscrawl.browser.rendering import LEAST, LINKS, READ, SCROLL, SIZE, Order
from newscrawl.sites.registry import as_xpath
from newscrawl.urls import host, origin

REQUESTS_MAX = 300
"""One page may make so many requests beside its document."""
POLL, QUIET, LONG_QUIET = 0.1, 0.5, 2.0
"""Seconds between two looks at the text; for which it has to stay as it is; and the same where it is short or something still loads."""
LINKS_MAX = 5000
"""So many links of a list are remembered while it is scrolled."""
SCRIPTS_BYTES = 64 * 2**20
_UNWANTED = frozenset(
    ("image", "media", "font", "texttrack", "manifest", "ping", "cspviolationreport", "eventsource", "signedexchange")
)
_LOADING = frozenset(("script", "xhr", "fetch"))
_FIRST = """path => {
  const found = document.evaluate(path, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
  for (let at = 0; at < found.snapshotLength; at++) {
    const one = found.snapshotItem(at);
    if (one.getClientRects && one.getClientRects().length) return one;
  }
  return null; }"""
_CLICK = f"path => {{ const one = ({_FIRST})(path); if (one) one.click(); return !!one; }}"
_THERE = f"path => !!({_FIRST})(path)"
# No way round the proxy for the page's scripts, and nothing that stays behind.
_CLOSED = "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport', 'SharedWorker']) { try { delete window[name] } catch { } }"


class Scripts:
    """Scripts that pages of a run have loaded, so that each is asked for once; the oldest go first."""

    def __init__(self, most: int = SCRIPTS_BYTES) -> None:
        self._kept: OrderedDict[str, tuple[dict[str, str], bytes]] = OrderedDict()
        self._most = most
        self._size = 0

    def get(self, url: str) -> tuple[dict[str, str], bytes] | None:
        """Returns a script's headers and body."""
        return self._kept.get(url)

    def keep(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Keeps a script, unless its server forbids that."""
        if url in self._kept or "no-store" in headers.get("cache-control", "") or len(body) > self._most // 8:
            return
        wanted = {
            name: value
            for name, value in headers.items()
            if name == "content-type" or name.startswith(("access-control-", "cross-origin-"))
        }
        self._kept[url] = wanted, body
        self._size += len(body)
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1][1])


@dataclass
class Visit:
    """What happens to one page. ``deadline`` is when its text is taken as it is (``time.monotonic``)."""

    order: Order
    scripts: Scripts
    deadline: float
    asked: Counter[str] = field(default_factory=Counter)
    """Requests that were let through, by host."""
    stopped: Counter[str] = field(default_factory=Counter)
    """What the page tried in vain: navigation, popup, dialog, download, and requests by why they were not made."""
    ready: bool = False
    _page: Any = None
    _begun: bool = False
    _loading: set[Request] = field(default_factory=set)
    _links: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    """What a list has shown while it was scrolled: words, rel, whether it is a headline, by address."""
    _active: float = 0.0
    _consent: str | None = None
    """The button that closes a consent wall, until it was clicked."""

    async def prepare(self, page: Page, _request: Any = None) -> None:
        """Sets the bounds; called before the page is opened."""
        self._page = page
        self._active = time.monotonic()
        page.on("dialog", self._dismiss)
        page.context.on("page", self._pop_up)
        page.on("download", lambda _: self.stopped.update(["download"]))
        page.on("request", self._began)
        page.on("requestfinished", self._finished)
        page.on("requestfailed", self._ended)
        await page.context.route("**/*", self._foreign)
        await page.add_init_script(_CLOSED)
        await page.route("**/*", self._route)
        self.ready = True

    async def _dismiss(self, dialog: Dialog) -> None:
        self.stopped["dialog"] += 1
        with contextlib.suppress(PlaywrightError):
            await dialog.dismiss()

    async def _pop_up(self, page: Page) -> None:
        self.stopped["popup"] += 1
        with contextlib.suppress(PlaywrightError):
            await page.close()

    async def _foreign(self, route: Route) -> None:
        """Refuses a request of another page than this one: of a pop-up, before it is closed."""
        with contextlib.suppress(PlaywrightError):
            await route.abort("blockedbyclient")

    def _began(self, request: Request) -> None:
        # A document that is asked for after the page's own is a frame's, which may have the article.
        if request.resource_type in _LOADING or (self._begun and request.resource_type == "document"):
            self._loading.add(request)
            self._active = time.monotonic()

    def _ended(self, request: Request) -> None:
        if request in self._loading:
            self._loading.discard(request)
            self._active = time.monotonic()

    async def _finished(self, request: Request) -> None:
        self._ended(request)
        if request.resource_type != "script" or request.method != "GET" or self.scripts.get(request.url):
            return
        with contextlib.suppress(PlaywrightError):
            response = await request.response()
            if response is not None and response.status == 200:
                self.scripts.keep(request.url, await response.all_headers(), await response.body())

    async def _route(self, route: Route) -> None:
        request = route.request
        with contextlib.suppress(PlaywrightError):
            if request.is_navigation_request() and (not self._begun or request.frame == self._page.main_frame):
                await self._document(route)
                return
            kept = self.scripts.get(request.url) if request.resource_type == "script" else None
            if request.resource_type == "stylesheet":  # no abort: there are scripts that wait for their style sheets
                await route.fulfill(status=200, content_type="text/css", body="")
            elif kept is not None:
                await route.fulfill(status=200, headers=kept[0], body=kept[1])
            elif why := await self._refusal(request):
                self.stopped[why] += 1
                await route.abort("blockedbyclient")
            else:
                self.asked[origin(request.url)] += 1
                await route.fallback()

    async def _document(self, route: Route) -> None:
        """Answers with the page's own document, which is there already; it may not lead anywhere else."""
        if self._begun:
            self.stopped["navigation"] += 1
            await route.abort("aborted")
            return
        self._begun = True
        await route.fulfill(
            status=200, headers={"content-type": self.order.content_type or "text/html"}, body=self.order.body
        )

    async def _refusal(self, request: Request) -> str | None:
        """Returns why a request is not made."""
        if not request.url.startswith(("http://", "https://")):
            return "scheme"
        if request.resource_type in _UNWANTED:
            return "unwanted"
        if _tracks(host(request.url)):
            return "tracker"
        if request.is_navigation_request() and not self.order.site.covers(request.url):
            return "frame"
        if self.asked.total() >= REQUESTS_MAX:
            return "too_many"
        return None if await self.order.allowed(request.url) else "robots"

    async def settle(self) -> str:
        """Returns the page's HTML, once its text is there and steady; at the deadline as it is then."""
        browser = self.order.site.browser
        self._consent = as_xpath(browser.consent) if browser.consent else None
        await self._steady(as_xpath(browser.wait) if browser.wait and not self.order.listing else None)
        if self.order.listing:
            await self._unroll(browser.steps, as_xpath(browser.more) if browser.more else None)
        whole = await self._evaluate(READ)
        text: str = whole if isinstance(whole, str) else await self._page.content()
        return await self._with_gone(text) if self._links else text

    def _note(self, links: Any) -> None:
        """Remembers what a list shows; a page may bend what its scripts give."""
        for link in links if isinstance(links, list) else ():
            match link:
                case [str(address), str(words), str(rel), bool(headline)]:
                    if len(self._links) < LINKS_MAX and len(words) >= len(self._links.get(address, ("",))[0]):
                        self._links[address] = words, rel, headline

    async def _with_gone(self, text: str) -> str:
        """Returns the page with the links that a list has shown and taken away again."""
        shown, self._links = self._links, {}
        self._note(await self._evaluate(LINKS))
        there, lines = self._links, []
        for address, (words, rel, headline) in shown.items():
            if address not in there:
                anchor = f'<a href="{html.escape(address)}" rel="{html.escape(rel)}">{html.escape(words)}</a>'
                lines.append(f"<li><h3>{anchor}</h3></li>" if headline else f"<li>{anchor}</li>")
        at = text.lower().rfind("</body>") if lines else -1
        return f"{text[:at]}<ul>{''.join(lines)}</ul>{text[at:]}" if at >= 0 else text

    async def _unroll(self, steps: int, more: str | None) -> None:
        """Scrolls down, and clicks for more, until nothing more comes."""
        size = await self._evaluate(SIZE)
        self._note(await self._evaluate(LINKS))
        for _ in range(steps):
            if time.monotonic() > self.deadline:
                return
            known = len(self._links)
            self._note(await self._evaluate(SCROLL))
            clicked = await self._evaluate(_CLICK, more) if more else False
            self._active = time.monotonic()
            await self._steady(None, least=0)
            self._note(await self._evaluate(LINKS))
            before, size = size, await self._evaluate(SIZE)
            if size == before and len(self._links) == known and not clicked:
                return

    async def _steady(self, wanted: str | None, least: int = LEAST) -> None:
        """Waits until the text has stopped to change and nothing that could change it is under way."""
        last, changed = None, time.monotonic()
        while (now := time.monotonic()) < self.deadline:
            if self._consent and await self._evaluate(_CLICK, self._consent):
                self._consent = None
                changed = self._active = now
            size = await self._evaluate(SIZE)
            if size != last:
                last, changed = size, now
            quiet = now - changed
            idle = now - self._active if not self._loading else 0.0
            enough = bool(size) and size[0] >= least
            calm = enough and (min(quiet, idle) >= QUIET or quiet >= 2 * LONG_QUIET)
            if (calm or min(quiet, idle) >= LONG_QUIET) and (wanted is None or await self._evaluate(_THERE, wanted)):
                return
            await asyncio.sleep(POLL)

    async def _evaluate(self, script: str, argument: Any = None) -> Any:
        """Returns a script's result; None where the page gives none."""
        with contextlib.suppress(PlaywrightError):
            return await self._page.evaluate(script, argument)
        if self._page.is_closed():
            raise PlaywrightError("the page was closed")
        return None


@cache
def _trackers() -> frozenset[str]:
    data = tomllib.loads(files("newscrawl.browser").joinpath("data", "trackers.toml").read_text(encoding="utf-8"))
    return frozenset(data["hosts"])


def _tracks(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[at:]) in _trackers() for at in range(len(parts) - 1))
