"""What both spiders do: crawl one site or several, each by a :class:`SiteCrawl`, all in one event loop with one pool of workers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.utils.conf import build_component_list

from newscrawl.crawl.commit_queue import CommitQueue
from newscrawl.crawl.site_crawl import SiteCrawl
from newscrawl.items import Article
from newscrawl.pipelines import ArticleFeeds
from newscrawl.signals import page_rejected
from newscrawl.spiders.base import SiteSpider
from newscrawl.state.database import DatabaseError

if TYPE_CHECKING:
    from newscrawl.crawl.outcomes import Delivery
    from newscrawl.crawl.run import Run
    from newscrawl.state.store import Store

logger = logging.getLogger(__name__)


class NewsSpider(SiteSpider):
    """The base of the spiders; sites are named by ``-a site=``, or found by looking at ``-a url=``."""

    run: Run
    """What the run is made of; the add-on's extension brings it before the spider opens."""

    def __init__(self, name: str | None = None, **given: Any) -> None:
        super().__init__(name, **given)
        self.pipelines = False
        """Whether articles pass item pipelines of the user's own."""
        self.commit_queue = CommitQueue(self)
        self._works: list[asyncio.Task[None]] = []

    def joined(self, run: Run) -> None:
        """Takes part in a run (called by its extension)."""
        self.run = run
        self.pipelines = bool(
            build_component_list(run.settings.get_component_priority_dict_with_base("ITEM_PIPELINES"))
        )
        run.crawler.signals.connect(self._open, signals.spider_opened)
        run.crawler.signals.connect(self._close, signals.spider_closed)

    def _open(self) -> None:
        self.run.crawls = [SiteCrawl(self, self.run, site, self.run.stores[site.name]) for site in self.sites]

    def _close(self) -> None:
        for work in self._works:
            work.cancel()

    @property
    def run_id(self) -> str:
        """The run's name in records, files and reports."""
        return self.run.id

    @property
    def crawls(self) -> list[SiteCrawl]:
        """The run's crawls, one a site."""
        return self.run.crawls

    @property
    def stores(self) -> dict[str, Store]:
        """The sites' states."""
        return self.run.stores

    def guarding_state(self) -> contextlib.AbstractContextManager[None]:
        """Turns a state that cannot be written into the run's failure."""
        return self.run.guarding_state()

    async def start(self) -> AsyncIterator[Any]:
        """What the sites' crawls want asked and written, as it comes; a rejection is no item, and leaves by its signal."""
        for crawl in self.crawls:
            for delivery in crawl.inherited:
                yield self.commit_queue.sent(delivery)
        queue = self.commit_queue.queue

        async def work(crawl: SiteCrawl) -> None:
            try:
                async for one in crawl.work():
                    await queue.put(one)
            except asyncio.CancelledError:
                pass
            except DatabaseError as error:
                self.run.state_failed(error)
            except Exception:
                logger.exception("the crawl of %s failed", crawl.label)
                self.run.stats.fail(
                    f"an error of the program in the crawl of {crawl.label}; its traceback stands above"
                )
            finally:
                self.commit_queue.flush()
                await queue.put(None)

        self._works = [asyncio.ensure_future(work(crawl)) for crawl in self.crawls]
        open_ = len(self._works)
        while open_:
            one = await queue.get()
            if one is None:
                open_ -= 1
            elif isinstance(one, Request):
                yield one
            elif isinstance(one.item, Article):
                yield self.commit_queue.sent(one)
            else:
                self.rejected(one)

    def rejected(self, delivery: Delivery) -> None:
        """Writes a rejection beside the outputs and tells whoever listens."""
        feeds = self.crawler.get_extension(ArticleFeeds)
        if feeds is not None:
            feeds.written(delivery)
        self.crawler.signals.send_catch_log(page_rejected, rejection=delivery.item, spider=self)

    def found(self, crawl: SiteCrawl, article: Article) -> None:
        """Called with each article that is written; a spider may register where it leads."""
