"""Sitemaps (sitemaps.org 0.9, Google's news extension, plain text, gzip) to candidates.

Own reader: Scrapy's returns ``''`` for the news extension, and trees of 50 MB files cost 187 MB (OPERATION §3). Elements are
told by local name, because sites declare the namespaces wrongly.
"""
from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from newscrawl.items import Candidate, Evidence
from newscrawl.urls import absolute

MAX_BYTES = 50 * 2**20
MAX_URLS = 50_000
"""Both from sitemaps.org's protocol: a single file's uncompressed size and entries."""
MAX_CHILDREN = 500
MAX_DEPTH = 3
"""Children of an index, and indexes of indexes, that are followed (OPERATION §3)."""
_ROOT = re.compile(rb"<(?:\w+:)?(urlset|sitemapindex)[\s>]", re.I)


class NotASitemap(ValueError):
    """The bytes are no sitemap, or hostile; the text says why."""


@dataclass(slots=True)
class Sitemap:
    """What a sitemap file lists: pages, or other sitemaps."""

    candidates: list[Candidate] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    cut: str | None = None
    """Why reading stopped before the end."""


def unzipped(body: bytes) -> bytes:
    """The body, gunzipped where its first bytes say gzip, whatever name or type it has. Raises :class:`NotASitemap`."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    whole = bytearray()
    rest = body
    while rest.startswith(b"\x1f\x8b"):  # a gzip file may have several members
        unzip = zlib.decompressobj(wbits=31)
        try:
            whole += unzip.decompress(rest, MAX_BYTES + 1 - len(whole))
        except zlib.error as error:
            if whole:
                return bytes(whole)
            raise NotASitemap(f"broken gzip: {error}") from error
        if len(whole) > MAX_BYTES:
            raise NotASitemap(f"larger than {MAX_BYTES} bytes unzipped")
        rest = unzip.unused_data
    return bytes(whole)


def is_sitemap(body: bytes) -> bool:
    """Whether the bytes (gzip too) look like an XML sitemap."""
    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, 4096)
        except zlib.error:
            return False
    return bool(_ROOT.search(body[:4096].replace(b"\x00", b"")))


def parse(body: bytes, url: str) -> Sitemap:
    """The pages and child sitemaps that a sitemap lists, in its order. Raises :class:`NotASitemap`."""
    body = unzipped(body)
    if not is_sitemap(body):
        return _plain_text(body, url)
    found = Sitemap()
    for element in _elements(body, found):
        if _name(element) == "sitemap":
            link = absolute(url, _child(element, "loc") or "")
            if link and link != url and link not in found.children:
                found.children.append(link)
        elif link := absolute(url, _child(element, "loc") or ""):
            found.candidates.append(Candidate(url=link, evidence=_evidence(element)))
        if len(found.candidates) >= MAX_URLS or len(found.children) >= MAX_CHILDREN:
            found.cut = f"more than {MAX_URLS} pages or {MAX_CHILDREN} sitemaps"
            break
    _distrust_equal_dates(found)
    return found


def _elements(body: bytes, found: Sitemap) -> Iterator[Any]:
    parser = etree.XMLPullParser(events=("end",), recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    for start in range(0, len(body), 65536):
        try:
            parser.feed(body[start:start + 65536])
        except etree.XMLSyntaxError as error:
            found.cut = f"broken XML: {error}"
            return
        for _, element in parser.read_events():
            if _name(element) in ("url", "sitemap"):
                yield element
                element.clear()
                while element.getprevious() is not None:  # constant memory: emptied elements go too
                    del element.getparent()[0]


def _evidence(element: Any) -> Evidence:
    news = next((child for child in element if _name(child) == "news"), None)
    if news is None:
        return Evidence(via="sitemap", modified=_child(element, "lastmod"))
    publication = next((child for child in news if _name(child) == "publication"), None)
    return Evidence(
        via="sitemap", title=_child(news, "title"), published=_child(news, "publication_date"), modified=_child(element, "lastmod"),
        language=_child(publication, "language") if publication is not None else None)


def _distrust_equal_dates(found: Sitemap) -> None:
    """A ``lastmod`` that all pages share is the time the file was made."""
    dates = {candidate.evidence.modified for candidate in found.candidates}
    if len(found.candidates) < 3 or len(dates) > 1 or dates == {None}:
        return
    for at, candidate in enumerate(found.candidates):
        known = candidate.evidence
        found.candidates[at] = Candidate(url=candidate.url, evidence=Evidence(
            via=known.via, title=known.title, published=known.published, language=known.language))


def _plain_text(body: bytes, url: str) -> Sitemap:
    """One URL a line."""
    lines = [line.strip() for line in body[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if not lines or not all(re.match(r"https?://\S+$", line) for line in lines[:50]):
        raise NotASitemap("neither XML nor a list of URLs")
    links = [absolute(url, line) for line in lines if re.match(r"https?://\S+$", line)]
    return Sitemap([Candidate(url=link, evidence=Evidence(via="sitemap")) for link in links[:MAX_URLS] if link])


def _name(element: Any) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _child(element: Any, name: str) -> str | None:
    return next((" ".join("".join(child.itertext()).split()) or None for child in element if _name(child) == name), None)
