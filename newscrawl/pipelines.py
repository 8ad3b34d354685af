"""The writing of what the spiders yield; item pipelines of the user's own (``ITEM_PIPELINES``) come before it.

Articles and rejections are both items: each candidate ends as one of them, and the ``item_scraped`` signal sees both. What a pipeline
drops (``DropItem``) is never written. One that raises anything else keeps an item from this run's outputs only: nobody decided that the
line is unwanted, so it stays in the state, and the next run writes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from itemadapter import ItemAdapter
from itemadapter.adapter import AdapterInterface
from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import FeedExporter
from scrapy.pipelines import ItemPipelineManager

from newscrawl.crawl.recovery import inherit
from newscrawl.monitor.counts import RunStats
from newscrawl.output.feeds import KEEP_OUTPUT, LineFeedStorage, LineFile, local_path
from newscrawl.output.jsonl import encode_rejection, rejects_path
from newscrawl.rejections import Rejection
from newscrawl.state.outbox import Outbox, Output

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from newscrawl.crawl.outcomes import Delivery

logger = logging.getLogger(__name__)

MOMENT = 0.1
"""Seconds in which the lines that pipelines dropped are gathered, so that the state's file is not waited for at each."""


class StructAdapter(AdapterInterface):
    """Lets Scrapy's own exporters (json, csv, xml) read msgspec structs, nested ones too."""

    @classmethod
    def is_item_class(cls, item_class: type) -> bool:
        """Structs are items."""
        return issubclass(item_class, msgspec.Struct)

    @classmethod
    def get_field_names_from_class(cls, item_class: type) -> list[str]:
        """The struct's fields in order."""
        names: tuple[str, ...] = getattr(item_class, "__struct_fields__", ())
        return list(names)

    def field_names(self) -> Any:
        """The struct's fields in order."""
        return self.get_field_names_from_class(type(self.item))

    def __getitem__(self, name: str) -> Any:
        return getattr(self.item, name)

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self.item, name, value)

    def __delitem__(self, name: str) -> None:
        raise TypeError("a struct's fields cannot be deleted")

    def __iter__(self) -> Iterator[str]:
        return iter(self.field_names())

    def __len__(self) -> int:
        return len(self.field_names())


cast("deque[type[AdapterInterface]]", ItemAdapter.ADAPTER_CLASSES).appendleft(StructAdapter)


class ItemPipelines(ItemPipelineManager):
    """The user's item pipelines, which may give another object back than they got, a copy or a dict (setting ``ITEM_PROCESSOR``)."""

    async def process_item_async(self, item: Any) -> Any:
        """What the pipelines make of the item; it takes its place in the delivery."""
        made = await super().process_item_async(item)
        deliveries: dict[int, Delivery] = getattr(self._spider, "deliveries", {})
        if made is not item and id(item) in deliveries:
            deliveries[id(made)] = deliveries.pop(id(item))
        return made


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
        crawler.signals.connect(feeds.item_dropped, signals.item_dropped)
        return feeds

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unasked = False  # whether nobody named an output
        self._rejects: dict[str, LineFile] = {}
        self._run = RunStats(crawler)
        self._unsettled: list[tuple[Outbox, int]] = []
        self._dropped: list[tuple[Outbox, int]] = []
        self._outboxes: list[Outbox] = []

    def open_spider(self, spider: Spider) -> None:
        """Writes what a dead run left, then opens every file at once, so that one that cannot be written fails before the first request."""
        crawls = getattr(spider, "crawls", [])
        self._outboxes = [crawl.outcomes.outbox for crawl in crawls]
        guarding_state = getattr(spider, "guarding_state", contextlib.nullcontext)
        with guarding_state():
            for crawl in crawls:
                crawl.inherited = inherit(crawl.outcomes)
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
        with guarding_state():
            for outbox in self._outboxes:
                outbox.open(outputs)

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Writes an item to each feed, a rejection beside each."""
        delivery: Delivery | None = getattr(spider, "deliveries", {}).pop(id(item), None)
        if self._run.output_error:
            return
        try:
            if isinstance(item, Rejection):
                line = encode_rejection(item)
                for file in {id(file): file for file in map(self._rejects_of, self.slots)}.values():
                    file.writer.write(line)
            else:
                self._export(item, spider, delivery is None or delivery.fresh)
        except OSError as error:
            self._failed(error)
            return
        if delivery is None:
            self._run.written(item)
            return
        delivery.stats.outcome(item if isinstance(item, msgspec.Struct) else delivery.item, fresh=not delivery.changed)
        if delivery.row is not None:
            self._unsettled.append((delivery.outbox, delivery.row))

    def item_dropped(self, item: Any, spider: Spider) -> None:
        """Forgets a line that a pipeline of the user's own does not want, so that no later run writes it past that pipeline."""
        delivery: Delivery | None = getattr(spider, "deliveries", {}).pop(id(item), None)
        if delivery is None:
            return
        delivery.stats.add("dropped")
        if delivery.row is not None:
            if not self._dropped:  # not the next flush's matter: until then a kill would bring it back
                asyncio.get_running_loop().call_later(MOMENT, self._forget_dropped)
            self._dropped.append((delivery.outbox, delivery.row))

    def _forget_dropped(self) -> None:
        """The state forgets the lines that were dropped, whatever becomes of the outputs: none of them waits for these."""
        dropped, self._dropped = self._dropped, []
        if dropped:
            with cast("Any", self.crawler.spider).guarding_state():
                for outbox in self._outboxes:
                    outbox.done([row for of, row in dropped if of is outbox])

    def _export(self, item: Any, spider: Spider, fresh: bool) -> None:
        """To every feed, or to the overwritten ones alone: an appended feed has what is new or changed."""
        slots = self.slots
        if not fresh and not all(map(_overwritten, slots)):
            self.slots = [slot for slot in slots if _overwritten(slot)]
            super().item_scraped(item, spider)
            self.slots = [slot for slot in slots if not _overwritten(slot)] + self.slots
        else:
            super().item_scraped(item, spider)

    async def close_spider(self, spider: Spider, reason: str = "finished") -> None:
        """Ends the files as the run ended: an old file is replaced only by a good run."""
        crawl = cast("Any", spider)
        for delivery in crawl.dispatch.rest() if hasattr(spider, "dispatch") else ():  # of a run that was stopped
            self.item_scraped(crawl.on_its_way(delivery), spider)
        self._forget_dropped()
        self._run.close(reason)
        keep = self._run.worth_keeping
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
        with cast("Any", self.crawler.spider).guarding_state():
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
    spider: Any = crawler.spider
    if spider is None:
        raise NotConfigured
    return Path("output") / f"{spider.name}-{getattr(spider, 'label', 'site')}-{getattr(spider, 'run_id', 'run')}.jsonl"
