"""JSON-LD: reading the blocks of a page, and choosing the object that describes its article.

Bounded on purpose: a hostile block (deep nesting, megabytes, endless graphs) costs itself, never the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote

import msgspec

from newscrawl import urls
from newscrawl.writing import fold

MAX_BLOCK_CHARS = 2_000_000
"""Longer blocks are not read: the bench's longest is 0.3 MB, and parsing time grows with the length."""
MAX_OBJECTS = 800
MAX_BLOCK_OBJECTS = 200
MAX_DEPTH = 6

ARTICLE_TYPES = frozenset(
    "article newsarticle reportagenewsarticle analysisnewsarticle opinionnewsarticle backgroundnewsarticle reviewnewsarticle"
    " asknewsarticle satiricalarticle advertisercontentarticle liveblogposting blogposting techarticle scholarlyarticle"
    " report socialmediaposting discussionforumposting recipe review".split()
)
PAGE_TYPES = frozenset("webpage itempage aboutpage medicalwebpage creativework".split())
MEDIA_TYPES = frozenset("videoobject audioobject podcastepisode imagegallery mediagallery".split())
# Where a page's own objects hang. Lists of other articles (itemListElement, relatedLink, hasPart of a section page) are not followed.
_OWN = ("@graph", "mainEntity", "mainEntityOfPage", "about", "subjectOf", "mainContentOfPage")
_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def parse(text: str | None) -> Any:
    """The value of one JSON block, or None where it cannot be read even after the usual repairs.

    Repairs seen in the wild: HTML comment or CDATA around it, raw line breaks inside strings, a trailing comma or semicolon.
    """
    if not text or len(text) > MAX_BLOCK_CHARS:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        pass  # strict reading failed: try again leniently
    repaired = _COMMENT.sub("", _COMMENT.sub("", text)).strip().rstrip(";")
    for candidate in (repaired, _TRAILING_COMMA.sub(r"\1", repaired)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def objects(blocks: Iterable[Any]) -> list[dict[str, Any]]:
    """Every object that speaks of the page itself, in document order, bounded for a block and for the page."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        found.extend(islice(_walk(block, 0), MAX_BLOCK_OBJECTS))
        if len(found) >= MAX_OBJECTS:
            break
    return found[:MAX_OBJECTS]


def _walk(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value[:MAX_BLOCK_OBJECTS]:
            yield from _walk(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in _OWN:
            if isinstance(value.get(key), (dict, list)):
                yield from _walk(value[key], depth + 1)


def types(item: dict[str, Any]) -> set[str]:
    """The object's types, lower case, without the vocabulary's address."""
    declared = item.get("@type")
    names = declared if isinstance(declared, list) else [declared]
    return {name.rsplit("/", 1)[-1].lower() for name in names if isinstance(name, str)}


def as_list(value: Any) -> list[Any]:
    """A property's values: JSON-LD writes one value bare and several as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def text_of(value: Any) -> str | None:
    """The text of a property that may be a string, a list, or an object with a name or a value."""
    for item in as_list(value):
        if isinstance(item, dict):
            item = item.get("name") or item.get("@value") or item.get("headline")
            item = item[0] if isinstance(item, list) and item else item
        if isinstance(item, (str, int, float)) and not isinstance(item, bool) and str(item).strip():
            return str(item).strip()
    return None


def url_of(value: Any) -> str | None:
    """The address in a property that may be a string, a list, or an object with ``url`` or ``@id``."""
    for item in as_list(value):
        if isinstance(item, dict):
            item = item.get("url") or item.get("contentUrl") or item.get("@id")
            item = item[0] if isinstance(item, list) and item else item
        if isinstance(item, str) and item.strip():
            return item.strip()
    return None


def resolve(value: Any, by_id: dict[str, dict[str, Any]], depth: int = 0) -> Any:
    """References (``{"@id": ...}`` alone) replaced by the object of this page that carries the name."""
    if isinstance(value, list):
        return [resolve(item, by_id, depth + 1) for item in value] if depth < MAX_DEPTH else value
    if isinstance(value, dict) and isinstance(value.get("@id"), str) and "name" not in value:
        return by_id.get(value["@id"], value)
    return value


def _path(url: str | None) -> str:
    return unquote(urls.split(url).path).rstrip("/").lower()


def choose(items: list[dict[str, Any]], addresses: Iterable[str], headlines: Iterable[str]) -> dict[str, Any]:
    """The object that describes this page's article; empty when none does.

    One article object alone is believed unless its URL and its headline both contradict the page. Among several, agreement with the
    page's addresses and headlines decides, then the article types before media, then document order.
    """
    paths = {p for p in map(_path, addresses) if p}
    heads = {h for h in map(fold, headlines) if h}
    best: tuple[float, dict[str, Any]] | None = None
    for item in items:
        kinds = types(item)
        rank = 3.0 if kinds & ARTICLE_TYPES else 1.5 if kinds & MEDIA_TYPES else 1.0 if kinds & PAGE_TYPES else 0.0
        if not rank and "headline" not in item:
            continue
        rank += sum(0.2 for key in ("author", "datePublished", "articleBody") if item.get(key))
        own = {
            _path(u)
            for u in (url_of(item.get("url")), url_of(item.get("mainEntityOfPage")), item.get("@id"))
            if isinstance(u, str)
        }
        if own & paths:
            rank += 4
        head = fold(text_of(item.get("headline")) or text_of(item.get("name")))
        if head and any(head == h or (len(head) > 15 and (head in h or h in head)) for h in heads):
            rank += 3
        elif kinds & ARTICLE_TYPES and paths and own - {""} and not own & paths and heads and head:
            rank -= 4
        if rank > 0 and (best is None or rank > best[0]):
            best = (rank, item)
    return best[1] if best else {}
