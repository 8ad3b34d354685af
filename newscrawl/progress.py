"""How a run goes: the live line on a terminal, the summary at its end, and the exit status."""
from __future__ import annotations

import asyncio
import errno
import logging
import signal
import sys
import time
from collections import Counter
from functools import lru_cache
from types import FrameType
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.extensions.feedexport import FeedExporter
from twisted.logger import globalLogBeginner

from newscrawl import __version__
from newscrawl.download.http import stopping
from newscrawl.items import Article
from newscrawl.rejections import Rejection

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger("newscrawl.run")

HEALTHY, FAILED, USAGE, UNHEALTHY, DISK = 0, 1, 2, 3, 74
EXIT_STATUS = "newscrawl/exit_status"
"""Counter that holds the exit status once the run has ended."""
FIELDS = ("title", "description", "authors", "editors", "source", "published", "modified", "section", "tags", "language",
          "canonical_url", "site_name", "access", "images", "syndication", "rights", "text")
_PREFIX = "newscrawl/"
_REFRESH = 0.5
"""Seconds between two live lines."""
_FLUSH = 5.0
"""Seconds for which a compressed output may hold lines back, which kill -9 would cost."""


class RunStats:
    """The run's counts, kept in ``crawler.stats`` so that each component sees the same."""

    def __init__(self, crawler: Crawler) -> None:
        assert crawler.stats
        self._crawler = crawler
        self._stats = crawler.stats

    def get(self, name: str, default: Any = 0) -> Any:
        """A count under ``newscrawl/``."""
        return self._stats.get_value(_PREFIX + name, default)

    def add(self, name: str, by: int = 1) -> None:
        """Counts something."""
        self._stats.inc_value(_PREFIX + name, by)

    def set(self, name: str, value: Any) -> None:
        """Keeps a value."""
        self._stats.set_value(_PREFIX + name, value)

    def group(self, name: str) -> dict[str, int]:
        """All counts below ``newscrawl/<name>/``."""
        start = f"{_PREFIX}{name}/"
        return {key[len(start):]: value for key, value in self._stats.get_stats().items() if key.startswith(start)}

    def written(self, item: Any) -> None:
        """Counts an item whose line is written."""
        if isinstance(item, Rejection):
            self.add("rejected")
            self.add(f"reason/{item.name}")
        elif isinstance(item, Article):
            self.add("articles")
            self.add(f"kind/{item.kind}")
            for name in FIELDS:
                if getattr(item, name):
                    self.add(f"field/{name}")

    def start_failed(self, url: str, why: str) -> None:
        """An entry point that gave nothing."""
        self.add("starts/failed")
        logger.error("start page %s: %s", url, why)

    def fail(self, why: str) -> None:
        """The run failed as a whole; the first reason stays."""
        if not self.get("failure", None):
            self.set("failure", why)

    @property
    def output_error(self) -> bool:
        """Whether writing has failed."""
        return bool(self.get("output_error", False))

    def output_failed(self, error: OSError) -> None:
        """Writing failed."""
        self.set("output_error", error.errno or -1)
        self.fail(f"cannot write {error.filename or 'the output'}: {error.strerror or error}")

    def stop(self, reason: str) -> None:
        """Ends the crawl early, once the engine runs."""
        async def close() -> None:
            if self._crawler.engine:
                await self._crawler.engine.close_spider_async(reason=reason)

        asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(close()))

    def close(self, reason: str) -> None:
        """Keeps why the crawl ended."""
        if self.get("reason", None) is None:
            self.set("reason", reason)

    @property
    def worth_keeping(self) -> bool:
        """Whether the output may take an old file's place."""
        status = self.verdict()[0]
        return status == HEALTHY or (status == UNHEALTHY and self.get("articles") > 0)

    def verdict(self) -> tuple[int, str]:
        """Exit status and, in words, why (DESIGN section 5)."""
        stopped = self.get("signal", None)
        if self.get("output_error", None):
            full = self.get("output_error") in (errno.ENOSPC, errno.EDQUOT)
            return (DISK if full else FAILED), f"failed: {self.get('failure', '')}"
        if self.get("failure", None):
            return FAILED, f"failed: {self.get('failure')}"
        if self._stats.get_value("spider_exceptions/count"):
            return FAILED, "failed: an error of the program; its traceback stands above"
        if stopped:
            return 128 + int(stopped), f"stopped by {signal.Signals(stopped).name}; what was written is whole"
        return self._health()

    def _health(self) -> tuple[int, str]:
        starts, dead = self.get("starts/asked"), self.get("starts/failed")
        if starts and dead >= starts:
            return FAILED, "failed: no start page could be used"
        if self.get("reason", "finished") not in ("finished", "limit"):
            return FAILED, f"failed: ended early ({self.get('reason')})"
        candidates, articles, rejected = self.get("candidates"), self.get("articles"), self.get("rejected")
        if not candidates:
            return UNHEALTHY, "unhealthy: the start pages list no articles"
        if not articles and self.group("reason").keys() - {"limit", "duplicate", "redirect"}:
            return UNHEALTHY, f"unhealthy: none of {candidates} candidates is an article"
        if self.get("reason/empty") * 2 > articles + rejected:
            return UNHEALTHY, f"unhealthy: {self.get('reason/empty')} of {articles + rejected} pages have no text"
        if dead:
            return UNHEALTHY, f"unhealthy: {dead} of {starts} start pages failed"
        return HEALTHY, "healthy"


class Progress:
    """Extension: watches the run, draws the live line on a terminal, and says at the end how it went."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = RunStats(crawler)
        self._began = time.monotonic()
        # Beside a log that scrolls on the same terminal; not when the log goes to a file or is off.
        settings = crawler.settings
        self._live = sys.stderr.isatty() and settings.getbool("LOG_ENABLED") and not settings["LOG_FILE"]
        self._ticker: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        """Scrapy's constructor."""
        progress = cls(crawler)
        _quiet()
        crawler.signals.connect(progress.engine_started, signals.engine_started)
        crawler.signals.connect(progress.spider_closed, signals.spider_closed)
        crawler.signals.connect(progress.engine_stopped, signals.engine_stopped)
        return progress

    def engine_started(self) -> None:
        """Notes which signal stops the run, for the exit status, and starts the live line."""
        spider: Any = self._crawler.spider
        logger.info("newscrawl %s, spider %s, site %s, run %s", __version__, spider.name, spider.label, spider.run_id)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._note(number)
        self._ticker = asyncio.ensure_future(self._tick())

    def _note(self, number: signal.Signals) -> None:
        before = signal.getsignal(number)

        loop = asyncio.get_running_loop()

        def noted(got: int, frame: FrameType | None) -> None:
            self._run.set("signal", got)
            loop.call_soon_threadsafe(self._crawler.signals.send_catch_log, stopping)
            if callable(before):
                before(got, frame)

        if callable(before):  # Scrapy's; a signal that is ignored, as under nohup, stays so
            signal.signal(number, noted)

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Ends the live line."""
        self._run.close(reason)
        if self._ticker:
            self._ticker.cancel()
        self._clear()

    def engine_stopped(self) -> None:
        """The summary, and as the last line how the run went."""
        status, words = self._run.verdict()
        self._run.set("exit_status", status)
        for line in self.summary():
            logger.info(line)
        level = logging.INFO if status == HEALTHY else logging.WARNING if status == UNHEALTHY else logging.ERROR
        logger.log(level, "run %s ended %s: %d articles, %d rejected (exit status %d)",
                   getattr(self._crawler.spider, "run_id", "?"), words, self._run.get("articles"), self._run.get("rejected"), status)

    def summary(self) -> list[str]:
        """What a person wants to know of the run, line by line."""
        run = self._run
        articles = run.get("articles")
        stats = self._crawler.stats
        requests = stats.get_value("downloader/request_count", 0) if stats else 0
        size = stats.get_value("downloader/response_bytes", 0) if stats else 0
        kinds = Counter(run.group("kind"))
        lines = [
            f"fetched    {run.get('fetched')} pages with {requests} requests, {size / 1e6:.1f} MB, "
            f"in {time.monotonic() - self._began:.1f} seconds",
            f"candidates {run.get('candidates')}",
            f"articles   {articles}" + (f" ({_counts(kinds)})" if len(kinds) > 1 else ""),
            f"rejected   {run.get('rejected')}" + (f" ({_counts(Counter(run.group('reason')))})" if run.get("rejected") else ""),
        ]
        if articles:
            filled = run.group("field")
            lines.append("fields     " + ", ".join(f"{name} {100 * filled.get(name, 0) // articles} %" for name in FIELDS))
        open_ended = run.get("candidates") - articles - run.get("rejected")
        if open_ended > 0:
            lines.append(f"left over  {open_ended} candidates were not finished")
        return lines

    async def _tick(self) -> None:
        drawn = None
        hide = _Clearing(self)
        if self._live:
            for handler in logging.getLogger().handlers:
                handler.addFilter(hide)
        flush = getattr(self._crawler.get_extension(FeedExporter), "flush", None)
        flushed = time.monotonic()
        while True:
            await asyncio.sleep(_REFRESH)
            if flush is not None and time.monotonic() - flushed > _FLUSH:
                flush()
                flushed = time.monotonic()
            line = self.live_line()
            if self._live and (line != drawn or hide.cleared):
                hide.cleared = False
                drawn = line
                sys.stderr.write(f"\r\x1b[K{line[:110]}")
                sys.stderr.flush()

    def live_line(self) -> str:
        """One line: fetched, articles, rejected, waiting, hosts that are left alone for a while."""
        run = self._run
        waiting = run.get("candidates") - run.get("articles") - run.get("rejected")
        now = time.time()
        resting = sorted(host for host, until in run.group("backoff").items() if until > now)
        return (f"fetched {run.get('fetched')} · articles {run.get('articles')} · rejected {run.get('rejected')} · "
                f"waiting {max(0, waiting)}" + (f" · in back-off: {', '.join(resting)}" if resting else ""))

    def _clear(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@lru_cache(maxsize=1)  # Twisted's log can be begun once in a process
def _quiet() -> None:
    """Silences what would say twice, or with a traceback, what a rejection says. Scrapy resets its loggers after the settings."""
    # Warns of the size limit and of cut answers.
    logging.getLogger("scrapy.core.downloader.handlers.http11").setLevel(logging.ERROR)
    logging.getLogger("twisted").addFilter(_bad_certificate)
    # Scrapy's observer stays; without this Twisted prints failures to the error stream besides.
    globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


def _bad_certificate(record: logging.LogRecord) -> bool:
    """False for Twisted's traceback of a certificate that does not hold: the request fails as ``tls``, and says so."""
    return "while verifying certificate" not in record.getMessage()


class _Clearing(logging.Filter):
    """Wipes the live line before a log record is written over it."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self.cleared = False

    def filter(self, record: logging.LogRecord) -> bool:
        self._progress._clear()
        self.cleared = True
        return True


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counter.items(), key=lambda one: (-one[1], one[0])))

