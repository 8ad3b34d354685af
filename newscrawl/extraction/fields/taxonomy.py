"""Section, tags, description, site name and canonical URL: how the page files the article."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newscrawl import urls
from newscrawl.extraction.document import Block, Document, Found
from newscrawl.extraction.fields import breadcrumbs, nearby_lines
from newscrawl.extraction.fields.suffixes import site_marks
from newscrawl.extraction.read import jsonld
from newscrawl.extraction.read.structured import Structured, clean
from newscrawl.extraction.trace import settle
from newscrawl.extraction.words import name_list, word_set
from newscrawl.writing import fold

MAX_TAGS = 30
MAX_TAG_CHARS = 60
MAX_SECTION_CHARS = 60
_META_SECTION = name_list("meta_section")
_META_TAGS = name_list("meta_tags")
_META_DESCRIPTION = name_list("meta_description")
_TAG_DIVIDER = re.compile(r"[,，、;；|]")
_SECTION_DIVIDER = re.compile(r"[;,|>]|(?<=\w)/(?=\w)")
_TITLE_DIVIDER = re.compile(r"[|｜»]|_+|\s[-–—]\s|--+|[-–—:：]")
# Entries that a content system keeps for itself among the keywords: key: value pairs, identifiers, addresses, markup, booleans.
_MACHINE = re.compile(
    r"^[\w &-]{1,30}:\s?\S|[<>{}=]|^[0-9a-f]{8}-[0-9a-f-]{20,}$|^(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|de|net|org|cn|uk)$"
    r"|^(?:true|false|none|null|undefined|nan)$|^\w+(?:-\w+){3,}$",
    re.I,
)
_TAG_LABEL = re.compile(
    r"^(?:标签|標籤|关键词|关键字|關鍵字|tags?|keywords|topics?|more on|schlagwörter|themen|temas|etiquetas|mots[- ]clés|теги|タグ|キーワード"
    r"|태그)\s*[:：]\s*",
    re.I,
)


def find_section(doc: Document, s: Structured) -> Found:
    """The article's section by name: what the page declares, else its breadcrumbs, else a word beside the date."""
    return settle(doc, "section", _sections(doc, s))


def _sections(doc: Document, s: Structured) -> Iterator[Found]:
    headline = fold(doc.memo.get("title"))
    for value in jsonld.as_list(s.prop("articleSection")):
        if (name := _section(jsonld.text_of(value))) and fold(name) != headline:
            yield Found(_displayed(name, s), "json-ld", where="articleSection")
    for key in _META_SECTION:
        for value in s.meta.get(key, ())[:1]:
            if (name := _section(value)) and fold(name) != headline:
                yield Found(_displayed(name, s), "meta", where=key)
    for value in s.microdata.get("articleSection", ())[:2]:
        if name := _section(value):
            yield Found(name, "microdata", where="articleSection")
    title = doc.memo.get("title")
    if trail := breadcrumbs.visible(doc, title, re.split(r"[-_|—–]", s.title_tag)[-1].strip()):
        yield Found(trail[-1], "visible", " > ".join(trail), "breadcrumbs")
    if trail := breadcrumbs.declared(s, title):
        yield Found(trail[-1], "json-ld", " > ".join(trail), "BreadcrumbList")
    yield _beside_date(doc) or Found()
    yield _from_state(s) or Found()
    yield _from_feed(doc)


def _displayed(name: str, s: Structured) -> str:
    """A section given as an address's part (``public-service``) in the form that the page's breadcrumbs show (Public Service)."""
    if name.islower():
        for crumb in breadcrumbs.declared(s, None):
            if fold(crumb) == fold(name):
                return crumb
    return name


def _section(value: str | None) -> str | None:
    """A declared section made readable; None for codes, paths' empty parts and words that say nothing."""
    name = clean(value)
    if not name or len(name) > 200 or name.startswith(("http", "{", "[")):
        return None
    parts = [p.strip() for p in _SECTION_DIVIDER.split(name) if p.strip()]
    for part in parts:
        if (
            part.casefold() not in word_set("sections", "empty")
            and len(part) <= MAX_SECTION_CHARS
            and any(c.isalpha() for c in part)
        ):
            return part
    return None


def _beside_date(doc: Document) -> Found | None:
    """A section that stands in the by-line before the date, or as a line of its own between headline and date."""
    header = nearby_lines.header_parts(doc)
    for block, parts in header:
        if parts.section:
            return Found(parts.section, "visible", block.text, "by-line")
    if not any(parts.date or parts.bare_date for _, parts in header):
        return None
    known = word_set("sections", "zh")
    at = nearby_lines.title_index(doc, doc.memo.get("title"))
    alone = [block for block, _ in header if block.text.strip("[]【】()（） ").casefold() in known]
    for block in alone:
        if at is None or block.index > at:
            return Found(block.text.strip("[]【】()（） "), "visible")
    over = doc.blocks[max(0, at - 3) : at] if at is not None else []
    for block in reversed(over):
        text = block.text.strip("[]【】()（） ")
        # One word over the headline is its section; one of several in a row is navigation.
        if text.casefold() in known and not _in_row(doc, block):
            return Found(text, "visible")
    return None


def _in_row(doc: Document, block: Block) -> bool:
    """Whether the line before or after is a short one of the same kind in the same place: a menu's entries."""
    beside = [b for b in doc.blocks[max(0, block.index - 1) : block.index + 2] if b is not block]
    return any(b.tag == block.tag and len(b.text) <= 8 and _parent(b) is _parent(block) for b in beside)


def _parent(block: Block) -> object:
    return block.element.getparent() if block.element is not None else None


def _from_state(s: Structured) -> Found | None:
    for key in ("channel", "channelName", "section", "category", "column", "columnName"):
        if s.state and (name := _section(jsonld.text_of(s.state.get(key)))) and not name.isdigit():
            return Found(name, "state")
    return None


def _from_feed(doc: Document) -> Found:
    name = _section(doc.evidence.section) if doc.evidence and doc.evidence.section else None
    return Found(name, "feed") if name else Found()


def find_tags(doc: Document, s: Structured) -> Found:
    """Keywords that the page declares, else a labelled line after the body; never the site's name or the section alone."""
    return settle(doc, "tags", _tags(doc, s), empty=[])


def _tags(doc: Document, s: Structured) -> Iterator[Found]:
    site = site_marks(doc, s)
    for origin, values in (
        ("meta", list(s.meta.get("article:tag", ()))),
        ("json-ld", [jsonld.text_of(v) or "" for v in jsonld.as_list(s.prop("keywords"))]),
        ("meta", next((s.meta[k] for k in _META_TAGS if any(s.meta.get(k, ()))), [])),
        ("microdata", s.microdata.get("keywords", [])),
        ("visible", _tag_line(doc)),
        ("feed", [tag for tag in doc.evidence.tags if tag != doc.evidence.section] if doc.evidence else []),
    ):
        found: dict[str, str] = {}
        for value in values:
            for tag in _TAG_DIVIDER.split(clean(value)):
                tag = tag.strip().removeprefix("#")
                if (
                    not _MACHINE.search(tag)
                    and 1 < len(tag) <= MAX_TAG_CHARS
                    and fold(tag) not in site
                    and any(c.isalpha() for c in tag)
                ):
                    found.setdefault(fold(tag), tag)
        if found:
            yield Found(list(found.values())[:MAX_TAGS], origin)


def _tag_line(doc: Document) -> list[str]:
    for block in nearby_lines.footer_lines(doc)[:30]:
        if match := _TAG_LABEL.match(block.text):
            rest = block.text[match.end() :].strip()
            return [rest if _TAG_DIVIDER.search(rest) else rest.replace(" ", ",")] if rest else []
    return []


def find_description(doc: Document, s: Structured) -> Found:
    """The page's own summary, where it is neither the headline again nor the site's slogan."""
    return settle(doc, "description", _descriptions(doc, s))


def _descriptions(doc: Document, s: Structured) -> Iterator[Found]:
    title = fold(doc.memo.get("title"))
    candidates = [("meta", s.first(*_META_DESCRIPTION)), ("json-ld", clean(jsonld.text_of(s.prop("description"))))]
    candidates += [("microdata", v) for v in s.microdata.get("description", [])[:1]]
    if doc.evidence and doc.evidence.summary and "<" not in doc.evidence.summary:
        candidates.append(("feed", clean(doc.evidence.summary)))
    for origin, value in candidates:
        if len(value) >= 15 and fold(value) != title:
            yield Found(value, origin)
        elif value:
            yield Found(None, origin, value)


def find_site_name(doc: Document, s: Structured) -> Found:
    """The site's name as displayed: the site file's, og:site_name, the publisher, the tail of the ``<title>``."""
    return settle(doc, "site_name", _site_names(doc, s))


def _site_names(doc: Document, s: Structured) -> Iterator[Found]:
    configured = doc.site.display_name if doc.site is not None else None
    if configured:
        yield Found(str(configured), "layout", where="site file")
    if name := s.first("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher"):
        yield Found(name[:100], "meta")
    for item in [s.prop("publisher"), *(i for i in s.objects if "website" in jsonld.types(i))]:
        if (named := jsonld.text_of(item)) and len(named) <= 100:
            yield Found(clean(named), "json-ld", where="publisher")
    title, tag = str(doc.memo.get("title") or ""), s.title_tag
    if title and tag.startswith(title):
        tail = _TITLE_DIVIDER.split(tag[len(title) :].strip(" _-|–—"))[-1].strip()
        if 1 < len(tail) <= 30:
            yield Found(tail, "meta", where="<title>")


def find_canonical(doc: Document, s: Structured) -> Found:
    """The address that the page declares for itself, absolute; a declaration that names the home page or another scheme does not count."""
    return settle(doc, "canonical_url", _canonicals(doc, s))


def _canonicals(doc: Document, s: Structured) -> Iterator[Found]:
    candidates = [("meta", v) for v in s.links.get("canonical", ())[:1]] + [
        ("meta", v) for v in s.meta.get("og:url", ())[:1]
    ]
    candidates += [
        ("json-ld", v) for v in (jsonld.url_of(s.prop("mainEntityOfPage")), jsonld.url_of(s.prop("url"))) if v
    ]
    candidates += [("microdata", v) for v in s.microdata.get("mainEntityOfPage", ())[:1]]
    for origin, value in candidates:
        address = urls.joined(doc.url, value)
        parts = urls.split(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in address):
            yield Found(None, origin, value)
            continue
        own = urls.split(doc.url)
        if (
            parts.path in ("", "/")
            and not parts.query
            and own.path not in ("", "/")
            and urls.host(doc.url) in (parts.hostname, "")
        ):
            yield Found(None, origin, value, "names the front page")
            continue
        yield Found(address, origin, value)
