"""The writing of what the spiders yield; item pipelines of the user's own (``ITEM_PIPELINES``) come before it.

Only articles are items. A page's outcome is decided, with its line, in the state; where the user has item pipelines the line counts as
nobody's until the article has passed them, and what they made of it is committed in its place before it is written. So each line of an
output has passed them exactly once, whatever kills the run. What a pipeline drops (``DropItem``) is never written; one that raises anything
else leaves the article to the next run, which offers it to the pipelines again. Rejections have the files beside the outputs and the
signal :data:`newscrawl.signals.page_rejected`.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from scrapy.exceptions import DropItem
from scrapy.extensions.feedexport import FeedExporter
from scrapy.pipelines import ItemPipelineManager

import newscrawl.output.item_adapter  # noqa: F401 - lets Scrapy's exporters and the user's pipelines read articles
from newscrawl.crawl.recovery import inherit, rebuilt
from newscrawl.items import Article
from newscrawl.monitor.counts import RunStats
from newscrawl.output.feeds import KEEP_OUTPUT, LineFeedStorage, LineFile, encode_made, local_path
from newscrawl.output.jsonl import encode_rejection, rejects_path
from newscrawl.rejections import Rejection
from newscrawl.state.outbox import Outbox, Output

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from newscrawl.crawl.outcomes import Delivery
    from newscrawl.spiders.news import NewsSpider

logger = logging.getLogger(__name__)

MOMENT = 0.1
"""Seconds in which what pipelines made or dropped is gathered, so that the state's file is not waited for at each."""


class ItemPipelines(ItemPipelineManager):
    """The user's item pipelines, with what becomes of an article on its way through them (setting ``ITEM_PROCESSOR``)."""

    async def process_item_async(self, item: Any) -> Any:
        """What the pipelines make of the item, which may be another object, a copy or a dict."""
        assert self.crawler is not None  # Scrapy's own constructor without one is deprecated
        feeds = self.crawler.get_extension(ArticleFeeds)
        if feeds is None:  # the user has turned all outputs off
            return await super().process_item_async(item)
        delivery = feeds.claim(item)
        try:
            made = await super().process_item_async(item)
            if delivery is not None:
                feeds.passed(delivery, made)
        except DropItem:
            if delivery is not None:
                feeds.dropped(delivery)
            raise
        except Exception as error:
            feeds.failed(delivery, self._raised_by(error))
            raise
        if delivery is None:
            feeds.own(made)
        return made

    def _raised_by(self, error: Exception) -> str:
        """The class of the pipeline that raised an exception; of all of them, where its traceback does not tell."""
        own = {id(pipeline): type(pipeline).__name__ for pipeline in self.middlewares}
        frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
        named = (own.get(id(frame.f_locals.get("self"))) for frame in frames)
        return next((name for name in named if name), " or ".join(own.values()))


class ArticleFeeds(FeedExporter):
    """Scrapy's feed exporter; rejections go to ``X.rejects.jsonl`` beside each file, and there is an output by default.

    What it writes is acknowledged to the state once it is on disk in every output, so that a run that dies loses and repeats nothing.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArticleFeeds:
        """Scrapy's constructor; without any feed the output is ``output/<spider>-<site>-<run id>.jsonl``."""
        if not crawler.settings.getdict("FEEDS") and not crawler.settings["FEED_URI"]:
            path = default_output(crawler)
            crawler.settings.set("FEEDS", {str(path): {"format": "jsonl"}}, priority="project")
            feeds = super().from_crawler(crawler)
            feeds._unasked = True
        else:
            feeds = super().from_crawler(crawler)
        return feeds

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unasked = False  # whether nobody named an output
        self._rejects: dict[str, LineFile] = {}
        self._run = RunStats(crawler)
        self._unsettled: list[tuple[Outbox, int]] = []
        self._dropped: list[tuple[Outbox, int]] = []
        self._outboxes: list[Outbox] = []
        self._passed: list[tuple[Delivery, Any, bytes]] = []
        self._spider = cast("NewsSpider", crawler.spider)  # the add-on installs this extension for no other

    def open_spider(self, spider: Spider) -> None:
        """Writes what a dead run left, then opens every file at once, so that one that cannot be written fails before the first request."""
        crawls = self._spider.crawls
        self._outboxes = [crawl.outcomes.outbox for crawl in crawls]
        decided: list[Delivery] = []
        with self._spider.guarding_state():
            for crawl in crawls:
                inheritance = inherit(crawl.outcomes)
                crawl.inherited = inheritance.undecided
                decided += inheritance.decided
        super().open_spider(spider)
        if self._run.output_error:
            return  # the outputs' lengths stay as the dead run left them
        try:
            for slot in self.slots:
                if isinstance(slot.storage, LineFeedStorage):
                    slot.start_exporting()
                self._rejects_of(slot)
        except OSError as error:
            self._failed(error)
            return
        outputs = self._outputs()
        with self._spider.guarding_state():
            for outbox in self._outboxes:
                outbox.open(outputs)
        for delivery in decided:
            self.written(delivery)

    def claim(self, item: Any) -> Delivery | None:
        """The delivery of an article that has come to the item pipelines; None for any other item."""
        return self._spider.commit_queue.claim(item)

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Leaves Scrapy's signal alone: :class:`ItemPipelines` hands each item over as it comes out of the pipelines."""

    def own(self, item: Any) -> None:
        """Writes an item that is no article, of a callback of the user's own in one of our spiders."""
        if self._run.output_error:
            return
        try:
            super().item_scraped(item, self._spider)
        except OSError as error:
            self._failed(error)
            return
        self._run.written(item)

    def passed(self, delivery: Delivery, made: Any) -> None:
        """Takes what the item pipelines made of an article. It is committed in the article's place with what else passes them within a
        moment, and then written; without pipelines the line is what it was. Raises TypeError or ValueError for what cannot be a line."""
        if not self._spider.pipelines:
            self.written(delivery, made)
            return
        line = encode_made(made)
        if delivery.row is None:
            self.written(delivery, made)
            return
        if not self._passed:
            asyncio.get_running_loop().call_later(MOMENT, self._commit_passed)
        self._passed.append((delivery, made, line))

    def _commit_passed(self) -> None:
        """The state keeps what the pipelines made, and then it is written."""
        passed, self._passed = self._passed, []
        if not passed:
            return
        with self._spider.guarding_state():
            for delivery, _, line in passed:
                assert delivery.row is not None
                delivery.outbox.passed(delivery.row, line)
            for outbox in self._outboxes:
                outbox.commit()
            for delivery, made, line in passed:
                # The outputs get what was committed, whoever still holds the item; a class of the user's own is what feeds may choose by.
                self.written(delivery, rebuilt(line) if type(made) in (Article, dict) else made)

    def written(self, delivery: Delivery, made: Any = None) -> None:
        """Writes an article as it came out of the pipelines to each feed, or a rejection to the file beside each."""
        if self._run.output_error:
            return
        item = delivery.item if made is None else made
        try:
            if isinstance(item, Rejection):
                line = encode_rejection(item)
                for file in {id(file): file for file in map(self._rejects_of, self.slots)}.values():
                    file.writer.write(line)
            else:
                self._export(item, delivery.fresh)
        except OSError as error:
            self._failed(error)
            return
        counted = item if isinstance(item, (Article, Rejection)) else delivery.item
        if isinstance(counted, (Article, Rejection)):
            delivery.stats.outcome(counted, fresh=not delivery.changed)
        else:
            delivery.stats.record(fresh=not delivery.changed)  # of an earlier run, which left what pipelines made of it
        if delivery.row is not None:
            self._unsettled.append((delivery.outbox, delivery.row))

    def failed(self, delivery: Delivery | None, name: str) -> None:
        """Counts a pipeline that failed; an article's line stays in the state, and the next run offers it to the pipelines again."""
        # An item of the user's own is no single site's.
        stats = delivery.stats if delivery is not None else self._spider.crawls[0].stats
        stats.add("pipeline_failed")
        stats.add(f"pipeline/{name}")

    def dropped(self, delivery: Delivery) -> None:
        """Forgets a line that a pipeline of the user's own does not want, so that no later run writes it past that pipeline."""
        delivery.stats.add("dropped")
        if delivery.row is not None:
            if not self._dropped:  # not the next flush's matter: until then a kill would bring it back
                asyncio.get_running_loop().call_later(MOMENT, self._forget_dropped)
            self._dropped.append((delivery.outbox, delivery.row))

    def _forget_dropped(self) -> None:
        """The state forgets the lines that were dropped, whatever becomes of the outputs: none of them waits for these."""
        dropped, self._dropped = self._dropped, []
        if dropped:
            with self._spider.guarding_state():
                for outbox in self._outboxes:
                    outbox.done([row for of, row in dropped if of is outbox])

    def _export(self, item: Any, fresh: bool) -> None:
        """To every feed, or to the overwritten ones alone: an appended feed has what is new or changed."""
        slots = self.slots
        if not fresh and not all(map(_overwritten, slots)):
            self.slots = [slot for slot in slots if _overwritten(slot)]
            super().item_scraped(item, self._spider)
            self.slots = [slot for slot in slots if not _overwritten(slot)] + self.slots
        else:
            super().item_scraped(item, self._spider)

    async def close_spider(self, spider: Spider, reason: str = "finished") -> None:
        """Ends the files as the run ended: an old file is replaced only by a good run."""
        for delivery in self._spider.commit_queue.rest():  # of a run that was stopped
            if isinstance(delivery.item, Rejection):
                self._spider.rejected(delivery)
            elif (
                not self._spider.pipelines
            ):  # else the article is left to the next run, which offers it to the pipelines
                self.written(delivery)
        self._commit_passed()
        self._forget_dropped()
        self._run.close(reason)
        # An article on which a pipeline failed is missing from this run's file and may be in the old one.
        gap = self._run.get("pipeline_failed") and any(
            _overwritten(slot) and _existed(slot.file) for slot in self.slots
        )
        keep = self._run.worth_keeping and not gap
        if self.crawler.stats:
            self.crawler.stats.set_value(KEEP_OUTPUT, keep)
        if not keep:  # Scrapy would say "Stored" of what is thrown away
            logging.getLogger("scrapy.extensions.feedexport").setLevel(logging.WARNING)
        lasting = keep or any(output.lines for output in self._outputs())
        try:
            await super().close_spider(spider)
            for file in set(self._rejects.values()):
                file.end(keep)
            if self._unasked:  # a crontab would heap up empty files
                for file in [*(cast("LineFile", slot.file) for slot in self.slots), *set(self._rejects.values())]:
                    file.drop_empty()
        except OSError as error:
            self._failed(error)
        if self.crawler.stats and any(
            key.startswith("feedexport/failed_count") for key in self.crawler.stats.get_stats()
        ):
            self._run.fail("the output could not be finished; the reason stands above")
        elif lasting:
            self._settle()
        kept = [slot.uri for slot in self.slots if slot.feed_options.get("overwrite") and _existed(slot.file)]
        if kept and not keep:
            logger.warning("the run did not end well: %s is as it was before", ", ".join(kept))

    def flush(self) -> None:
        """Hands what is written so far to the disk, and tells the state where that is enough: an overwritten file counts at its end."""
        files = [file for file in (cast("object", slot.file) for slot in self.slots) if isinstance(file, LineFile)]
        try:
            for file in [*files, *set(self._rejects.values())]:
                file.writer.flush(sync=bool(self._unsettled))
        except OSError as error:
            self._failed(error)
            return
        if all(output.lines for output in self._outputs()):
            self._settle()

    def _settle(self) -> None:
        """The state forgets the lines that are on disk. The last word on a run that could not write belongs to the next one."""
        if self._run.output_error:
            return
        outputs = self._outputs()
        done, self._unsettled = self._unsettled, []
        with self._spider.guarding_state():
            for outbox in self._outboxes:
                outbox.done([row for of, row in done if of is outbox], outputs)

    def _outputs(self) -> list[Output]:
        """The feeds as the state keeps them, with their lengths."""
        found = []
        for slot in self.slots:
            file, rejects = cast("object", slot.file), self._rejects_of(slot).writer
            if isinstance(file, LineFile):
                appended = not file.writer.overwrite and slot.uri == slot.uri_template
                found.append(
                    Output(
                        file.writer.path.absolute(),
                        rejects.path.absolute(),
                        appended,
                        file.writer.length,
                        rejects.length,
                    )
                )
            else:
                found.append(Output(Path(slot.uri), rejects.path.absolute(), False))
        return found

    def _rejects_of(self, slot: Any) -> LineFile:
        local = isinstance(slot.storage, LineFeedStorage)
        path = local_path(slot.uri) if local else default_output(self.crawler)
        lines = path if {".jsonl", ".jl"} & set(path.suffixes) else path.with_suffix(".jsonl")
        rejects = rejects_path(lines)
        # Outputs that differ in their format only share one file; batches of one feed go on with the first.
        key = slot.uri_template if slot.uri_template in self._rejects else str(rejects)
        if key not in self._rejects:
            self._rejects[key] = LineFile(rejects, bool(slot.feed_options.get("overwrite")) and local)
            self._rejects[slot.uri_template] = self._rejects[key]
        return self._rejects[key]

    def _failed(self, error: OSError) -> None:
        if not self._run.output_error:
            self._run.output_failed(error)
            logger.error("cannot write %s: %s", error.filename or "the output", error.strerror or error)
            self._run.stop("output_error")


def _overwritten(slot: Any) -> bool:
    return bool(slot.feed_options.get("overwrite"))


def _existed(file: object) -> bool:
    return isinstance(file, LineFile) and file.existed


def default_output(crawler: Crawler) -> Path:
    """``output/<spider>-<site>-<run id>.jsonl`` in the current folder."""
    spider = cast("NewsSpider", crawler.spider)
    return Path("output") / f"{spider.name}-{spider.label}-{spider.run_id}.jsonl"
