"""The article's pictures: absolute addresses with caption and credit; no icons, trackers or recommended items' thumbnails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from newscrawl import urls
from newscrawl.extraction.document import Document
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.guarded import decimal, whole
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.items import Image

MAX_IMAGES = 40
MAX_SOURCES = 30
"""Renditions of one ``<picture>`` that are looked at."""
MIN_SIDE = 100
"""Pixels: a declared side below it is an icon, a portrait of the author, or a counter."""
_LAZY = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazy",
    "data-url",
    "data-image",
    "data-actualsrc",
    "data-echo",
    "data-full-src",
    "data-hi-res-src",
)
_NOT_CONTENT = re.compile(
    r"(?:^|[/_.-])(?:logo|icon|favicon|sprite|avatar|pixel|spacer|blank|placeholder|loading|transparent|qr_?code|qrcode"
    r"|share|button|badge|emoji|gravatar|1x1|tracking|banner_ad|wechat|weixin|gray|default)s?(?:[/_.\d-]|$)",
    re.I,
)
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:author|avatar|byline|logo|icon|share|social|related|recommend\w*|teaser|promo|newsletter|advert\w*|ad"
    r"|sidebar|comment\w*|nav|footer|qrcode|erweima)(?:$|[\s_-])",
    re.I,
)
_CREDIT = re.compile(
    r"[\s|(（/·•–—-]{0,3}(?:(?:photo(?:graph)?s?|picture|image|pic|credit|foto|bild|imagen|copyright|©|\(c\)|图片来源|图源|图片|摄影"
    r"|图|摄|写真|사진|фото)\s*(?:by|credit|courtesy of|von|de|di)?\s*[:：/©]\s*|(?:photo|image|picture|foto|bild)s? (?:by"
    r"|courtesy of|credit)\s+|©\s*)(?P<credit>[^|()（）]{2,80})[)）]?\s*$",
    re.I,
)
_CREDIT_CLASS = re.compile(r"credit|copyright|source|photographer|fotograf|rights|autor", re.I)
_SPACE = re.compile(r"\s")
_SMALL = re.compile(r"[?&](?:w|width|h|height)=(\d{1,2})(?:&|$)")


def find_images(doc: Document, s: Structured) -> list[Image]:
    """Pictures inside the body's container in reading order, the lead picture that the page declares first; at most :data:`MAX_IMAGES`."""
    found: dict[str, Image] = {}
    for element in _body_images(doc):
        address = _address(element, doc.url)
        if address and _key(address) not in found:
            caption, credit = _caption(element)
            found[_key(address)] = Image(url=address, caption=caption, credit=credit)
        if len(found) >= MAX_IMAGES:
            break
    lead = _lead(doc, s)
    if lead and _key(lead.url) not in found:
        found = {_key(lead.url): lead, **found}
    return list(found.values())[:MAX_IMAGES]


def _lead(doc: Document, s: Structured) -> Image | None:
    """og:image or JSON-LD's image, unless it is the site's logo."""
    caption = credit = None
    candidates = [s.first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")]
    for item in jsonld.as_list(s.prop("image"))[:1]:
        item = jsonld.resolve(item, s.by_id)
        candidates.append(jsonld.url_of(item) or "")
        if isinstance(item, dict):
            caption = clean(jsonld.text_of(item.get("caption"))) or None
            credit = (
                clean(jsonld.text_of(item.get("creditText") or item.get("copyrightHolder") or item.get("author")))
                or None
            )
    for value in candidates:
        address = _absolute(value, doc.url)
        if address and not _NOT_CONTENT.search(urls.split(address).path):
            return Image(url=address, caption=caption, credit=credit)
    return None


def _body_images(doc: Document) -> Iterator[HtmlElement]:
    """``<img>`` elements between the headline and the body's last block, within the smallest element that holds the body."""
    holder = _holder(doc)
    if holder is None:
        return
    for image in holder.iter("img"):
        ancestor = image.getparent()
        hops = 0
        keep = True
        while ancestor is not None and ancestor is not holder and hops < 8:
            if ancestor.tag in ("aside", "nav", "footer", "header", "form") or _FURNITURE.search(
                f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}"
            ):
                keep = False
                break
            ancestor = ancestor.getparent()
            hops += 1
        if keep:
            yield image


def _holder(doc: Document) -> HtmlElement | None:
    """The smallest element around the first and the last block of the body, one level up where it holds a figure beside it."""
    elements = [b.element for b in doc.body if b.element is not None]
    if not elements:
        return None
    first, last = elements[0], elements[-1]
    above = [first, *first.iterancestors()]
    known = {id(e) for e in [last, *last.iterancestors()]}
    holder = next((e for e in above if id(e) in known), None)
    while holder is not None and holder.tag in ("p", "span", "b", "strong", "em", "h2", "h3", "li"):
        holder = holder.getparent()
    return holder


def _address(element: HtmlElement, base: str | None) -> str | None:
    """The picture's address, lazy-loading attributes before a placeholder ``src``; None for icons, trackers and data URIs."""
    for side in ("width", "height"):
        value = re.match(r"\d+", element.get(side) or "")
        if value and (pixels := whole(value[0])) is not None and pixels < MIN_SIDE:
            return None
    if _FURNITURE.search(element.get("class") or ""):
        return None
    values = [element.get(name) for name in _LAZY] + [
        _largest(element.get("data-srcset")),
        element.get("src"),
        _largest(element.get("srcset")),
    ]
    # The HTML4 parser takes <source> for a container, so the img may lie inside several of them.
    picture = next((e for e in islice(element.iterancestors(), 6) if e.tag == "picture"), None)
    if picture is not None:
        values += [
            _largest(source.get("srcset") or source.get("data-srcset"))
            for source in islice(picture.iter("source"), MAX_SOURCES)
        ]
    for value in values:
        address = _absolute(value, base)
        if address and not _NOT_CONTENT.search(urls.split(address).path) and not _SMALL.search(address):
            return address
    return None


def _largest(srcset: str | None) -> str | None:
    """The widest candidate of a ``srcset``."""
    best: tuple[float, str] | None = None
    for candidate in re.split(r",\s+", srcset or ""):
        parts = candidate.split()
        if parts:
            size = re.match(r"[\d.]+", parts[1]) if len(parts) > 1 else None
            width = decimal(size[0]) if size else 0.0
            if best is None or width > best[0]:
                best = (width, parts[0])
    return best[1] if best else None


def _absolute(value: str | None, base: str | None) -> str | None:
    if not value or value.startswith(("data:", "blob:", "about:", "javascript:")) or len(value) > 2_000:
        return None
    address = urls.joined(base, value.strip())
    parts = urls.split(address)
    return address if parts.scheme in ("http", "https") and parts.hostname and not _SPACE.search(address) else None


def _key(address: str) -> str:
    """What two renditions of one picture share: the path without its size."""
    parts = urls.split(address)
    return re.sub(r"[-_]?\d{2,4}x\d{2,4}(?=\.)|/(?:w|width|h|height|q)[_=/]?\d+(?=/)", "", parts.path).lower()


def _caption(element: HtmlElement) -> tuple[str | None, str | None]:
    """(caption, credit) of the picture: its figure's caption, else a caption element right beside it."""
    node: HtmlElement | None = element
    for _ in range(5):
        node = node.getparent() if node is not None else None
        if node is None:
            break
        if node.tag == "figure":
            holder = next(iter(node.iter("figcaption")), None)
            if holder is None:
                break
            credit_element = next(
                (
                    e
                    for e in holder.iter("span", "small", "div", "cite", "em", "p")
                    if _CREDIT_CLASS.search(f"{e.get('class') or ''} {e.get('itemprop') or ''}")
                ),
                None,
            )
            text = clean(" ".join(holder.itertext()))
            if credit_element is not None:
                credit = clean(" ".join(credit_element.itertext()))
                caption = text.replace(credit, "", 1).strip(" |–—-·") if credit and credit != text else text
                return (caption or None, credit or None)
            return split_credit(text)
    return None, None


def split_credit(text: str) -> tuple[str | None, str | None]:
    """A caption and the credit at its end (``… Photo: AP``, ``…（图片来源：新华社）``)."""
    match = _CREDIT.search(text, max(0, len(text) - 200))
    if match:
        return (text[: match.start()].strip(" |–—-·(（") or None, match["credit"].strip(" .。") or None)
    return text or None, None
