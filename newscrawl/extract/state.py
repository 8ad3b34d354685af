"""Embedded state: the JSON that a JavaScript front end leaves in the page (``__NEXT_DATA__``, ``__NUXT__``, ``__INITIAL_STATE__``)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from newscrawl.extract.jsonld import fold

MAX_NODES = 20_000
MAX_SCRIPTS = 4
_TITLES = ("title", "headline", "headlines", "name", "docTitle", "articleTitle", "newsTitle")
_BODIES = (
    "content",
    "body",
    "articleBody",
    "article_body",
    "bodyHtml",
    "contentHtml",
    "content_html",
    "html",
    "text",
    "detail",
    "newsContent",
    "content_elements",
    "paragraphs",
)
MIN_BODY = 200
_TELLING = (
    "content",
    "body",
    "publishTime",
    "publishedAt",
    "publishDate",
    "datePublished",
    "published_at",
    "pubTime",
    "publish_time",
    "source",
    "author",
    "authors",
    "byline",
    "articleBody",
    "firstPublished",
    "created_at",
    "createTime",
    "editor",
    "section",
    "display_date",
)


def article_in(scripts: Iterable[tuple[str, str]], headlines: Iterable[str]) -> dict[str, Any]:
    """The object whose title is one of the page's headlines and that has most properties of an article; empty when none is."""
    heads = {h for h in map(fold, headlines) if len(h) > 3}
    best: tuple[int, dict[str, Any]] = (0, {})
    unnamed: tuple[int, dict[str, Any]] = (0, {})
    for _, text in list(scripts)[:MAX_SCRIPTS]:
        value = _decode(text)
        for item in _objects(value):
            title = fold(headline(item))
            if (
                title
                and (size := len(body_html(item))) > max(MIN_BODY, unnamed[0])
                and sum(1 for key in _TELLING if item.get(key)) >= 3
            ):
                unnamed = (size, item)
            if not title or not any(title == h or (len(title) > 7 and h.startswith(title)) for h in heads):
                continue
            score = sum(1 for key in _TELLING if item.get(key))
            if score > best[0]:
                best = (score, item)
    return best[1] or unnamed[1]


def headline(item: dict[str, Any]) -> str:
    """The object's title as it stands there; empty when it has none."""
    for key in _TITLES:
        value = item.get(key)
        if isinstance(value, dict):
            value = value.get("basic") or value.get("default") or value.get("rendered")
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def body_html(item: dict[str, Any]) -> str:
    """The article's text, mostly as HTML, that the object holds; empty when it has none."""
    for key in _BODIES:
        value = item.get(key)
        if isinstance(value, dict):
            value = value.get("rendered") or value.get("html") or value.get("text")
        if isinstance(value, list):
            value = "".join(f"<p>{part}</p>" for part in map(_piece, value) if part)
        if isinstance(value, str) and len(value) >= 60:
            return value
    return ""


def _piece(part: Any) -> str:
    """One element of a body that is kept as a list of paragraphs."""
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        value = part.get("content") or part.get("text") or part.get("html")
        return value if isinstance(value, str) else ""
    return ""


def _decode(text: str) -> Any:
    """JSON at the start of the text; what follows it (``;(function(){…``) is ignored. JavaScript that is no JSON gives None."""
    text = text.strip()
    try:
        if text[:1] in "{[":
            return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass  # something follows the value, or it is not strict JSON
    try:
        if text[:1] in ("{", "["):
            return json.JSONDecoder(strict=False).raw_decode(text)[0]
        if text[:1] in ("'", '"'):
            inner = json.JSONDecoder(strict=False).raw_decode(text)[0]
            return json.loads(inner, strict=False) if isinstance(inner, str) else None
    except (ValueError, RecursionError):
        return None
    return None


def _objects(value: Any) -> Iterable[dict[str, Any]]:
    """Every object in the value, breadth first, at most :data:`MAX_NODES` nodes; no recursion, so depth costs nothing."""
    queue: list[Any] = [value]
    position = 0
    while position < len(queue) < MAX_NODES:
        node = queue[position]
        position += 1
        if isinstance(node, dict):
            yield node
            queue.extend(child for child in node.values() if isinstance(child, (dict, list)))
        elif isinstance(node, list):
            queue.extend(child for child in node if isinstance(child, (dict, list)))
