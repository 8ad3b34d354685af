"""Embedded state: the JSON that a JavaScript front end leaves in the page (``__NEXT_DATA__``, ``__NUXT__``, ``__INITIAL_STATE__``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import msgspec
from lxml import etree
from lxml.html import HtmlElement

from newscrawl.extraction.read import javascript
from newscrawl.extraction.read.guarded import unescaped
from newscrawl.writing import fold

MAX_NODES = 20_000
MAX_SCRIPTS = 12
MAX_NAMED = 4
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


# Fields under the names that the finders ask for <- names that front ends give them, folded (lower case, no underscores).
_ALIASES = {
    "source": "newssource comefrom articlesource mediasource medianame copyfrom sourcename origin fromsource".split(),
    "channelName": "channelname columnname categoryname sectionname channel column category section catname typename".split(),
    "publishTime": "newstime publishtime pubtime publishedtime publishdate pubdate releasetime showtime createtime createdat postdate"
    " posttime inputtime addtime ctime ptime updatedate".split(),
    "author": "authorname newsauthor nickname username".split(),
}


def article_in(
    scripts: Iterable[tuple[str, str]], headlines: Iterable[str], *, javascript_too: bool = False
) -> dict[str, Any]:
    """The object whose title is one of the page's headlines and that has most properties of an article; empty when none is.

    ``javascript_too`` also reads scripts that are no JSON, which costs more: for pages whose HTML holds no article.
    """
    heads = {h for h in map(fold, headlines) if len(h) > 3}
    best: tuple[int, dict[str, Any]] = (0, {})
    unnamed: tuple[int, dict[str, Any]] = (0, {})
    for _, text in list(scripts)[: MAX_SCRIPTS if javascript_too else MAX_NAMED]:
        value = _decode(text, javascript_too)
        for item in _objects(value):
            if javascript_too:
                item = _with_aliases(item)
            title = fold(headline(item))
            if (
                title
                and (size := len(body_html(item))) > max(MIN_BODY, unnamed[0])
                and sum(1 for key in _TELLING if item.get(key)) >= 3
            ):
                unnamed = (size, item)
            if not title or not any(title == h or (len(title) > 7 and h.startswith(title)) for h in heads):
                continue
            score = sum(1 for key in _TELLING if item.get(key)) + (5 if javascript_too and body_html(item) else 0)
            if score > best[0]:
                best = (score, item)
    return best[1] or unnamed[1]


def _with_aliases(item: dict[str, Any]) -> dict[str, Any]:
    """The object with its title, source, section and time also under the names that are asked for."""
    folded = {
        key.replace("_", "").replace("-", "").casefold(): value
        for key, value in item.items()
        if value not in (None, "", [], {})
    }
    extra = {
        name: next((folded[alias] for alias in aliases if alias in folded), None)
        for name, aliases in _ALIASES.items()
        if not item.get(name)
    }
    if not headline(item):
        extra["title"] = next(
            (v for k, v in folded.items() if k.endswith(("title", "headline", "subject")) and isinstance(v, str)), None
        )
    return item | {name: value for name, value in extra.items() if value is not None}


def headline(item: dict[str, Any]) -> str:
    """The object's title as it stands there; empty when it has none."""
    for key in _TITLES:
        value = item.get(key)
        if isinstance(value, dict):
            value = value.get("basic") or value.get("default") or value.get("rendered")
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


_BLOCK_TAG = re.compile(r"</?(?:p|div|br|section|h\d)\b", re.I)
_SENTENCES = re.compile(r"[。！？]|[.!?](?:\s|$|<)")


def body_html(item: dict[str, Any]) -> str:
    """The article's text, mostly as HTML, that the object holds; empty when it has none."""
    for key in _BODIES:
        value = _told(item.get(key))
        if len(value) >= 60:
            return value
    if not headline(item):
        return ""
    others = [value for value in map(_told, item.values()) if len(value) >= MIN_BODY and _reads_like_text(value)]
    return max(others, key=len, default="")


def _told(value: Any) -> str:
    """A property's text: a string, an object around one, or a list of paragraphs; markup that was escaped is unescaped."""
    if isinstance(value, dict):
        value = value.get("rendered") or value.get("html") or value.get("text") or value.get("content")
    if isinstance(value, list):
        value = "".join(f"<p>{part}</p>" for part in map(_piece, value) if part)
    if not isinstance(value, str):
        return ""
    return unescaped(value) if "&lt;" in value and "<" not in value else value


def stray_html(tree: HtmlElement) -> str:
    """The longest markup of paragraphs that an attribute or a string in a script holds; empty where there is none.

    The last resort for a page that shows nothing: components take their article as an attribute, old scripts write it into the page.
    """
    best = ""
    for element in tree.iter(etree.Element):
        values = javascript.strings(element.text or "") if element.tag == "script" else element.attrib.values()
        for value in values:
            if (
                len(value) > max(MIN_BODY, len(best))
                and _BLOCK_TAG.search(value)
                and len(_SENTENCES.findall(value)) >= 3
            ):
                best = value
    return unescaped(best) if "&lt;" in best and "<" not in best else best


def _reads_like_text(value: str) -> bool:
    """Paragraphs, or several sentences: no style sheet, no script, no address list."""
    return "{" not in value[:2000] and (_BLOCK_TAG.search(value) is not None or len(_SENTENCES.findall(value)) >= 3)


def _piece(part: Any) -> str:
    """One element of a body that is kept as a list of paragraphs."""
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        value = part.get("content") or part.get("text") or part.get("html")
        return value if isinstance(value, str) else ""
    return ""


def _decode(text: str, javascript_too: bool) -> Any:
    """JSON at the start of the text; what follows it (``;(function(){…``) is ignored. What cannot be read gives None."""
    text = text.strip()
    if text[:3].casefold() == "%7b":
        text = unquote(text)
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
        pass  # JavaScript, read below where that is asked for
    if not javascript_too:
        return None
    try:
        return javascript.value_of(text)
    except (javascript.Unreadable, RecursionError):
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
