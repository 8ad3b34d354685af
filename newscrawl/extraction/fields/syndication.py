"""Reads what a page says of being a repost: outlet, original headline and address, platform, machine translation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from newscrawl import urls
from newscrawl.extraction.document import Document
from newscrawl.extraction.drafting import MAX_BYLINE, Draft
from newscrawl.extraction.fields.byline import byline_parts
from newscrawl.extraction.fields.credits import urls_in
from newscrawl.extraction.fields.machine_translation import is_machine_translated
from newscrawl.extraction.read import jsonld
from newscrawl.items import Syndication

# Where the outlet's name ends in a sentence such as "was first published by the Riverside Review and is republished under …".
_NAME_ENDS = re.compile(
    r"(?:\.\s|\.$|,\s| and (?:is|was|has|can|it)\b| under (?:a|the)\b| with (?:the )?permission| on (?:\w+ \d|\d|mon|tue|wed|thu|fri|sat|sun)| in (?:january|february|march|april|may|june|july|august|september|october|november|december|\d{4})|[；;。（(])",
    re.I,
)
_MAKERS = frozenset(("editors", "authors", "caption"))
_REPOST = frozenset(("original_title", "original_url", "origin_note", "platform", "translated"))


def find_syndication(draft: Draft, source: str | None, canonical: str | None, text: str) -> Syndication | None:
    """None where nothing says that the page is a repost; a mere 来源 in the by-line is the field ``source``, not syndication."""
    doc = draft.doc
    value = {credit.into: credit.value for credit in reversed(draft.credits)}
    foreign = canonical if canonical and doc.url and not urls.same_site(canonical, doc.url) else None
    translated = "translated" in value or is_machine_translated(text)
    repost = bool(value.keys() & _REPOST) or translated or foreign is not None
    platform = value.get("platform") or _platform(doc, repost) or _known_platform(draft)
    lines = [credit.line for credit in draft.credits if credit.into not in _MAKERS]
    if not (repost or platform or any(credit.into == "source" for credit in draft.credits)):
        return None
    outlet = value.get("source") or _outlet(value.get("origin_note", "")) or (source if repost or platform else None)
    return Syndication(
        source=outlet,
        original_title=value.get("original_title"),
        original_url=value.get("original_url") or next(_linked(draft), None) or foreign,
        platform=platform,
        machine_translated=translated,
        credits=lines,
    )


def _outlet(note: str) -> str | None:
    """The outlet's name at the beginning of what follows 'first published on'."""
    end = _NAME_ENDS.search(note)
    name = (note[: end.start()] if end else note).strip(" .,;:\"'“”")
    return name if name and not urls_in(name) else None


def _linked(draft: Draft) -> Iterator[str]:
    """Addresses on other sites that the credit lines link or spell out."""
    lines = {
        credit.line
        for credit in draft.credits
        if credit.into in ("source", "origin_note", "original_title", "original_url")
    }
    base = draft.doc.url or ""
    seen: set[HtmlElement] = set()
    for block in draft.doc.blocks:
        if block.reason != "credit" or block.text not in lines:
            continue
        # Lines between line breaks share their element, and its links.
        anchors = block.element.iter("a") if block.element is not None and block.element not in seen else ()
        if block.element is not None:
            seen.add(block.element)
        for link in [
            *(urls.joined(base, a.get("href", "")) for a in anchors if "license" not in (a.get("rel") or "")),
            *urls_in(block.text),
        ]:
            if (
                link.startswith(("http://", "https://"))
                and not (base and urls.same_site(link, base))
                and "creativecommons.org" not in link
                and not urls.is_front(link)
            ):
                yield link


def _platform(doc: Document, repost: bool) -> str | None:
    """The platform that the by-line names, such as ``Sogou wechat``; on a repost also the unlabelled name beside the date."""
    for block in doc.header:
        if len(block.text) > MAX_BYLINE:
            continue
        parts = byline_parts(block.spaced or block.text)
        if parts.platform:
            return parts.platform
        if repost and parts.date and not parts.labelled:
            beside = [name for name in (parts.source, *parts.authors, *parts.rest) if name and not name.isdigit()]
            if len(beside) == 1 and len(beside[0]) <= 40 and parts.date.precision != "day":
                return beside[0]
    # Weblogs sign below the text: there only a known platform counts.
    after = (byline_parts(block.spaced or block.text) for block in doc.footer[:8] if len(block.text) <= MAX_BYLINE)
    return next((parts.platform for parts in after if parts.platform and parts.date), None)


def _known_platform(draft: Draft) -> str | None:
    """The author of an embedded state where that is a known platform."""
    author = draft.structured.state.get("author") if draft.structured.state else None
    name = jsonld.text_of(author)
    return byline_parts(f"2000-01-01 00:00 {name}").platform if isinstance(name, str) and 1 < len(name) <= 40 else None
