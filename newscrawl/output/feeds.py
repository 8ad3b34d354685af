"""Scrapy's FEEDS on top of :mod:`newscrawl.output.jsonl`: whole lines, and an old file replaced only by a good run."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec
from itemadapter import ItemAdapter
from scrapy import Field
from scrapy.exporters import BaseItemExporter, CsvItemExporter, JsonLinesItemExporter
from scrapy.extensions.feedexport import FileFeedStorage
from w3lib.url import file_uri_to_path

import newscrawl.output.item_adapter  # noqa: F401 - lets the exporters read articles
from newscrawl.output.jsonl import LineWriter, encode_record, is_record

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

LINE_FORMATS = frozenset({"jsonl", "jsonlines", "jl"})
KEEP_OUTPUT = "newscrawl/keep_output"
"""Counter that the end of a run sets: False when it ended badly, so that an old file stays."""


def local_path(uri: str) -> Path:
    """The path of a feed's URI without a scheme or with ``file:``."""
    return Path(file_uri_to_path(uri) if uri.startswith("file:") else uri)


_made: set[Path] = set()
"""Folders that this process made for its outputs."""


class LineFile(io.RawIOBase):
    """The file that Scrapy's exporters write to; what is written goes to a :class:`LineWriter` as it comes."""

    def __init__(self, path: Path, overwrite: bool) -> None:
        self.existed = path.exists()
        _made.update(folder for folder in path.parents if not folder.exists())
        self.writer = LineWriter(path, overwrite=overwrite)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """One call, one write."""
        self.writer.write(bytes(data))
        return len(data)

    def end(self, keep: bool) -> None:
        """Ends the file. A bad run (``keep`` false) neither replaces an old file nor leaves an empty new one."""
        writer = self.writer
        if keep or (writer.overwrite and writer.lines and not self.existed):
            writer.commit()
            return
        writer.abort()
        self.drop_empty()

    def drop_empty(self) -> None:
        """Removes the ended file where it is new and got no line, and the folders that were made for it."""
        writer = self.writer
        if not writer.overwrite and not writer.lines and not self.existed:
            writer.path.unlink(missing_ok=True)
        for folder in writer.path.parents:  # innermost first; one that is not empty, or was there before, stays
            if folder in _made:
                with contextlib.suppress(OSError):
                    folder.rmdir()


class LineFeedStorage:
    """A feed in a local file."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None, crawler: Crawler | None = None) -> None:
        self._options = feed_options or {}
        self._path = local_path(uri)
        self._crawler = crawler
        self._overwrite = bool(self._options.get("overwrite", False))
        # JSON and XML appended to a file, and compressed streams, have no lines: they stay with Scrapy's storage.
        lines = self._options.get("format") in LINE_FORMATS or self._overwrite
        self._plain = (
            None if lines and "postprocessing" not in self._options else FileFeedStorage(uri, feed_options=feed_options)
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> LineFeedStorage:
        """Scrapy's constructor."""
        return cls(uri, feed_options=feed_options, crawler=crawler)

    def open(self, spider: Spider) -> IO[bytes]:
        """The file to write to."""
        return self._plain.open(spider) if self._plain else cast("IO[bytes]", LineFile(self._path, self._overwrite))

    def store(self, file: IO[bytes]) -> None:
        """Ends the file as the run ended."""
        if self._plain:
            self._plain.store(file)
            return
        stats = self._crawler.stats if self._crawler else None
        cast("LineFile", file).end(bool(stats.get_value(KEEP_OUTPUT, True)) if stats else True)


class ArticleLinesExporter(BaseItemExporter):
    """Articles as the lines of schema ``newscrawl/article/1``, one write a line; other items as Scrapy writes them."""

    def __init__(self, file: IO[bytes], **options: Any) -> None:
        super().__init__(dont_fail=True, **options)
        self._file = file
        options.setdefault("encoding", "utf-8")
        self._others = JsonLinesItemExporter(cast("io.BytesIO", file), **options)

    def export_item(self, item: Any) -> None:
        """Writes one line."""
        if not self.fields_to_export and is_record(item):
            self._file.write(encode_record(item))
        else:
            self._others.export_item(item)


def encode_made(item: Any) -> bytes:
    """The line of what item pipelines made of an article, as :class:`ArticleLinesExporter` writes it. Raises TypeError for what is no item,
    and TypeError or ValueError for one that JSON cannot hold."""
    if not ItemAdapter.is_item(item):
        raise TypeError(f"the item pipelines made {item!r:.80} of it, which is no item; process_item has to return one")
    file = io.BytesIO()
    ArticleLinesExporter(file).export_item(item)
    return file.getvalue()


class ArticleTableExporter(CsvItemExporter):
    """Scrapy's CSV with cells that people and programs can read: names of a list divided by ``; ``, objects as JSON."""

    def serialize_field(self, field: Mapping[str, Any] | Field, name: str, value: Any) -> Any:
        """A field's cell."""
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return "; ".join(value)
        if isinstance(value, (list, dict, msgspec.Struct)):
            return msgspec.json.encode(value).decode() if value else ""
        return super().serialize_field(field, name, value)
