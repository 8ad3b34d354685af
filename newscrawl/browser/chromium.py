"""Which Chromium is used, how it is started, and how it ends. Loads no Playwright."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from newscrawl.browser.process_tree import kill, marked

if TYPE_CHECKING:
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

INSTALL = "playwright install chromium (or: apt-get install chromium)"
"""What a user without a browser can do; both are one command."""
EXTRA = "pip install 'newscrawl[browser]'"
"""What a user without Playwright, which steers the browser, can do first."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/usr/bin",
    "/usr/local/bin",
    "/snap/bin",
    "/Applications/Google Chrome.app/Contents/MacOS",
    "/Applications/Chromium.app/Contents/MacOS",
)
_OWN = ("*/chrome", "*/headless_shell", "*/chrome-headless-shell", "*/Chromium.app/Contents/MacOS/Chromium")
HEAP_MEGABYTES = 512
"""Of one page's scripts; V8 ends a page that wants more. Memory beside the heap is watched from outside."""

CLOSING = 8.0
"""Seconds for a page or a browser to close by itself."""
_BASE = 40
"""Characters of a folder's path from which a browser's socket below it may get too long a name; the system's limit is about 100."""

# Nothing that does not go through the proxy of ours, nothing in the background, nothing that outlives the page.
_ARGUMENTS = (
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--dns-prefetch-disable",
    "--no-pings",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-extensions",
    "--mute-audio",
    "--autoplay-policy=user-gesture-required",
    "--disable-remote-fonts",
    "--disable-notifications",
    "--deny-permission-prompts",
    "--disable-features=PrefetchPrivacyChanges,SpeculationRulesPrefetchProxy,MediaRouter,Translate,OptimizationHints",
)


def find(named: str = "") -> str | None:
    """The browser's path: the one that is named, else Playwright's own, Debian's, Chrome; None where there is none."""
    if named:
        return shutil.which(named)
    return next((str(path) for path in _candidates() if os.access(path, os.X_OK)), None)


def steered() -> bool:
    """Whether the libraries that steer a browser are installed; they are the package's extra ``browser``."""
    return all(importlib.util.find_spec(name) is not None for name in ("playwright", "scrapy_playwright"))


def missing(path: str | None) -> str | None:
    """What a user has to install before a page can be rendered in the browser at ``path``; None where all is there."""
    wanted = [words for words, there in ((EXTRA, steered()), (INSTALL, path is not None)) if not there]
    return ", then ".join(wanted) or None


def _candidates() -> Iterable[str | Path]:
    kept = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folder = (
        Path(kept)
        if kept and kept != "0"
        else Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    )
    builds = [path for path in folder.glob("chromium*-*") if path.name.rsplit("-", 1)[-1].isdigit()]
    for build in sorted(builds, key=lambda path: int(path.name.rsplit("-", 1)[-1]), reverse=True):
        for pattern in _OWN:
            yield from sorted(build.glob(pattern))
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            yield found
    yield from (f"{place}/{name}" for place in _PLACES for name in (*_NAMES, "Google Chrome", "Chromium"))


def sandboxed() -> bool:
    """Whether Chromium may start in its sandbox: as root it refuses to."""
    return not hasattr(os, "geteuid") or os.geteuid() != 0


def proxy_of_environment() -> dict[str, str] | None:
    """The user's own proxy, which looks names up itself (setting ``HTTPPROXY_ENABLED``), as Playwright takes it."""
    found = getproxies()
    text = found.get("https") or found.get("http")
    if not text:
        return None
    url = urlsplit(text if "//" in text else f"http://{text}")
    server = {"server": f"{url.scheme}://{url.hostname}:{url.port or 80}"}
    return server | (
        {"username": unquote(url.username), "password": unquote(url.password or "")} if url.username else {}
    )


def launch_options(path: str, proxy: dict[str, str], mark: str, sandbox: bool, folder: str) -> dict[str, object]:
    """Playwright's options: a headless browser that reaches the network through ``proxy`` only.

    ``mark`` stands on its command line; its temporary files go into ``folder``.
    """
    return {
        "executable_path": path,
        "headless": True,
        "chromium_sandbox": sandbox,
        "timeout": 30_000,
        "args": [*_ARGUMENTS, f"--js-flags=--max-old-space-size={HEAP_MEGABYTES}", mark],
        "env": {**os.environ, "TMPDIR": folder},
        "proxy": proxy,  # Playwright sends loopback through it too
        # The run decides when its browser ends, not the signal that stops the run.
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
    }


class Running:
    """One started browser. Its pages end before it is closed."""

    def __init__(self, handler: ScrapyPlaywrightDownloadHandler, mark: str) -> None:
        self.handler = handler
        self.mark = mark
        self.pages = self.active = 0
        self.dead = False
        self.gone = asyncio.Event()
        """Set when it has ended, by itself or by force."""
        self._folder: str | None = None
        self._over = (0.0, "")

    @property
    def version(self) -> str:
        return f"Chromium {self.handler.browser.version}"

    @property
    def over(self) -> str | None:
        """What of it has just been ended for its memory, in words."""
        at, words = self._over
        return words if time.monotonic() - at < CLOSING else None

    @over.setter
    def over(self, words: str) -> None:
        self._over = time.monotonic(), words

    @property
    def connected(self) -> bool:
        browser = getattr(self.handler, "browser", None)
        return not self.dead and not self.gone.is_set() and (browser is None or browser.is_connected())

    def make_folder(self) -> str:
        """A folder for its temporary files: a browser that is killed does not remove them. Raises :class:`OSError`."""
        base = tempfile.gettempdir()
        if len(base) > _BASE and os.access("/tmp", os.W_OK):
            base = "/tmp"
        self._folder = tempfile.mkdtemp(prefix="newscrawl-", dir=base)
        return self._folder

    def follow(self) -> None:
        """Sets ``gone`` when the browser, which has been started, ends."""
        self.handler.browser.on("disconnected", lambda *_: self.gone.set())
        if not self.handler.browser.is_connected():
            self.gone.set()

    async def close(self) -> None:
        """Ends it, by force where it does not end by itself, and removes its files."""
        self.dead = True
        with contextlib.suppress(Exception):
            async with asyncio.timeout(CLOSING):
                await self.handler.close()
        await asyncio.to_thread(self._clear)

    def _clear(self) -> None:
        end = time.monotonic() + CLOSING / 4
        while left := marked(self.mark):
            for process in left:
                kill(process)
            if time.monotonic() > end:
                break
            time.sleep(0.02)  # while one of them lives, it may write
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
