"""Reads section and front pages: their article links, the next page of the list, the feeds that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from lxml import etree, html
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

from newscrawl import urls
from newscrawl.discover.links import Standing, identifies, is_article, is_section
from newscrawl.items import Candidate, Evidence
from newscrawl.sites.registry import Site
from newscrawl.urls import absolute, normalise, same_site

MAX_LINKS = 1000
"""So many different links of a page are looked at."""
MAX_ANCHORS = 20_000
"""So many anchors of a page are looked at for them."""
_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
_NEXT = re.compile(
    r"^\W*(下一?[页頁]|下\s*页|后一页|next( page)?|older( posts| entries)?|(load|show|view) more( (posts|stories|news|articles))?|more (posts|stories|articles)|"
    r"加载更多|載入更多|查看更多|点击加载更多|更多新闻|mehr (laden|anzeigen)|(voir|afficher|charger) plus|(cargar|ver) más|もっと(見る|読む)|더\s?보기|"
    r"previous entries|suivante?|page suivante|weiter|nächste( seite)?|"
    r"siguiente|próxim[ao]|successiv[ao]|volgende|następna|далее|следующая|次へ|次の(ページ|\d+件)|다음|التالي|अगला)\W*$",
    re.I,
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NEXT_SIGN = re.compile(r"^\s*[>›»→]+\s*$")
_PAGER = re.compile(
    r"^\W*(第?\s*\d{1,4}\s*[页頁]?|[首尾末][页頁]|最[后後]一[页頁]|(上一?|前一?)[页頁]|(first|last|prev(ious)?)( page)?|newer( posts| entries)?|"
    r"(erste|letzte|vorherige)( seite)?|zurück|précédente?|anterior|前へ|предыдущая|назад)\W*$|^\s*[<‹«←]+\s*$",
    re.I,
)
"""The words of a list's links to its other pages, but for those to the next one."""
_PAGER_LENGTH = 30
_PAGE_KEY = re.compile(
    r"(p|pg|pn|paged?|page_?(no|num|number|index)|cur(rent)?_?page|seite|pagina|offset|start)$", re.I
)
_PAGE_STEP = re.compile(r"([-_/](page|p|seite|index|list)?[-_/]?\d{1,4})$", re.I)
_NUMBER = re.compile(r"[-_/]\d{1,4}$")
_NUMBERED_END = re.compile(r"(?:/(?:page|p|seite)/?\d++|(?:[-_/]|(?<!\d))\d++)?(?:\.\w++)?/?$")
_SUFFIX = re.compile(r"(/(index|default))?(\.\w{2,5})?$", re.I)


@dataclass(slots=True)
class Section:
    """What a list page offers, in the page's order."""

    articles: list[Candidate] = field(default_factory=list)
    next_page: str | None = None
    feeds: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    links: int = 0
    """Different links on the page, of any kind."""
    cut: str | None = None
    """Why not all of them were looked at."""
    nofollow: bool = False
    """Whether the page asks that its links be not followed."""


def is_html(body: bytes, content_type: str = "") -> bool:
    """Returns whether the bytes are an HTML page, by their first tags or, failing that, their type."""
    head = body[:2048].replace(b"\x00", b"").lower()
    if re.search(rb"<(!doctype\s+html|html|head|body|title|meta|div|p|a)[\s>]", head):
        return True
    return "html" in content_type.lower() and b"<" in body[:65536]


def parse(
    body: bytes,
    url: str,
    site: Site,
    content_type: str = "",
    page: int = 1,
    *,
    robots: str = "",
    learned: Mapping[str, bool] | None = None,
) -> Section:
    """Reads a list page; ``page`` is its number in the list, from 1. A page that cannot be parsed offers nothing.

    ``robots`` is the X-Robots-Tag header, ``learned`` what the site has taught of its URL templates.
    """
    tree = _tree(body, content_type)
    found = Section()
    if tree is None:
        return found
    base = next((link for link in (absolute(url, href) for href in tree.xpath("//base/@href")[:1]) if link), url)
    if forbids_following(robots, *_robots_metas(tree)):
        found.nofollow = True
        return found
    found.feeds = _feeds(tree, base)
    anchors = list(_anchors(tree, base, found))
    found.next_page = _next_page(tree, base, url, site, [(link, anchor) for _, link, anchor in anchors], page)
    # A page of this list is no article, however its address looks: /node_1002345_2.htm.
    taken = {normalise(one) for one in (url, found.next_page) if one}
    for key, link, anchor in anchors:
        rel = (anchor.get("rel") or "").lower().split()
        if key in taken or "nofollow" in rel:
            continue
        text, standing = _words(anchor), _standing(anchor, rel)
        if len(text) <= _PAGER_LENGTH and (_PAGER.match(text) or _NEXT.match(text)) and _same_pages(link, url):
            continue
        if is_article(link, site, text, standing=standing, learned=learned):
            taken.add(key)
            found.articles.append(Candidate(url=link, evidence=Evidence(via="section")))
        elif is_section(link, site, text):
            taken.add(key)
            found.sections.append(link)
    return found


def forbids_following(*directives: str) -> bool:
    """Returns whether robots directives (meta elements, X-Robots-Tag) say ``nofollow`` or ``none`` to every crawler, or to this one."""
    for line in directives:
        agent = ""
        for part in line.lower().split(","):
            name, colon, rest = part.partition(":")
            if colon and name.strip() not in (
                "max-snippet",
                "max-image-preview",
                "max-video-preview",
                "unavailable_after",
            ):
                agent, part = name.strip(), rest
            if agent in ("", "newscrawl", "*") and part.strip() in ("nofollow", "none"):
                return True
    return False


def _robots_metas(tree: Any) -> Iterator[str]:
    for meta in tree.iter("meta"):
        if (meta.get("name") or "").strip().lower() in ("robots", "newscrawl"):
            yield meta.get("content") or ""


def _anchors(tree: Any, base: str, found: Section) -> Iterator[tuple[str, str, Any]]:
    """Yields the normal form, address and element of the page's links, as far as the bounds go."""
    different: set[str] = set()
    for number, anchor in enumerate(anchor for anchor in tree.iter("a") if anchor.get("href")):
        if number >= MAX_ANCHORS:
            found.cut = f"more than {MAX_ANCHORS} anchors"
            return
        link = _target(anchor, base)
        if not link:
            continue
        key = normalise(link)
        if key not in different and len(different) >= MAX_LINKS:
            found.cut = f"more than {MAX_LINKS} links"
            return
        different.add(key)
        found.links = len(different)
        yield key, link, anchor


def _standing(anchor: Any, rel: list[str]) -> Standing:
    if {"tag", "author", "category", "sponsored", "license", "ugc"} & set(rel):
        return "label"
    if any(isinstance(child.tag, str) and child.tag in _HEADINGS for child in anchor.iter()):
        return "headline"
    for distance, holder in enumerate(anchor.iterancestors()):
        if holder.tag in _HEADINGS and distance < 4:
            return "headline"
        if holder.tag in ("nav", "footer") or (holder.get("role") or "") in ("navigation", "contentinfo"):
            return "menu"
        if holder.tag in ("article", "main", "body"):
            break
    return "text"


def _tree(body: bytes, content_type: str) -> Any:
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    encoding = resolve_encoding(declared) if declared else "utf-8"
    try:
        # huge_tree off bounds depth and text; links behind the bound are lost, the crawl is not.
        return html.document_fromstring(
            body.replace(b"\x00", b""), parser=html.HTMLParser(encoding=encoding, huge_tree=False)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _target(anchor: Any, base: str) -> str | None:
    href = (anchor.get("href") or "").strip()
    if not href or href.startswith("#") or re.match(r"(javascript|mailto|tel|data|sms|weixin):", href, re.I):
        return None
    return absolute(base, href)


def _words(anchor: Any) -> str:
    return " ".join((" ".join(anchor.itertext()) or anchor.get("title") or "").split())


def _next_page(tree: Any, base: str, url: str, site: Site, anchors: list[tuple[str, Any]], page: int) -> str | None:
    """Finds the next page by what the page declares, then by the words of the link, then by the number after this page's."""
    here = normalise(url)
    declared = [
        absolute(base, link.get("href"))
        for link in tree.iter("link", "a")
        if "next" in (link.get("rel") or "").lower().split() and link.get("href")
    ]
    worded = [link for link, anchor in anchors if _NEXT.match(_words(anchor)) or _NEXT.match(anchor.get("title") or "")]
    signed = [
        link
        for link, anchor in anchors
        if _NEXT_SIGN.match(_words(anchor))
        or re.search(r"(^|[\s_-])(next|load-?more)($|[\s_-])", anchor.get("class") or "", re.I)
    ]
    numbered = [link for link, anchor in anchors if _words(anchor) == str(page + 1) and _same_list(link, url)]
    for link in [*declared, *worded, *(link for link in signed if _same_list(link, url)), *numbered]:
        if (
            link
            and normalise(link) != here
            and site.covers(link)
            and same_site(link, url)
            and (_same_pages(link, url) or not is_article(link, site))
        ):
            return link
    return None


def _same_pages(link: str, url: str) -> bool:
    """Returns whether two URLs differ in nothing but the number of a page: so surely of one list that it outweighs an article's marks.

    ``/node_1002345.htm`` and ``/node_1002345_2.htm``, ``/list-100234-1`` and ``/list-100234-2``, ``/latest-news`` and ``/latest-news?page=2``.
    """
    one, other = urls.split(link), urls.split(url)
    if one.netloc != other.netloc:
        return False
    known, new = parse_qsl(other.query), parse_qsl(one.query)
    paged = any(
        _PAGE_KEY.match(key) and re.fullmatch(r"\d{1,2}" if key.lower() == "p" else r"\d{1,6}", value)
        for key, value in new
    )
    if not paged and any(identifies(key, value) and (key, value) not in known for key, value in new):
        return False
    return not _stems(one.path).isdisjoint(_stems(other.path))


def _stems(path: str) -> set[str]:
    """Returns a path with and without the page number at its end."""
    bare = _SUFFIX.sub("", path.rstrip("/")[-2000:]).rstrip("/")
    return {bare, _PAGE_STEP.sub("", bare), _NUMBER.sub("", bare)}


def _same_list(link: str, url: str) -> bool:
    """Returns whether two URLs are pages of one list: the same path, or paths that differ in their last step's end."""
    one, other = urls.split(link), urls.split(url)
    if one.netloc != other.netloc:
        return False
    folder = other.path if other.path.endswith("/") else other.path.rsplit("/", 1)[0] + "/"
    stem = _NUMBERED_END.sub("", other.path)
    return one.path == other.path or one.path.startswith(stem or "/") or one.path.startswith(folder)


def _feeds(tree: Any, base: str) -> list[str]:
    found = []
    for link in tree.iter("link"):
        kind = (link.get("type") or "").split(";")[0].strip().lower()
        if "alternate" in (link.get("rel") or "").lower().split() and kind in _FEED_TYPES and link.get("href"):
            target = absolute(base, link.get("href"))
            # WordPress offers one feed of comments a page
            if target and target not in found and not re.search(r"/comments?/feed", target):
                found.append(target)
    return found
