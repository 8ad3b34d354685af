"""What stands around a headline in titles: the site's name, its section, a date; and the names a site goes by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from newscrawl import urls
from newscrawl.extraction.document import Document
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.writing import fold

MIN_CHARS = 4


MAX_RAW_CHARS = 500
"""A ``<title>`` is read no further."""
MAX_DIVIDERS = 30
"""Nor for more of them: cutting takes time with their square."""


# What divides a headline from site and section. A hyphen needs spaces around it; an underscore or a double hyphen does not (Chinese portals).
_DIVIDER = re.compile(
    r"\s+[|｜\-–—·•:»«>*/]+\s+|\s*[|｜]\s*|_+|--+|\s+[-–—]{1,2}(?=\S)|(?<=\S)[：:](?=[^：:]{2,20}$)"
    r"|(?<=[\u3400-\u9fff\u3040-\u30ff）」』”！？])\s*[-–—]\s*(?=[\u3400-\u9fff\u3040-\u30ff])"
    r"|(?<=[^\W\d_])-(?=[\u3400-\u9fff]{2,8}$)"
)


_BRACKETED_TAIL = re.compile(r"\s*[\[(［（]([^\[\]()［］（）]{2,20})[\])］）]\s*$")


_SITE_WORDS = re.compile(
    r"(?:网|網|新闻|新聞|频道|頻道|日报|日報|晚报|在线|報|news|\.(?:com|net|org|de|at|ch|cn|fr|it|es|uk|tv|info)\b|online|zeitung|times|post|デジタル"
    r"|新聞|뉴스|日报社|博客|公众号)",
    re.I,
)


def site_marks(doc: Document, s: Structured) -> frozenset[str]:
    """Folded names under which the page's site calls itself: og:site_name, publisher, host."""
    found = {
        fold(v)
        for v in s.meta.get("og:site_name", [])[:1]
        + s.meta.get("application-name", [])[:1]
        + s.meta.get("apple-mobile-web-app-title", [])[:1]
    }
    for item in [s.article, *s.objects]:
        kinds = jsonld.types(item)
        if item is s.article:
            found.add(fold(jsonld.text_of(jsonld.resolve(item.get("publisher"), s.by_id))))
        if kinds & {"website", "newsmediaorganization"} or ("organization" in kinds and "logo" in item):
            found.add(fold(jsonld.text_of(item.get("name"))))
    if doc.site is not None:
        found.add(fold(getattr(doc.site, "name", "")))
        found.add(fold(getattr(doc.site, "display_name", "")))
    address = doc.url or (s.links.get("canonical") or s.meta.get("og:url") or [""])[0]
    name = urls.host(address)
    labels = [part for part in name.split(".") if part not in ("www", "m", "amp", "news")]
    if labels:
        found.add(fold(name.removeprefix("www.")))
        found |= {fold(label) for label in labels[:-1] if len(label) > 2}
    return frozenset(v for v in found if len(v) > 1)


def _is_site(piece: str, site: frozenset[str]) -> bool:
    text = fold(piece)
    return text in site or any(
        len(mark) >= 4 and (mark in text and len(text) <= 2 * len(mark) + 6 or text in mark and len(text) >= 4)
        for mark in site
    )


def strip_suffix(text: str, site: frozenset[str], shown: Iterable[str]) -> str:
    """The headline without what follows it: site, section, date.

    Cut at the first divider from which on nothing but names of site and section follows; a headline shown elsewhere that the text
    begins with decides at once.
    """
    text = clean(text)[:MAX_RAW_CHARS]
    for headline in shown:
        rest = len(text) - len(headline or "")
        if (
            headline
            and len(headline) >= 8
            and rest <= max(40, len(headline))
            and text.startswith(headline)
            and (
                not text[len(headline) :]
                or _DIVIDER.match(text[len(headline) :].replace("｜", " | "))
                or text[len(headline) :][:1] in " _-|–—：:*["
            )
        ):
            return headline
    previous = ""
    cut = ""
    while previous != text:
        previous = text
        bracket = _BRACKETED_TAIL.search(text)
        for divider in islice(_DIVIDER.finditer(text), MAX_DIVIDERS):
            head, tail = text[: divider.start()].strip(), text[divider.end() :].strip()
            if len(fold(head)) < MIN_CHARS or not tail:
                continue
            last = _DIVIDER.split(tail)[-1]
            known = _is_site(tail, site) or (_is_site(last, site) and len(fold(tail)) <= max(30, len(fold(head))))
            if (
                known
                or _looks_like_suffix(divider.group(), tail, head)
                or (divider.group() == cut and _is_section(tail, head))
            ):
                text, cut = head, divider.group()
                break
        if bracket and text == previous and _is_site(bracket.group(1), site):
            text = text[: bracket.start()]
    front = _FRONT.match(text)
    if front and fold(front[1]) in site and len(fold(text[front.end() :])) > 12:
        text = text[front.end() :]
    return text.strip()


_FRONT = re.compile(r"^(.{2,30}?)\s*[:：|｜\-–—»]\s*(?=\S)")


def _is_section(tail: str, head: str) -> bool:
    """One word between a headline and the site's name that was cut off with the same mark."""
    return len(tail.split()) == 1 and len(tail) <= 15 and len(head) >= 15


def _looks_like_suffix(divider: str, tail: str, head: str) -> bool:
    """An unknown tail that has a suffix's shape: short, and after a mark that headlines themselves hardly use, or named like a site."""
    strong = divider.strip() in ("|", "｜", "_", "__", "--", "»", "*") or (
        divider.strip() in ("-", "–", "—", "：") and _SITE_WORDS.search(tail) is not None and len(tail) <= 16
    )
    words = len(tail.split())
    return (
        strong
        and len(fold(tail)) < len(fold(head))
        and len(tail) <= 40
        and words <= 5
        and not tail.endswith(("?", "？", "!", "！"))
    )
