"""How a run goes: the live line on a terminal, the summary at its end, and the exit status."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from functools import lru_cache
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import FeedExporter
from twisted.logger import globalLogBeginner

from newscrawl import __version__
from newscrawl.crawl.run import Run
from newscrawl.download.http import stopping
from newscrawl.download.scrapy_internals import let_close
from newscrawl.monitor.counts import DISK, EXIT_STATUS, FAILED, HEALTHY, UNHEALTHY, USAGE, RunStats, SiteStats
from newscrawl.monitor.report_text import alert_line, plain, summary
from newscrawl.monitor.reporting import Reporter
from newscrawl.spiders.base import SiteSpider

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger("newscrawl.run")

__all__ = ["DISK", "EXIT_STATUS", "FAILED", "HEALTHY", "UNHEALTHY", "USAGE", "Progress", "RunStats", "SiteStats"]
_REFRESH = 0.5
"""Seconds between two live lines."""
_FLUSH = 5.0
"""Seconds for which a compressed output may hold lines back, which kill -9 would cost."""


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
        self._reporter = Reporter(crawler, self._run)
        self._finished = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        """Scrapy's constructor."""
        if not isinstance(crawler.spider, SiteSpider):
            raise NotConfigured("only newscrawl's spiders have such a run")
        progress = cls(crawler)
        _quiet()
        crawler.signals.connect(progress.engine_started, signals.engine_started)
        crawler.signals.connect(progress.spider_closed, signals.spider_closed)
        crawler.signals.connect(progress._finish, signals.engine_stopped)
        return progress

    def engine_started(self) -> None:
        """Notes which signal stops the run, for the exit status, and starts the live line."""
        run = Run.of(self._crawler)
        logger.info("newscrawl %s, spider %s, site %s, run %s", __version__, run.spider.name, run.spider.label, run.id)
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # a terminal that is closed ends the run as a stop does
            signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._note(number)
        self._reporter.begin()
        self._when_forced()
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

    def _when_forced(self) -> None:
        from twisted.internet import reactor  # installed by now

        cast("Any", reactor).addSystemEventTrigger("before", "shutdown", self._finish)

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Ends the live line."""
        self._run.close(reason)
        if self._ticker:
            self._ticker.cancel()
        self._clear()

    def _finish(self) -> None:
        """The report, and as the last line how the run went; once, also when a second signal ends the engine where it stands."""
        if self._finished:
            return
        self._finished = True
        self._run.close("shutdown")
        status, words, report = self._reporter.end(time.monotonic() - self._began)
        self._run.set("exit_status", status)
        for line in summary(report, self._run.group("kind")) if report else ():
            logger.info(line)
        shown, missed = self._run.get("browser/pages"), self._run.get("browser/missed")
        if shown or missed:
            direct = [plain(site.label) for site in self._run.sites if site.get("browser/direct")]
            logger.info(
                "browser    %d pages rendered, %d missed%s",
                shown,
                missed,
                f"; directly: {', '.join(direct)}" if direct else "",
            )
        for alert in report.alerts if report else ():
            logger.warning(alert_line(alert))
        level = logging.INFO if status == HEALTHY else logging.WARNING if status == UNHEALTHY else logging.ERROR
        logger.log(
            level,
            "run %s ended %s: %d articles, %d rejected (exit status %d)",
            Run.of(self._crawler).id,
            plain(words),
            self._run.get("articles"),
            self._run.get("rejected"),
            status,
        )

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
            let_close(self._crawler)
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
        return (
            f"fetched {run.get('fetched')} · articles {run.get('articles')} · rejected {run.get('rejected')} · "
            f"waiting {max(0, waiting)}" + (f" · in back-off: {', '.join(resting)}" if resting else "")
        )

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
