"""The outlet that a page credits (来源, Quelle, a wire), and the by-line's lines that name it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newscrawl.extraction.document import Block, Document, Found
from newscrawl.extraction.fields import names, nearby_lines
from newscrawl.extraction.fields.byline import Parts, byline_parts
from newscrawl.extraction.fields.suffixes import site_marks
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.extraction.trace import settle
from newscrawl.extraction.words import name_list, word_set
from newscrawl.writing import fold

_CJK = "\u3400-\u9fff"
_META_SOURCE = name_list("meta_source")


def header(doc: Document) -> list[tuple[Block, Parts]]:
    title = fold(doc.memo.get("title"))
    return [(b, p) for b, p in nearby_lines.header_parts(doc) if not (p.labelled and title and fold(b.text) in title)]


def footer(doc: Document) -> list[tuple[Block, Parts]]:
    return nearby_lines.footer_parts(doc)


NAME_AND_OUTLET = re.compile(rf"^(?P<name>[{_CJK}·]{{2,4}})\s?[/／]\s?(?P<outlet>[^/／\s]{{2,15}})$")


def below(doc: Document) -> list[tuple[Block, Parts]]:
    """The by-line's lines under the headline: those above it belong to navigation more often."""
    at = nearby_lines.title_index(doc, doc.memo.get("title"))
    return [
        (b, p)
        for b, p in header(doc)
        if (at is None or b.index > at) and b.reason not in ("recommended", "advert", "navigation", "share-bar")
    ]


def find_source(doc: Document, s: Structured) -> Found:
    """The outlet that the page credits; value None where it credits none.

    A label (来源, Quelle) beats meta tags, those beat a name that merely stands after the date, that beats an agency among the authors.
    """
    return settle(doc, "source", _sources(doc, s))


def _sources(doc: Document, s: Structured) -> Iterator[Found]:
    top, bottom = header(doc), footer(doc)
    if labelled := _credited(top):
        yield labelled
    meta = s.first(*_META_SOURCE)
    if meta and 1 < len(meta) <= 60 and not meta.startswith(("http", "www.")):
        yield Found(byline_parts(meta).source or meta, "meta", meta)
    if labelled := _credited(bottom, "labelled, after the text"):
        yield labelled
    for block, parts in top:
        if parts.source and (parts.date or parts.bare_date):
            yield Found(parts.source, "visible", block.text, "beside the date")
            break
    if found := _source_beside_date(below(doc)):
        yield found
    for item in jsonld.as_list(s.prop("sourceOrganization", "provider")):
        name = jsonld.text_of(item)
        if name and fold(name) not in site_marks(doc, s):
            yield Found(clean(name), "json-ld", where="sourceOrganization, provider")
    # Only Chinese front ends keep the credited outlet in their state; others keep all kinds of things under that name.
    chinese = re.search(f"[{_CJK}]", s.title_tag) is not None
    state_source = jsonld.text_of(s.state.get("source")) if chinese and s.state else None
    if state_source and 1 < len(state_source) <= 40 and not state_source.startswith("http"):
        yield Found(clean(state_source), "state")
    agencies = word_set("bylines", "agencies", "names")
    for _, parts in top:
        for name in [*parts.authors, *parts.rest]:
            if name.casefold() in agencies:
                yield Found(name, "visible", where="an agency among the authors")


_BUTTON = re.compile(
    r"字号|字体|分享|收藏|评论|举报|关注|订阅|打印|微信|微博|阅读|点赞|听新闻|语音|播放|大中小|客户端下载|手机看"
)


def _credited(lines: list[tuple[Block, Parts]], where: str = "labelled") -> Found | None:
    """The first outlet that a label on one of the lines names."""
    return next(
        (Found(p.source, "visible", b.text, where) for b, p in lines if p.source and "source" in p.labelled), None
    )


def _source_beside_date(lines: list[tuple[Block, Parts]]) -> Found | None:
    """A short CJK line right after or before a line that is only a date: portals set date and outlet in elements of their own."""
    for position, (block, parts) in enumerate(lines):
        if (
            not (parts.date or parts.bare_date)
            or parts.source
            or len(block.text) > (len(parts.date.raw) + 12 if parts.date else 24)
        ):
            continue
        for other, pieces in [*lines[position + 1 : position + 2], *reversed(lines[max(0, position - 2) : position])]:
            outlet = NAME_AND_OUTLET.match(other.text)
            text = outlet["outlet"] if outlet else other.text
            if (
                2 <= len(text) <= 16
                and re.search(f"[{_CJK}]{{2}}", text)
                and not re.search(r"[，。！？：:,|0-9>»/]", text)
                and not pieces.labelled
                and text.casefold() not in word_set("sections", "zh")
                and not names.is_place(text)
                and not names.is_chinese_person(text)
                and not _BUTTON.search(text)
            ):
                return Found(text, "visible", f"{block.text} {text}", "line beside the date")
    return None
