"""Who wrote an article, who edited it, and which outlet the page credits: three fields that pages like to mix."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from newscrawl.extraction.document import Block, Document, Found
from newscrawl.extraction.fields import names, nearby_lines
from newscrawl.extraction.fields.byline import Parts
from newscrawl.extraction.fields.outlets import NAME_AND_OUTLET, below, find_source, footer, header
from newscrawl.extraction.fields.suffixes import site_marks
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.extraction.trace import settle
from newscrawl.extraction.words import name_list
from newscrawl.writing import fold

_META_AUTHOR = name_list("meta_author")
MAX_DECLARED = 60
"""People of one declaration that are looked at; twelve are kept."""
_META_EDITOR = ("editor", "article:editor", "contenteditor")
_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|authors|byline|by-line|autor|autoren|writer|contributor|article-author\w*|authorname"
    r"|author_?name)(?:$|[\s_-]|s\b|-name|-link|__name|__link)",
    re.I,
)
_ORG_TYPES = frozenset(("organization", "newsmediaorganization", "corporation"))
# What stands in brackets at the head or the end of a Chinese body: （记者 陆一夫）, （新华社记者王宾）, 记者 张三 报道.
_CJK = "\u3400-\u9fff"
_IN_BODY = re.compile(
    rf"[（(【\[][^（）()【】\[\]]{{0,30}}?(?:记者|記者|作者|撰文|通讯员)[\s:：/]*(?P<names>[{_CJK}·]{{2,4}}(?:[\s、，,]+(?:(?:实习|见习)?(?:记者"
    rf"|通讯员)\s*)?[{_CJK}·]{{2,4}}){{0,4}})\s*[）)】\]]"
)
_SIGNED = re.compile(rf"[。！？”]\s*[（(](?P<names>[{_CJK}·]{{2,4}}(?:[\s、][{_CJK}·]{{2,4}}){{0,3}})[）)]$")
_EDITOR_IN_BODY = re.compile(
    r"[（(【\[]\s*(?:责任编辑|責任編輯|责编|編輯|编辑)\s*[:：]?\s*(?P<names>[^（）()【】\[\]]{2,40})\s*[）)】\]]"
)


def find_authors(doc: Document, s: Structured) -> Found:
    """The authors' names, people first declared by the page to machines, then those on its visible by-line.

    An outlet's own name is no author unless JSON-LD declares the outlet itself (an Organization) as the only one.
    """
    return settle(doc, "authors", _authors(doc, s), empty=[])


def _authors(doc: Document, s: Structured) -> Iterator[Found]:
    site = site_marks(doc, s)
    declared, desk = _declared(s, site)
    if declared:
        yield Found(declared, "json-ld", where="author")
    finders: tuple[tuple[str, str, Callable[[], list[str]]], ...] = (
        ("meta", "", lambda: _persons(doc, s, [v for key in _META_AUTHOR for v in s.meta.get(key, ())[:5]])),
        ("microdata", "author", lambda: _persons(doc, s, s.microdata.get("author", [])[:6])),
        ("visible", "by-line", lambda: _labelled(header(doc), openers=True)),
        ("visible", "signature beside the date", lambda: _signature(doc)),
        ("visible", "element marked as author", lambda: _marked_elements(doc)),
        ("visible", "line after the text", lambda: _labelled(footer(doc))),
        ("visible", "brackets in the text", lambda: _in_body(doc)),
    )
    for origin, where, find in finders:
        candidates = find()
        yield Found(_accept(candidates, site), origin, "; ".join(candidates), where)
    if desk:
        another = _credits_another(doc, s, site)
        yield Found(
            [] if another else desk,
            "json-ld",
            "; ".join(desk),
            "the site's own desk, but the page credits another" if another else "the site's own desk",
        )
        if another:
            return
    embedded = (
        _accept(_texts(s.state.get("author") or s.state.get("authors") or s.state.get("byline")), site)
        if s.state
        else []
    )
    if embedded:
        yield Found(embedded, "state")
    fed = _accept(doc.evidence.authors, site) if doc.evidence else []
    if fed:
        yield Found(fed, "feed")


def _credits_another(doc: Document, s: Structured, site: frozenset[str]) -> bool:
    """Whether the by-line of a Chinese page names another outlet: then the site's own desk did not write what it declares as its own."""
    if re.search("[\u3040-\u30ff]", s.title_tag) or not re.search(f"[{_CJK}]", s.title_tag):
        return False
    credited = find_source(doc, s)
    return credited.origin == "visible" and not _own_name(str(credited.value), site)


def _declared(s: Structured, site: frozenset[str]) -> tuple[list[str], list[str]]:
    """JSON-LD's authors: (people and foreign desks, the site's own desks)."""
    people: list[str] = []
    desks: list[str] = []
    for item in jsonld.as_list(s.prop("author", "creator"))[:MAX_DECLARED]:
        item = jsonld.resolve(item, s.by_id)
        own_type = jsonld.types(item) if isinstance(item, dict) else set()
        for text in _texts(item):
            if own_type & _ORG_TYPES:
                name = clean(text)
                if names.is_name(name):
                    (desks if fold(name) in site else people).append(name)
                continue
            for name in names.split(clean(text)):
                (desks if _own_name(name, site) else people).append(name)
    return _unique(people), _unique(desks)


def _texts(value: Any, depth: int = 0) -> list[str]:
    out: list[str] = []
    for item in jsonld.as_list(value)[:MAX_DECLARED] if depth < jsonld.MAX_DEPTH else ():
        if isinstance(item, dict):
            given = " ".join(str(item[k]) for k in ("givenName", "familyName") if isinstance(item.get(k), str))
            out += _texts(
                item.get("name") or given or item.get("fullName") or item.get("byline") or item.get("title"), depth + 1
            )
        elif isinstance(item, str):
            out.append(item)
    return out


def _persons(doc: Document, s: Structured, candidates: list[str]) -> list[str]:
    """Chinese portals put the outlet into ``author`` meta tags: of names in Han characters only a person's stays, except on Japanese pages."""
    if s.html_lang.startswith("ja") or re.search("[\u3040-\u30ff]", s.title_tag):
        return candidates
    return [
        c
        for c in candidates
        if not re.search(f"[{_CJK}]", c) or all(names.is_chinese_person(n) for n in names.split(c))
    ]


def _accept(candidates: Iterable[str], site: frozenset[str]) -> list[str]:
    """The names in the texts. A list that begins with the site's own name is an imprint (outlet, town, country): only people of it stay."""
    found: list[str] = []
    for text in islice(candidates, MAX_DECLARED):
        text = clean(text)
        first = re.split(r"[,|]", text, maxsplit=1)[0].rstrip()
        imprint = "," in text and (_own_name(first, site) or names.is_company(first))
        found += [n for n in names.split(text) if not _own_name(n, site) and (not imprint or names.is_person_like(n))]
    return _unique(found)


def _own_name(name: str, site: frozenset[str]) -> bool:
    folded = fold(name)
    return folded in site or any(
        len(mark) > 2 and mark in folded and folded.replace(mark, "") in _OWN_WORDS for mark in site
    )


_OWN_WORDS = frozenset(
    (
        "nachrichten",
        "news",
        "online",
        "redaktion",
        "redaccion",
        "redacción",
        "redazione",
        "staff",
        "desk",
        "team",
        "newsdesk",
        "newsroom",
        "网",
        "新闻",
        "digital",
    )
)


def _unique(found: list[str]) -> list[str]:
    out: dict[str, str] = {}
    for name in found:
        out.setdefault(fold(name), name)
    return list(out.values())[: names.MAX_NAMES]


def _labelled(lines: list[tuple[Block, Parts]], *, openers: bool = False) -> list[str]:
    """Names that a label, or an opener where these count, on one of the lines declares."""
    return [
        n
        for _, parts in lines
        if "authors" in parts.labelled or (openers and "by" in parts.labelled)
        for n in parts.authors
    ]


def _signature(doc: Document) -> list[str]:
    """石佳/中国青年报 (a reporter and the outlet), or a person's name beside the date: by-lines without a label."""
    out: list[str] = []
    for _, parts in below(doc):
        if parts.date is not None:
            # Of Han characters a section looks like a name as easily (时讯): those need a label or an outlet beside them.
            out += [
                n for n in parts.rest if names.is_person_like(n) and not n.isupper() and not re.search(f"[{_CJK}]", n)
            ]
    for block, _ in below(doc):
        if (match := NAME_AND_OUTLET.match(block.text)) and names.is_chinese_person(match["name"]):
            out.append(match["name"])
    return out


def _marked_elements(doc: Document) -> list[str]:
    """Names in elements near the headline that are marked up as author (``rel=author``, class ``author`` or ``byline``)."""
    found: list[str] = []
    for block, _ in below(doc)[:12]:
        element = block.element
        if element is None or len(block.text) > 120:
            continue
        for candidate in _marked(element):
            text = clean(candidate.text_content())
            if 2 < len(text) <= 80 and not any(c.isdigit() for c in text):
                found += [n for n in names.split(text) if names.is_person_like(n)]
        if found:
            break
    return found


def _marked(element: HtmlElement) -> list[HtmlElement]:
    own = f"{element.get('class') or ''} {element.get('itemprop') or ''} {element.get('rel') or ''}"
    inner = [
        e
        for e in element.iter("a", "span", "b", "strong", "p", "div")
        if _CLASS.search(f"{e.get('class') or ''} {e.get('rel') or ''}") or "/author/" in (e.get("href") or "")
    ]
    return inner[-3:] or ([element] if _CLASS.search(own) else [])


def _in_body(doc: Document) -> list[str]:
    """A reporter named in brackets in the first or the last paragraphs of the body."""
    body = nearby_lines.body_lines(doc)
    for block in [*body[:2], *body[-3:]]:
        edge = block.text[:120] if block in body[:2] else block.text[-120:]
        if match := _IN_BODY.search(edge):
            return names.split(re.sub(r"(?:实习|见习)?(?:记者|通讯员)", " ", match["names"]))
    for block in body[-2:]:
        if (match := _SIGNED.search(block.text)) and all(map(names.is_chinese_person, names.split(match["names"]))):
            return names.split(match["names"])
    return []


def find_editors(doc: Document, s: Structured) -> Found:
    """责任编辑 and the like: the names of who edited or published the text."""
    return settle(doc, "editors", _editors(doc, s), empty=[])


def _editors(doc: Document, s: Structured) -> Iterator[Found]:
    for origin, lines in (("visible", footer(doc)), ("visible", header(doc))):
        found = _unique([n for _, parts in lines if "editors" in parts.labelled for n in parts.editors])
        if found:
            yield Found(found, origin, where="by-line")
    for block in nearby_lines.body_lines(doc)[-3:]:
        if match := _EDITOR_IN_BODY.search(block.text[-80:]):
            found = _unique(names.split(match["names"]))
            yield Found(found, "visible", match[0], "brackets in the text")
            if not found:
                return
    declared = _unique([n for item in _texts(s.prop("editor")) for n in names.split(clean(item))])
    if declared:
        yield Found(declared, "json-ld", where="editor")
    meta = _unique([n for key in _META_EDITOR for v in s.meta.get(key, ())[:2] for n in names.split(v)])
    if meta:
        yield Found(meta, "meta")
