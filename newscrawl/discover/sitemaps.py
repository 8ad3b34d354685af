"""Reads sitemaps (sitemaps.org 0.9, Google's news and image extensions, plain text, gzip) into candidates.

The reader is our own because Scrapy's returns ``''`` for the news extension, and trees of 50 MB files cost 187 MB. Elements are
told by local name, because sites declare the namespaces wrongly. Reading is a stream: beyond the bytes as they came, memory does
not grow with the file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from newscrawl.discover.dates import timestamp
from newscrawl.items import Candidate, Evidence
from newscrawl.urls import absolute

MAX_BYTES = 50 * 2**20
MAX_URLS = 50_000
"""Both limits are those of sitemaps.org's protocol: a single file's uncompressed size and entries."""
MAX_CHILDREN = 500
MAX_DEPTH = 3
"""So many children of an index, and so many levels of indexes, are followed."""
MAX_OPEN = 1000
"""Tags in a row that may lack their ``>``: at each of them the parser looks for it through all that follows."""
NOW = 300.0
"""Seconds: a ``lastmod`` within them of the fetch says now."""
MIN_DATES = 3
MIN_NOW = 5
"""Entries from which equal dates, and dates of this moment, are no chance."""
_PIECE = 65536
_ROOT = re.compile(rb"<(?:\w+:)?(urlset|sitemapindex)[\s>]", re.I)
_PLAIN = re.compile(r"https?://[\w.-]+(:\d+)?/[\w./?=&%~+,;:@!-]*$", re.ASCII)
"""An address that needs no resolving, as nearly all are."""
_GZIP = b"\x1f\x8b"


class NotASitemap(ValueError):
    """The bytes are no sitemap, or hostile; the text says why."""


@dataclass(slots=True)
class Child:
    """A sitemap that an index names."""

    url: str
    modified: str | None = None


@dataclass(slots=True)
class Sitemap:
    """What is known of a sitemap file once it has been read to its end."""

    candidates: list[Candidate] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    cut: str | None = None
    """Why reading stopped before the end."""
    dates: _Dates = field(default_factory=lambda: _Dates())

    def lie(self, now: datetime | None = None) -> str | None:
        """Returns why the file's ``lastmod`` say nothing of its pages: all equal, or all of this moment."""
        return self.dates.lie(now)


@dataclass(slots=True)
class _Dates:
    """The ``lastmod`` of a file, as far as it takes to see that they lie."""

    entries: int = 0
    values: set[str | None] = field(default_factory=set)
    days: dict[int, int] = field(default_factory=dict)
    """Dates by the piece of :data:`NOW` seconds that they lie in; the newest pieces alone are kept."""

    def add(self, value: str | None) -> None:
        self.entries += 1
        if len(self.values) < 2:
            self.values.add(value)
        seconds = timestamp(value)
        if seconds is not None:
            piece = int(seconds // NOW)
            self.days[piece] = self.days.get(piece, 0) + 1
            if len(self.days) > 1000:
                self.days = {piece: self.days[piece] for piece in sorted(self.days)[-100:]}

    def lie(self, now: datetime | None) -> str | None:
        if self.entries >= MIN_DATES and len(self.values) == 1 and self.values != {None}:
            return "all equal"
        if now is None or self.entries < MIN_NOW:
            return None
        latest = int(now.astimezone(UTC).timestamp() // NOW) - 1
        return (
            "always now"
            if 5 * sum(count for piece, count in self.days.items() if piece >= latest) > 4 * self.entries
            else None
        )


def is_sitemap(body: bytes) -> bool:
    """Returns whether the bytes (gzip too) look like an XML sitemap."""
    try:
        head = next(_pieces(body), b"")
    except NotASitemap:
        return False
    return bool(_ROOT.search(head[:4096].replace(b"\x00", b"")))


def parse(body: bytes, url: str, now: datetime | None = None) -> Sitemap:
    """Returns the pages and child sitemaps that a sitemap lists, in its order; ``lastmod`` that lie are left out. Raises :class:`NotASitemap`."""
    found = Sitemap()
    for entry in entries(body, url, found):
        if isinstance(entry, Child):
            found.children.append(entry)
        else:
            found.candidates.append(entry)
    if found.lie(now):
        found.candidates = [undated(candidate) for candidate in found.candidates]
        for child in found.children:
            child.modified = None
    return found


def undated(candidate: Candidate) -> Candidate:
    """Returns a candidate without the ``lastmod`` that its sitemap gave it."""
    told = candidate.evidence
    return Candidate(
        url=candidate.url,
        evidence=Evidence(
            via=told.via,
            title=told.title,
            published=told.published,
            language=told.language,
            tags=told.tags,
            image=told.image,
        ),
    )


def entries(body: bytes, url: str, found: Sitemap) -> Iterator[Candidate | Child]:
    """Streams what a sitemap lists; what can be said of the whole is kept in ``found``. Raises :class:`NotASitemap`."""
    if not is_sitemap(body):
        yield from _plain_text(body, url, found)
        return
    pages = children = 0
    seen = {url}
    for element in _elements(body, found):
        if pages >= MAX_URLS or children >= MAX_URLS:
            found.cut = f"more than {MAX_URLS} entries"
            return
        parts = _parts(element)
        link = _link(url, _text(parts.get("loc")))
        if not link:
            continue
        modified = _text(parts.get("lastmod"))
        if _name(element) == "sitemap":
            if link in seen:
                continue
            seen.add(link)
            children += 1
            yield Child(link, modified)
        else:
            pages += 1
            yield Candidate(url=link, evidence=_evidence(parts, modified, url))
        found.dates.add(modified)


def _pieces(body: bytes, found: Sitemap | None = None) -> Iterator[bytes]:
    """Yields the content in small pieces, gunzipped where the first bytes say gzip, whatever name or type it has; never more than MAX_BYTES."""
    if not body.startswith(_GZIP):
        for start in range(0, min(len(body), MAX_BYTES), _PIECE):
            yield body[start : start + _PIECE]
        if len(body) > MAX_BYTES and found is not None:
            found.cut = f"larger than {MAX_BYTES} bytes"
        return
    total = 0
    try:
        for piece in _unzipped(body):
            total += len(piece)
            yield piece
            if total > MAX_BYTES:
                if found is not None:
                    found.cut = f"larger than {MAX_BYTES} bytes unzipped"
                return
    except zlib.error as error:
        if not total:
            raise NotASitemap(f"broken gzip: {error}") from error
        if found is not None:
            found.cut = f"broken gzip: {error}"


def _unzipped(body: bytes) -> Iterator[bytes]:
    """Yields the members of a gzip file one after the other, whatever follows the last one aside."""
    view = memoryview(body)
    at = 0
    while bytes(view[at : at + 2]) == _GZIP:
        unzip = zlib.decompressobj(wbits=31)
        while not unzip.eof and at < len(view):
            given = view[at : at + _PIECE]
            at += len(given)
            piece = unzip.decompress(given, _PIECE)
            while piece:
                yield piece
                piece = unzip.decompress(unzip.unconsumed_tail, _PIECE) if unzip.unconsumed_tail else b""
        at -= len(unzip.unused_data)


def _elements(body: bytes, found: Sitemap) -> Iterator[Any]:
    parser = etree.XMLPullParser(
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
    )
    open_tags = 0
    for piece in _pieces(body, found):
        open_tags = max(0, open_tags + piece.count(b"<") - piece.count(b">"))
        if open_tags > MAX_OPEN:
            found.cut = f"broken XML: {open_tags} tags without an end"
            return
        try:
            parser.feed(piece)
        except etree.XMLSyntaxError as error:
            found.cut = f"broken XML: {error}"
            return
        for _, element in parser.read_events():
            yield element
            element.clear()
            while element.getprevious() is not None:  # constant memory: emptied elements go too
                del element.getparent()[0]


def _evidence(parts: dict[str, Any], modified: str | None, url: str) -> Evidence:
    picture = _link(url, _text(_parts(parts["image"]).get("loc"))) if "image" in parts else None
    if "news" not in parts:
        return Evidence(via="sitemap", modified=modified, image=picture)
    news = _parts(parts["news"])
    publication = _parts(news["publication"]) if "publication" in news else {}
    words = (_text(news.get("keywords")) or "").split(",")
    return Evidence(
        via="sitemap",
        title=_text(news.get("title")),
        published=_text(news.get("publication_date")),
        modified=modified,
        language=_text(publication.get("language")),
        image=picture,
        tags=tuple(dict.fromkeys(word.strip() for word in words if word.strip()))[:30],
    )


def _plain_text(body: bytes, url: str, found: Sitemap) -> Iterator[Candidate]:
    """Reads a sitemap with one URL a line."""
    number = 0
    for line in _lines(body, found):
        text = line.decode("utf-8-sig" if not number else "utf-8", "replace").strip()
        if not text:
            continue
        if not re.match(r"https?://\S+$", text):
            if number < 50:
                raise NotASitemap("neither XML nor a list of URLs")
            continue
        if number >= MAX_URLS:
            found.cut = f"more than {MAX_URLS} entries"
            return
        number += 1
        if link := _link(url, text):
            yield Candidate(url=link, evidence=Evidence(via="sitemap"))
    if not number:
        raise NotASitemap("neither XML nor a list of URLs")


def _lines(body: bytes, found: Sitemap) -> Iterator[bytes]:
    rest = b""
    for piece in _pieces(body, found):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > _PIECE:
            raise NotASitemap("neither XML nor a list of URLs")
    yield rest


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _parts(element: Any) -> dict[str, Any]:
    """Returns the first child of each name."""
    found: dict[str, Any] = {}
    for child in element:
        found.setdefault(_name(child), child)
    return found


def _text(element: Any) -> str | None:
    if element is None:
        return None
    return " ".join((element.text or "" if not len(element) else "".join(element.itertext())).split()) or None


def _link(base: str, link: str | None) -> str | None:
    if link and _PLAIN.match(link):
        return link
    return absolute(base, link) if link else None
