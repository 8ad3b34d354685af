"""Tells by an entry point's bytes what it is and what it lists, in one call for a worker process.

Candidates travel back in small packed pieces, which the event loop unpacks one at a time, so that 50,000 of them block nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from newscrawl.discover import feeds, sections, sitemaps
from newscrawl.discover.links import is_article
from newscrawl.discover.templates import template
from newscrawl.items import Candidate
from newscrawl.sites.registry import Site

FEED, SITEMAP, SECTION, ANY = "feed", "sitemap", "section", "any"
PIECE = 200
"""So many candidates are unpacked at a time."""
_CANDIDATES = msgspec.msgpack.Decoder(list[Candidate])
Found = Literal["feed", "sitemap", "index", "page", "other"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """This is what came, and what it is looked at for."""

    body: bytes
    url: str
    site: Site
    expected: str = ANY
    """feed, sitemap, section, or any."""
    content_type: str = ""
    robots: str = ""
    """The X-Robots-Tag header."""
    page: int = 1
    """Number of the page in its list."""
    learned: Mapping[str, bool] = {}
    now: datetime | None = None


class Reading(msgspec.Struct, kw_only=True):
    """This is what an entry point offers."""

    found: Found = "other"
    pieces: list[bytes] = []
    """Candidates, packed; see :func:`unpacked`."""
    count: int = 0
    """Entries of the file or links to articles, those that are not taken as candidates included."""
    put_off: dict[str, tuple[int, bytes]] = {}
    """Template to the number of links left out because it is put off, and the first of them, packed."""
    next_page: str | None = None
    feeds: list[str] = []
    sections: list[str] = []
    children: list[tuple[str, str | None]] = []
    """Sitemaps of an index with their ``lastmod``."""
    lie: str | None = None
    """Why the ``lastmod`` of a sitemap say nothing: all equal, always now."""
    cut: str | None = None
    """Why not everything was read."""
    nofollow: bool = False
    trouble: str | None = None
    """Why the bytes are not what was expected."""


def unpacked(piece: bytes) -> list[Candidate]:
    """Returns the candidates of one of a reading's pieces."""
    return _CANDIDATES.decode(piece)


def read(question: Question) -> Reading:
    """Reads an entry point by what came, not by what was expected: sites serve feeds as HTML, and error pages as feeds."""
    body, expected = question.body, question.expected
    try:
        if feeds.is_feed(body):
            return _feed(question)
        html = sections.is_html(body, question.content_type)
        if sitemaps.is_sitemap(body) or (expected in (SITEMAP, ANY) and not html):
            return _sitemap(question)
    except feeds.NotAFeed as error:
        return Reading(trouble=f"no feed: {error}")
    except sitemaps.NotASitemap as error:
        what = "sitemap" if expected == SITEMAP else "page, feed or sitemap"
        return Reading(trouble=f"no {what}: {error}")
    if not html or expected in (FEED, SITEMAP):
        kind = "an HTML page" if html else question.content_type or "unknown bytes"
        return Reading(trouble=f"no {'page' if expected in (SECTION, ANY) else expected}: {kind}")
    return _page(question)


def _feed(question: Question) -> Reading:
    found = feeds.parse(question.body, question.url, question.content_type)
    reading = Reading(found="feed", count=len(found.candidates), next_page=found.next_page, cut=found.cut)
    reading.pieces = list(_packed(one for one in found.candidates if not question.site.excludes(one.url)))
    return reading


def _wanted(candidate: Candidate, question: Question) -> bool:
    """News sitemaps list articles; plain ones list everything, and the URL must decide."""
    if candidate.evidence.title or candidate.evidence.published:
        return not question.site.excludes(candidate.url)
    return is_article(candidate.url, question.site, learned=question.learned)


def _asked(candidates: Iterable[Candidate], question: Question, reading: Reading) -> Iterator[Candidate]:
    """Leaves out what looks like an article and has been found to be none; not what a feed or a news sitemap names as one."""
    if question.site.articles or all(question.learned.values()):
        yield from candidates
        return
    for candidate in candidates:
        told = candidate.evidence
        name = "" if told.title or told.published else template(candidate.url)
        if question.learned.get(name, True):
            yield candidate
        else:
            number, first = reading.put_off.get(name) or (0, msgspec.msgpack.encode([candidate]))
            reading.put_off[name] = number + 1, first


def _sitemap(question: Question) -> Reading:
    whole = sitemaps.Sitemap()
    reading = Reading(found="sitemap")

    def pages() -> Iterator[Candidate]:
        for entry in sitemaps.entries(question.body, question.url, whole):
            if isinstance(entry, sitemaps.Child):
                reading.children.append((entry.url, entry.modified))
            else:
                reading.count += 1
                if _wanted(entry, question):
                    yield entry

    reading.pieces = list(_packed(_asked(pages(), question, reading)))
    reading.cut, reading.lie = whole.cut, whole.lie(question.now)
    if reading.children and not reading.count:
        reading.found = "index"
    return reading


def _page(question: Question) -> Reading:
    found = sections.parse(
        question.body,
        question.url,
        question.site,
        question.content_type,
        question.page,
        robots=question.robots,
        learned=question.learned,
    )
    reading = Reading(
        found="page",
        count=len(found.articles),
        next_page=found.next_page,
        feeds=found.feeds,
        sections=found.sections,
        cut=found.cut,
        nofollow=found.nofollow,
    )
    reading.pieces = list(_packed(_asked(found.articles, question, reading)))
    return reading


def _packed(candidates: Iterable[Candidate]) -> Iterator[bytes]:
    piece: list[Candidate] = []
    for candidate in candidates:
        piece.append(candidate)
        if len(piece) >= PIECE:
            yield msgspec.msgpack.encode(piece)
            piece = []
    if piece:
        yield msgspec.msgpack.encode(piece)
