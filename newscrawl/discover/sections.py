"""Section and front pages: their article links, the next page of the list, the feeds that they name."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

from newscrawl.discover.links import is_article, is_section
from newscrawl.items import Candidate, Evidence
from newscrawl.sites.registry import Site
from newscrawl.urls import absolute, normalise, same_site

MAX_LINKS = 1000
"""Links of a page that are looked at (issue 5)."""
MAX_SECTIONS = 20
_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
_NEXT = re.compile(
    r"^\W*(下一?[页頁]|下\s*页|后一页|next( page)?|older( posts| entries)?|previous entries|suivante?|page suivante|weiter|nächste( seite)?|"
    r"siguiente|próxim[ao]|successiv[ao]|volgende|następna|далее|следующая|次へ|次の(ページ|\d+件)|다음|التالي|अगला)\W*$", re.I)
_NEXT_SIGN = re.compile(r"^\s*[>›»→]+\s*$")


@dataclass(slots=True)
class Section:
    """What a list page offers, in the page's order."""

    articles: list[Candidate] = field(default_factory=list)
    next_page: str | None = None
    feeds: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    links: int = 0
    """Links on the page, of any kind."""


def is_html(body: bytes, content_type: str = "") -> bool:
    """Whether the bytes are an HTML page, by their first tags or, failing that, their type."""
    head = body[:2048].replace(b"\x00", b"").lower()
    if re.search(rb"<(!doctype\s+html|html|head|body|title|meta|div|p|a)[\s>]", head):
        return True
    return "html" in content_type.lower() and b"<" in body[:65536]


def parse(body: bytes, url: str, site: Site, content_type: str = "", page: int = 1) -> Section:
    """Reads a list page; ``page`` is its number in the list, from 1. A page that cannot be parsed offers nothing."""
    tree = _tree(body, content_type)
    found = Section()
    if tree is None:
        return found
    base = next((link for link in (absolute(url, href) for href in tree.xpath("//base/@href")[:1]) if link), url)
    if re.search(r"\b(nofollow|none)\b", " ".join(tree.xpath("//meta[lower-case-name(.)='robots']/@content")), re.I):
        return found
    anchors = [(link, anchor) for anchor in tree.iter("a") if (link := _target(anchor, base))]
    found.links = len(anchors)
    taken: set[str] = set()
    for link, anchor in anchors[:MAX_LINKS]:
        text = _words(anchor)
        key = normalise(link)
        if key in taken or "nofollow" in (anchor.get("rel") or "").lower().split():
            continue
        if is_article(link, site, text):
            taken.add(key)
            found.articles.append(Candidate(url=link, evidence=Evidence(via="section")))
        elif len(found.sections) < MAX_SECTIONS and is_section(link, site, text):
            taken.add(key)
            found.sections.append(link)
    found.next_page = _next_page(tree, base, url, site, anchors, page)
    found.feeds = _feeds(tree, base)
    return found


def _lower_case_name(_: Any, nodes: list[Any]) -> str:
    return (nodes[0].get("name") or "").lower() if nodes else ""


etree.FunctionNamespace(None)["lower-case-name"] = _lower_case_name


def _tree(body: bytes, content_type: str) -> Any:
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    encoding = resolve_encoding(declared) if declared else "utf-8"
    try:
        # huge_tree off bounds depth and text; links behind the bound are lost, the crawl is not.
        return html.document_fromstring(body.replace(b"\x00", b""), parser=html.HTMLParser(encoding=encoding, huge_tree=False))
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
    """By what the page declares, then by the words of the link, then by the number after this page's."""
    here = normalise(url)
    declared = [absolute(base, link.get("href")) for link in tree.iter("link", "a")
                if "next" in (link.get("rel") or "").lower().split() and link.get("href")]
    worded = [link for link, anchor in anchors if _NEXT.match(_words(anchor)) or _NEXT.match(anchor.get("title") or "")]
    signed = [link for link, anchor in anchors
              if _NEXT_SIGN.match(_words(anchor)) or re.search(r"(^|[\s_-])next($|[\s_-])", anchor.get("class") or "", re.I)]
    numbered = [link for link, anchor in anchors if _words(anchor) == str(page + 1) and _same_list(link, url)]
    for link in [*declared, *worded, *(link for link in signed if _same_list(link, url)), *numbered]:
        if link and normalise(link) != here and site.covers(link) and same_site(link, url) and not is_article(link, site):
            return link
    return None


def _same_list(link: str, url: str) -> bool:
    """Whether two URLs are pages of one list: the same path, or paths that differ in their last step's end."""
    one, other = urlsplit(link), urlsplit(url)
    if one.netloc != other.netloc:
        return False
    folder = other.path if other.path.endswith("/") else other.path.rsplit("/", 1)[0] + "/"
    stem = re.sub(r"(/(page|p|seite)/?\d+|[-_/]?\d+)?(\.\w+)?/?$", "", other.path)
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
