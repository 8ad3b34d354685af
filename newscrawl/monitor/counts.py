"""What a run counts, for each site and in all: kept in ``crawler.stats``, so that each component sees the same."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from newscrawl.items import Article
from newscrawl.monitor.measures import FIELDS, Measures, Sample
from newscrawl.rejections import Rejection
from newscrawl.spiders.base import SiteSpider

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger("newscrawl.run")

HEALTHY, FAILED, USAGE, UNHEALTHY, DISK = 0, 1, 2, 3, 74
_PREFIX = "newscrawl/"
EXIT_STATUS = f"{_PREFIX}exit_status"
"""Counter that holds the exit status once the run has ended."""
_SITES = "_newscrawl_sites"


class SiteStats:
    """One site's counts: each is counted for the site (``newscrawl/site/<label>/<name>``) and in the run's total."""

    def __init__(self, run: RunStats, label: str) -> None:
        self.label = label
        self.measures = Measures()
        self.extraction = Sample()
        """Milliseconds for which each page was in extraction."""
        self._run = run
        self._own = f"site/{label}/"

    def get(self, name: str, default: Any = 0) -> Any:
        """The site's own count or value."""
        return self._run.get(self._own + name, default)

    def add(self, name: str, by: int = 1) -> None:
        """Counts something, for the site and in all."""
        self._run.add(self._own + name, by)
        self._run.add(name, by)

    def set(self, name: str, value: Any) -> None:
        """Keeps a value of the site; the total has no part in it."""
        self._run.set(self._own + name, value)

    def group(self, name: str) -> dict[str, int]:
        """The site's counts below ``<name>/``."""
        return self._run.group(self._own + name)

    def outcome(self, item: Any, fresh: bool) -> None:
        """Counts an item whose line is written; ``fresh`` tells a new article from a new version of a known one."""
        if isinstance(item, Rejection):
            self.add("rejected")
            self.add(f"reason/{item.name}")
            self.measures.rejection(item)
        elif isinstance(item, Article):
            self.record(fresh)
            self.add(f"kind/{item.kind}")
            for name in FIELDS:
                if getattr(item, name):
                    self.add(f"field/{name}")
            self.measures.article(item, fresh)

    def record(self, fresh: bool) -> None:
        """Counts a record that is written, of which no more needs be known than whether its article is new."""
        self.add("articles" if fresh else "versions")
        self.add("records")

    @contextlib.contextmanager
    def extracting(self) -> Iterator[None]:
        """Takes the time of a page in extraction, its wait for a worker included."""
        began = time.monotonic()
        yield
        self.extraction.add(1000 * (time.monotonic() - began))

    def start_failed(self, url: str, why: str) -> None:
        """An entry point that gave nothing."""
        self.add("starts/failed")
        self.measures.examples.setdefault("starts/failed", url)
        logger.error("start page %s: %s", url, why)

    def start_put_off(self, url: str, why: str) -> None:
        """An entry point that was not asked for, because its host wants to rest."""
        self.add("starts/put_off")
        logger.warning("start page %s is put off: %s", url, why)


class RunStats:
    """The run's counts. Every component makes its own view of them: what lies below is the crawler's."""

    def __init__(self, crawler: Crawler) -> None:
        assert crawler.stats
        self._crawler = crawler
        self._stats = crawler.stats
        # Beside the counts: they end with the crawler, as an own table of crawlers would not.
        if self._stats.get_value(_SITES) is None:
            self._stats.set_value(_SITES, {})
        self._sites: dict[str, SiteStats] = self._stats.get_value(_SITES)

    def site(self, label: str) -> SiteStats:
        """The counts of one site."""
        if label not in self._sites:
            self._sites[label] = SiteStats(RunStats(self._crawler), label)
        return self._sites[label]

    @property
    def sites(self) -> list[SiteStats]:
        """All sites that were counted, in the order of their first count."""
        return list(self._sites.values())

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
        return {key[len(start) :]: value for key, value in self._stats.get_stats().items() if key.startswith(start)}

    def written(self, item: Any) -> None:
        """Counts an item whose line is written, in a run that knows no single sites."""
        spider = self._crawler.spider
        self.site(spider.label if isinstance(spider, SiteSpider) else "site").outcome(item, fresh=True)

    def start_failed(self, url: str, why: str) -> None:
        """An entry point that gave nothing, in a run that knows no single sites."""
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
        """Whether the output may take an old file's place: the run did not fail, and found articles, or nothing that was odd."""
        odd = self.group("reason").keys() - {"limit", "duplicate", "redirect", "gone"}
        return self.failure() is None and bool(
            self.get("records") or (not odd and (self.get("listed") or self.get("candidates")))
        )

    def failure(self) -> tuple[int, str] | None:
        """Exit status and, in words, why the run did not come to its end (DESIGN section 5); None when it did."""
        stopped, dead = self.get("signal", None), self.get("starts/failed")
        if self.get("output_error", None):
            full = self.get("output_error") in (errno.ENOSPC, errno.EDQUOT)
            return (DISK if full else FAILED), f"failed: {self.get('failure', '')}"
        if self.get("failure", None):
            return FAILED, f"failed: {self.get('failure')}"
        if self._stats.get_value("spider_exceptions/count"):
            return FAILED, "failed: an error of the program; its traceback stands above"
        if stopped:
            return 128 + int(stopped), f"stopped by {signal.Signals(stopped).name}; what was written is whole"
        if dead and dead >= self.get("starts/asked"):
            return FAILED, "failed: no start page could be used"
        if self.get("reason", "finished") not in ("finished", "limit"):
            return FAILED, f"failed: ended early ({self.get('reason')})"
        return None
