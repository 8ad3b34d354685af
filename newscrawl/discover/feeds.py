"""Reads RSS 0.9x/1.0/2.0, Atom and JSON Feed into candidates.

A well-formed feed is read with lxml, strictly; one whose text alone is broken is repaired first; anything else goes to feedparser,
which keeps the items before and after the break. fastfeedparser, though quicker, is not used: it turns every date into UTC, and
the offset is evidence (measured with 0.6.5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import feedparser
from lxml import etree, html

from newscrawl.discover import feed_text
from newscrawl.items import Candidate, Evidence
from newscrawl.urls import absolute

MAX_ITEMS = 10_000
"""So many items are read of one feed; real ones have up to about 400."""
MAX_PERSON = 300
"""Characters of an author's name and address; what is longer is neither."""
_BRACKETED = re.compile(r"\(([^)]+)\)")
_MAIL = re.compile(r"<?\S+@\S+>?")
_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|RDF)[\s>]", re.I)
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.I)
_DOCTYPE_TO_ITS_END = re.compile(r"<!DOCTYPE[^>\[]*+(?P<end>[>\[]?)", re.I)
_RELABELLED = re.compile(r"charset\s*=\s*[\"']?(?!utf-?8\b)", re.I)
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class NotAFeed(ValueError):
    """The bytes are no feed; the text says what they are."""


def is_feed(body: bytes) -> bool:
    """Returns whether the bytes look like a feed, whatever their type says."""
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return b"jsonfeed.org/version" in head
    text = body[:4096].replace(b"\x00", b"")  # UTF-16
    return bool(_ROOT.search(text)) and not re.match(rb"<(!doctype\s+)?html", head, re.I)


@dataclass(slots=True)
class Feed:
    """This is what a feed says."""

    candidates: list[Candidate] = field(default_factory=list)
    """These are its items, in its order."""
    next_page: str | None = None
    """Where its older items are (RFC 5005: ``next``, ``prev-archive``; JSON Feed: ``next_url``)."""
    cut: str | None = None
    """Why it was not read to its end."""


def parse(body: bytes, url: str, content_type: str = "") -> Feed:
    """Reads a feed. Raises :class:`NotAFeed`."""
    if not is_feed(body):
        raise NotAFeed("neither RSS, Atom nor JSON Feed")
    found = Feed()
    for candidate in _items(body, url, content_type, found):
        if len(found.candidates) >= MAX_ITEMS:
            found.cut = f"more than {MAX_ITEMS} items"
            break
        found.candidates.append(candidate)
    return found


def _items(body: bytes, url: str, content_type: str, found: Feed) -> Iterator[Candidate]:
    if body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_items(body, url, found)
    if any(
        found["end"] == "["
        for found in _DOCTYPE_TO_ITS_END.finditer(body[:65536].replace(b"\x00", b"").decode("latin-1"))
    ):
        # Entities of the feed's own are how bombs and file reads are written; no real feed needs them.
        raise NotAFeed("has a document type with declarations of its own")
    root = _strict(body) if not _RELABELLED.search(content_type) and not _DOCTYPE.search(body[:65536]) else None
    if root is None:
        text = feed_text.repaired(feed_text.text_of(body, content_type))
        root = _strict(_without_doctype(text).encode("utf-8", "replace"))
        if root is None:
            return _lenient_items(text, url)
    found.next_page = _next(root, url)
    return _strict_items(root, url)


def _without_doctype(text: str) -> str:
    found = next((found for found in _DOCTYPE_TO_ITS_END.finditer(text) if found["end"] == ">"), None)
    return text[: found.start()] + text[found.end() :] if found else text


def _strict(body: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _local(element: Any) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _next(root: Any, url: str) -> str | None:
    """Returns the link to older items, from the head of the feed."""
    for holder in [root, *(child for child in root if _local(child) == "channel")]:
        for rel in ("next", "prev-archive"):
            for child in holder:
                if _local(child) == "link" and (child.get("rel") or "").lower() == rel and child.get("href"):
                    return absolute(_base(child, url), child.get("href"))
    return None


def _base(element: Any, url: str) -> str:
    base = url
    for holder in [*reversed(list(element.iterancestors())), element]:
        given = holder.get(_XML_BASE)
        base = absolute(base, given) or base if given else base
    return base


def _strict_items(root: Any, url: str) -> Iterator[Candidate]:
    channel = next((child for child in root if _local(child) == "channel"), root)
    language = root.get(_XML_LANG) or next((_text(child) for child in channel if _local(child) == "language"), None)
    for entry in (element for element in root.iter() if _local(element) in ("item", "entry")):
        parts: dict[str, list[Any]] = {}
        for child in entry:
            parts.setdefault(_local(child), []).append(child)
        link = _link(entry, parts, url)
        if link:
            yield Candidate(url=link, evidence=_evidence(parts, entry.get(_XML_LANG) or language, link))


def _evidence(parts: dict[str, list[Any]], language: str | None, link: str) -> Evidence:
    def first(*names: str) -> str | None:
        return next((text for name in names for child in parts.get(name, ()) if (text := _text(child))), None)

    people = [name for tag in ("creator", "author") for child in parts.get(tag, ()) if (name := _person(child))]
    # content:encoded, or Atom's content where it holds the text itself; media:content has neither
    full = next(
        (
            text
            for name in ("encoded", "content")
            for child in parts.get(name, ())
            if not child.get("url") and not child.get("src") and (text := _markup(child))
        ),
        None,
    )
    summary = next(
        (text for name in ("description", "summary") for child in parts.get(name, ()) if (text := _markup(child))), None
    )
    # Every category; Atom's label is for readers, its term for programs.
    filed = [
        text for child in parts.get("category", ()) if (text := _text(child) or child.get("label") or child.get("term"))
    ]
    filed += [word.strip() for word in (first("keywords") or "").split(",") if word.strip()]
    return Evidence(
        via="feed",
        title=_plain(first("title")),
        published=first("pubdate", "published", "date", "issued", "created"),
        modified=first("updated", "modified"),
        authors=tuple(dict.fromkeys(people)),
        language=language,
        section=filed[0] if filed else None,
        summary=_plain(summary),
        text=full,
        tags=tuple(dict.fromkeys(filed))[:30],
        image=_image(parts, link),
    )


def _image(parts: dict[str, list[Any]], link: str) -> str | None:
    """Returns media:content or media:thumbnail (in a media:group too), or an enclosure that is a picture."""
    inside = [child for group in parts.get("group", ()) for child in group]
    for child in [*parts.get("content", ()), *inside, *parts.get("thumbnail", ()), *parts.get("enclosure", ())]:
        address, kind = child.get("url"), (child.get("type") or child.get("medium") or "").lower()
        if address and (
            kind.startswith("image") or (not kind and re.search(r"\.(jpe?g|png|webp|gif|avif)($|\?)", address, re.I))
        ):
            return absolute(link, address)
    return None


def _link(entry: Any, parts: dict[str, list[Any]], url: str) -> str | None:
    base = _base(entry, url)
    # feedburner:origLink names the page behind a counting redirect
    for name in ("origlink", "link"):
        for child in parts.get(name, ()):
            if child.get("rel", "alternate") != "alternate":
                continue
            found = child.get("href") or _text(child)
            if found:
                return absolute(absolute(base, child.get(_XML_BASE)) or base if child.get(_XML_BASE) else base, found)
    guid = next((child for name in ("guid", "id") for child in parts.get(name, ())), None)
    if (
        guid is not None
        and guid.get("isPermaLink", "true").lower() != "false"
        and re.match(r"https?://", _text(guid) or "")
    ):
        return absolute(base, _text(guid) or "")
    about = entry.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    return absolute(base, about) if about else None


def _text(element: Any) -> str | None:
    return " ".join("".join(element.itertext()).split()) or None


def _markup(element: Any) -> str | None:
    """Returns text with the mark-up that is part of it: escaped (RSS), or children (Atom's xhtml)."""
    if len(element):
        return "".join(etree.tostring(child, encoding="unicode") for child in element).strip() or None
    return (element.text or "").strip() or None


def _plain(text: str | None) -> str | None:
    """Returns the text without mark-up and doubly escaped entities."""
    if not text or not re.search(r"[<&]", text):
        return " ".join(text.split()) or None if text else None
    try:
        return " ".join(html.fromstring(f"<div>{text}</div>").text_content().split()) or None
    except (etree.ParserError, ValueError):
        return None


def _person(element: Any) -> str | None:
    named = next((child for child in element if _local(child) == "name"), None)
    text = _text(named if named is not None else element)
    return _without_mail(text)


def _without_mail(text: str | None) -> str | None:
    """Returns the name alone: RSS' author is an address with the name in brackets."""
    if not text or "@" not in text or len(text) > MAX_PERSON:
        return text
    bracket = _BRACKETED.search(text)
    return bracket[1].strip() if bracket else _MAIL.sub("", text).strip(' "') or None


def _json_items(body: bytes, url: str, found: Feed) -> Iterator[Candidate]:
    try:
        feed = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"broken JSON Feed: {error}") from error
    if not isinstance(feed, dict):
        raise NotAFeed("JSON, but no object")
    older = feed.get("next_url")
    found.next_page = absolute(url, older) if isinstance(older, str) and older else None
    items = feed.get("items")
    for item in [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []:

        def text(*keys: str, item: dict[str, Any] = item) -> str | None:
            return next((value for key in keys if isinstance(value := item.get(key), str) and value), None)

        named, identifier = text("url", "external_url"), text("id") or ""
        if named is None and re.match(r"https?://", identifier, re.I):
            named = identifier  # the URL is optional, and the specification wants it as the identifier
        link = absolute(url, named) if named else None
        if not link:
            continue
        people = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
        tags = item.get("tags") if isinstance(item.get("tags"), list) else []
        yield Candidate(
            url=link,
            evidence=Evidence(
                via="feed",
                title=text("title"),
                published=text("date_published"),
                modified=text("date_modified"),
                authors=tuple(
                    name
                    for person in people or []
                    if isinstance(person, dict) and isinstance(name := person.get("name"), str)
                ),
                section=next((tag for tag in tags or [] if isinstance(tag, str)), None),
                language=text("language") or (feed.get("language") if isinstance(feed.get("language"), str) else None),
                summary=text("summary"),
                text=text("content_html", "content_text"),
                image=text("image", "banner_image"),
                tags=tuple(tag for tag in tags or [] if isinstance(tag, str))[:30],
            ),
        )


def _lenient_items(body: str, url: str) -> Iterator[Candidate]:
    data = body.encode("utf-8", "replace")
    found = feedparser.parse(
        data,
        response_headers={"content-location": url, "content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
    )
    for entry in islice(found.entries, MAX_ITEMS + 1):
        link = entry.get("feedburner_origlink") or entry.get("link")
        if not link or not (link := absolute(url, link)):
            continue
        content = next((part.get("value") for part in entry.get("content", ()) if part.get("value")), None)
        modified = entry.get("updated")  # feedparser answers with `published` where there is none
        people = [name for person in entry.get("authors", ()) if (name := _without_mail(person.get("name")))]
        yield Candidate(
            url=link,
            evidence=Evidence(
                via="feed",
                title=_plain(entry.get("title")),
                published=entry.get("published"),
                modified=modified if modified != entry.get("published") else None,
                authors=tuple(dict.fromkeys(people)),
                section=next((tag.get("term") for tag in entry.get("tags", ())), None),
                language=found.feed.get("language"),
                summary=_plain(entry.get("summary")),
                text=content,
            ),
        )
