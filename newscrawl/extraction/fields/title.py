"""The headline as displayed: without site name, section, date or live marker."""

from __future__ import annotations

import re
from collections.abc import Iterable

from newscrawl.extraction.document import Block, Document, Found
from newscrawl.extraction.fields.byline import byline_parts
from newscrawl.extraction.fields.suffixes import MIN_CHARS, site_marks, strip_suffix
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.extraction.trace import Trace
from newscrawl.writing import fold

MAX_CHARS = 300
SITE_NAME_CHARS = 8
_LIVE = re.compile(
    r"^(?:live(?:-?blog|ticker| updates?)?|live news|breaking(?: news)?|eilmeldung|liveticker|直播|快讯|快訊|速报|速報|突发|en direct"
    r"|direct|en vivo|última hora|diretta)\s*[:：|｜\-–—]+\s*",
    re.I,
)
_GENERIC = frozenset(
    map(
        fold,
        (
            "home",
            "homepage",
            "startseite",
            "accueil",
            "inicio",
            "index",
            "untitled",
            "untitled document",
            "document",
            "404",
            "not found",
            "error",
            "正文",
            "详情",
            "文章详情",
            "新闻详情",
            "首页",
            "log in",
            "login",
            "menu",
            "search",
            "news",
            "article",
            "新闻",
            "new page",
            "无标题文档",
        ),
    )
)


def find_title(doc: Document, s: Structured) -> Found:
    """The article's headline and where it came from; value None where the page has none.

    og:title is what publishers hand on as the headline, so it wins once the site's name is cut off; where it merely repeats the
    ``<title>`` made for search engines, and the displayed ``<h1>`` agrees with JSON-LD, those win. A headline that appears nowhere
    else (cut short, a site's name, a section) loses to one that two sources share.
    """
    site = site_marks(doc, s)
    h1s = [text for text in (strip_suffix(t, site, ()) for t, _ in s.headings) if _usable(text, site)]
    # Microdata mostly marks the h1 itself, so it is no second witness for it.
    heads = [jsonld.text_of(s.prop("headline")) or "", *([] if h1s else s.microdata.get("headline", ())[:1])]
    declared = next((t for t in (strip_suffix(clean(h), site, h1s) for h in heads) if _usable(t, site)), "")
    raw_og = s.first("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title")
    others = [*h1s, declared]
    og = strip_suffix(raw_og, site, others)
    tag = strip_suffix(s.title_tag, site, [*others, og])
    if doc.trace is not None:
        _note(doc.trace, s, site, [("meta", "og:title", raw_og, og), ("meta", "<title>", s.title_tag, tag)], declared)
    og = og if _usable(og, site) else ""
    tag = tag if _usable(tag, site) else ""
    value, origin = _decide(doc, s, h1s, declared, og, tag)
    value = _LIVE.sub("", value) if len(_LIVE.sub("", value)) >= 12 else value
    if not value:
        return Found()
    doc.memo["title"] = value  # where the other finders look for the lines around it
    return Found(value[:MAX_CHARS], origin, value)


def _note(
    trace: Trace, s: Structured, site: frozenset[str], meta: list[tuple[str, str, str, str]], declared: str
) -> None:
    """Every headline that the page gives, and those that cannot be one."""
    shown = [("visible", "<h1>", text, strip_suffix(text, site, ())) for text, _ in s.headings]
    head = clean(jsonld.text_of(s.prop("headline")))
    given = meta + shown + [("json-ld", "headline", head, declared or strip_suffix(head, site, ()))]
    for origin, where, raw, value in given:
        if raw:
            trace.met(
                "title",
                value,
                origin,
                where,
                raw,
                "" if _usable(value, site) else "the site's name, a section or too short",
            )


def _decide(doc: Document, s: Structured, h1s: list[str], declared: str, og: str, tag: str) -> tuple[str, str]:
    shown = _main_heading(h1s, [declared, og, tag])
    if shown and not og and not declared and not _agree(shown, tag):
        line = _shown_line(doc, tag)
        # A short line that is the whole <title> is the site's name: it may replace a logo, but no longer headline.
        shown = line if len(fold(line)) > min(SITE_NAME_CHARS, len(fold(shown))) else shown
    if og:
        if _cut_short(og, [shown, declared, tag]):
            longer = next(t for t in (shown, declared, tag) if t and fold(t).startswith(fold(og)))
            return longer, "visible" if longer == shown else "json-ld" if longer == declared else "meta"
        if fold(og) == fold(tag) != fold(shown) and shown and fold(shown) == fold(declared):
            return shown, "visible"
        return _without_kickers(og, shown), "meta"
    if shown and (not declared or fold(shown) == fold(declared) or fold(shown) == fold(tag)):
        return shown, "visible"
    if declared:
        return declared, "json-ld"
    if shown:
        return shown, "visible"
    # A <title> of a few letters is the site's name more likely than a headline.
    line = (
        _shown_line(doc, tag) or _line_over_byline(doc)
        if len(fold(tag)) > SITE_NAME_CHARS
        else _line_over_byline(doc) or _shown_line(doc, tag)
    )
    if line:
        return line, "visible"
    if tag:
        return tag, "meta"
    evidence = doc.evidence.title if doc.evidence else None
    return (clean(evidence), "feed") if evidence else ("", "")


def _main_heading(h1s: list[str], others: Iterable[str]) -> str:
    """Of several h1 the one that another source confirms, else the longest of the first three."""
    folded = {fold(t) for t in others if t}
    for text in h1s:
        if fold(text) in folded:
            return text
    for text in h1s:
        if any(
            fold(text) in other or other in fold(text) for other in folded if len(other) > 8 and len(fold(text)) > 8
        ):
            return text
    return max(h1s[:3], key=len, default="")


def _cut_short(og: str, others: Iterable[str]) -> bool:
    """A meta value that a quotation mark or a length limit cut off: a longer headline begins with it."""
    head = fold(og)
    ellipsis = og.endswith(("…", "..."))
    return any(
        t
        and len(fold(t)) > len(head)
        and fold(t).startswith(head)
        and (ellipsis or t[len(og) : len(og) + 2].strip()[:1] in ('"', "'", "“", "„", "«"))
        for t in others
    )


def _shown_line(doc: Document, tag: str) -> str:
    """The visible line, near the page's start, that the ``<title>`` begins with or contains: old pages have no h1."""
    if not tag:
        return ""
    wanted = fold(tag)
    best = ""
    for block in doc.blocks[:200]:
        text = fold(block.text)
        linked = block.link_share >= 0.5 and block.tag not in ("h1", "h2", "h3", "h4")
        if (
            len(text) >= MIN_CHARS
            and not linked
            and text in wanted
            and len(text) > max(len(fold(best)), len(wanted) // 2)
        ):
            best = block.text
    return clean(best)


_KICKER = re.compile(r"^.{3,60}?(?:\s*[:：]|\s[-–—|])\s+")


def _without_kickers(og: str, shown: str) -> str:
    """What both share where the page and og:title put different kickers before the same headline."""
    a, b = _KICKER.match(og), _KICKER.match(shown)
    if (
        a
        and b
        and fold(og[a.end() :]) == fold(shown[b.end() :])
        and len(fold(og[a.end() :])) >= 15
        and not _agree(a[0], b[0])
    ):
        return og[a.end() :]
    return og


def _agree(a: str, b: str) -> bool:
    """Whether one of two headlines is the other, or a substantial part of it."""
    short, long = sorted((fold(a), fold(b)), key=len)
    return bool(short) and short in long and len(short) > len(long) // 2


def _line_over_byline(doc: Document) -> str:
    """The heading or line right above the first line that bears a date and a labelled source or author, or a heading at most three
    lines above a line that is a date with a time: how pages whose ``<title>`` names only the site or the section show their headline."""
    previous = ""
    strong: tuple[int, str] = (-9, "")
    for block in doc.blocks[:300]:
        if getattr(block, "hidden", False):
            continue
        if (
            (block.emphasised or block.tag in ("h1", "h2", "h3", "h4", "h5") or _named_title(block))
            and block.link_share < 0.5
            and 8 <= len(block.text) <= MAX_CHARS
        ):
            strong = (block.index, block.text)
        if len(block.text) <= 200 and any(c.isdigit() for c in block.text):
            parts = byline_parts(block.text)
            if parts.date and parts.labelled and 8 <= len(previous) <= MAX_CHARS:
                return clean(previous)
            if (
                parts.date
                and parts.date.precision != "day"
                and len(block.text) <= len(parts.date.raw) + 30
                and 0 < block.index - strong[0] <= 3
            ):
                return clean(strong[1])
        previous = block.text if block.link_share < 0.5 else ""
    return ""


_TITLE_NAME = re.compile(r"(?:^|[^a-z])(?:tit(?:le)?|headline|biaoti|subject|bt)(?:$|[^a-z])", re.I)


def _named_title(block: Block) -> bool:
    """Whether the line's element is named for a headline and is long enough to be one."""
    element = block.element
    names = f"{element.get('class') or ''} {element.get('id') or ''}" if element is not None else ""
    return len(block.text) > SITE_NAME_CHARS and _TITLE_NAME.search(names) is not None


def _usable(text: str, site: frozenset[str]) -> bool:
    folded = fold(text)
    return len(folded) >= MIN_CHARS and folded not in site and folded not in _GENERIC
