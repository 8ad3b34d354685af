"""Item pipelines in the order in which an item passes them, then the writing of what they let through.

Articles and rejections are both items: each candidate ends as one of them, and the ``item_scraped`` signal sees both.
"""
from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from itemadapter import ItemAdapter
from itemadapter.adapter import AdapterInterface
from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import FeedExporter

from newscrawl.items import Article
from newscrawl.progress import RunStats
from newscrawl.rejections import Duplicate, Rejection
from newscrawl.seen.articles import Articles
from newscrawl.serialize.feeds import KEEP_OUTPUT, LineFeedStorage, LineFile, local_path
from newscrawl.serialize.jsonl import encode_rejection, rejects_path

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


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


class StampPipeline:
    """Writes the run's id into every record and rejection."""

    def __init__(self, crawler: Crawler) -> None:
        self._run_id: str = getattr(crawler.spider, "run_id", "")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StampPipeline:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """The same item, stamped."""
        if isinstance(item, (Article, Rejection)):
            item.run_id = self._run_id
        return item


class SeenPipeline:
    """Turns an article that repeats a written one into the rejection ``duplicate``."""

    def __init__(self) -> None:
        self._articles = Articles()

    def process_item(self, item: Any) -> Any:
        """The article, or the rejection in its place."""
        if not isinstance(item, Article):
            return item
        known = self._articles.repeats(item)
        if known is not None:
            return Duplicate(url=item.requested_url or item.url, detail=known, fetched_at=item.fetched_at, run_id=item.run_id)
        self._articles.add(item)
        return item


class ArticleFeeds(FeedExporter):
    """Scrapy's feed exporter; rejections go to ``X.rejects.jsonl`` beside each file, and there is an output by default."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArticleFeeds:
        """Scrapy's constructor; without any feed the output is ``output/<spider>-<site>-<run id>.jsonl``."""
        if not crawler.settings.getdict("FEEDS") and not crawler.settings["FEED_URI"]:
            path = default_output(crawler)
            crawler.settings.set("FEEDS", {str(path): {"format": "jsonl"}}, priority="project")
        return super().from_crawler(crawler)

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rejects: dict[str, LineFile] = {}
        self._run = RunStats(crawler)

    def open_spider(self, spider: Spider) -> None:
        """Opens every file at once, so that one that cannot be written fails before the first request."""
        super().open_spider(spider)
        try:
            for slot in self.slots:
                if isinstance(slot.storage, LineFeedStorage):
                    slot.start_exporting()
                self._rejects_of(slot)
        except OSError as error:
            self._failed(error)

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Writes an item to each feed, a rejection beside each."""
        if self._run.output_error:
            return
        try:
            if isinstance(item, Rejection):
                line = encode_rejection(item)
                for file in {id(file): file for file in map(self._rejects_of, self.slots)}.values():
                    file.writer.write(line)
            else:
                super().item_scraped(item, spider)
            self._run.written(item)
        except OSError as error:
            self._failed(error)

    async def close_spider(self, spider: Spider, reason: str = "finished") -> None:
        """Ends the files as the run ended: an old file is replaced only by a good run."""
        self._run.close(reason)
        keep = self._run.worth_keeping
        if self.crawler.stats:
            self.crawler.stats.set_value(KEEP_OUTPUT, keep)
        if not keep:  # Scrapy would say "Stored" of what is thrown away
            logging.getLogger("scrapy.extensions.feedexport").setLevel(logging.WARNING)
        try:
            await super().close_spider(spider)
            for file in set(self._rejects.values()):
                file.end(keep)
        except OSError as error:
            self._failed(error)
        if self.crawler.stats and any(key.startswith("feedexport/failed_count") for key in self.crawler.stats.get_stats()):
            self._run.fail("the output could not be finished; the reason stands above")
        kept = [slot.uri for slot in self.slots if slot.feed_options.get("overwrite") and _existed(slot.file)]
        if kept and not keep:
            logger.warning("the run did not end well: %s is as it was before", ", ".join(kept))

    def flush(self) -> None:
        """Hands what is written so far to the system (compressed feeds keep a batch back)."""
        outputs = [cast("object", slot.file) for slot in self.slots]
        files = [file for file in outputs if isinstance(file, LineFile)] + list(set(self._rejects.values()))
        try:
            for file in files:
                file.writer.flush(sync=False)
        except OSError as error:
            self._failed(error)

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


def _existed(file: object) -> bool:
    return isinstance(file, LineFile) and file.existed


def default_output(crawler: Crawler) -> Path:
    """``output/<spider>-<site>-<run id>.jsonl`` in the current folder."""
    spider: Any = crawler.spider
    if spider is None:
        raise NotConfigured
    return Path("output") / f"{spider.name}-{getattr(spider, 'label', 'site')}-{getattr(spider, 'run_id', 'run')}.jsonl"
