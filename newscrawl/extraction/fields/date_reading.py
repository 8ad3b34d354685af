"""How a page writes its dates: its language and land, the order of its figures, and the day of the fetch."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

from newscrawl import urls
from newscrawl.extraction.document import Document
from newscrawl.extraction.fields import date_names
from newscrawl.extraction.fields.date_text import Reading
from newscrawl.extraction.fields.language import declared_language, detect
from newscrawl.extraction.read.structured import Structured

MAX_LINES = 400
MAX_LINE = 120
_SURE = re.compile(r"(?<![\d.,/-])(\d{1,2})([/-])(\d{1,2})\2(?:(?:19|20)\d{2})(?!\d)")
_TAG = re.compile(r"^[a-zA-Z]{2,3}(?:[-_][a-zA-Z]{4})?[-_](?P<territory>[a-zA-Z]{2})\b")
_DECLARED_DAY = re.compile(r"^\s*(?:19|20)\d\d-(?P<month>\d\d)-(?P<day>\d\d)")
# The first level of an address that is a land's own, where it is not its code; those that anybody may take say nothing.
_LANDS = {"uk": "GB"}
_ANYBODYS = frozenset(("tv", "io", "co", "me", "ai", "cc", "ws", "fm", "am", "to", "ly", "st", "eu", "su", "gg", "la"))


def reading_of(doc: Document, s: Structured) -> Reading:
    """The page's reading; found once a page, since every line with a date is read by it."""
    known: Reading | None = doc.memo.get("reading")
    if known is None:
        known = doc.memo["reading"] = _reading(doc, s)
    return known


def _reading(doc: Document, s: Structured) -> Reading:
    tag = s.html_lang or s.first("og:locale", "content-language") or ""
    language = declared_language(doc, s)[0] or _shown_language(doc) or ""
    match = _TAG.match(tag.strip())
    suffix = urls.host(doc.url or "").rsplit(".", 1)[-1]
    by_address = _LANDS.get(suffix, suffix.upper()) if len(suffix) == 2 and suffix not in _ANYBODYS else ""
    territory = match["territory"].upper() if match else by_address
    today = doc.fetched_at.date() if doc.fetched_at is not None else None
    return Reading(language, territory, _order(doc, s, language, territory, by_address), today)


def _shown_language(doc: Document) -> str | None:
    text = " ".join(block.text for block in (doc.body or doc.blocks)[:30])
    return detect(text)[0]


def _order(doc: Document, s: Structured, language: str, territory: str, by_address: str) -> str:
    """The order of figures: what the page's own unmistakable dates show, else its locale's.

    English without a land is no evidence: half of its readers write the day first.
    """
    shown = _shown_order(doc, s)
    if shown:
        return shown
    if language == "en":
        if territory and (order := date_names.order(f"en-{territory}")):
            # A template says en-US wherever its site is; the address of a land is the better witness.
            return date_names.order(f"en-{by_address}") if by_address and territory == "US" else order
        return "" if not territory else "mdy" if territory == "US" else "dmy"
    return date_names.order(f"{language}-{territory}") if language else ""


def _shown_order(doc: Document, s: Structured) -> str:
    votes: Counter[str] = Counter()
    declared = {
        (int(m["month"]), int(m["day"]))
        for values in (s.meta.get("article:published_time", ()), s.microdata.get("datePublished", ()))
        for value in values[:2]
        if (m := _DECLARED_DAY.match(str(value)))
    }
    short = (b.text for b in islice(doc.blocks, MAX_LINES) if len(b.text) <= MAX_LINE)
    for text in short:
        for match in islice(_SURE.finditer(text), 3):
            a, b = int(match[1]), int(match[3])
            if a > 12 >= b or (b, a) in declared and a != b:
                votes["dmy"] += 1
            elif b > 12 >= a or (a, b) in declared and a != b:
                votes["mdy"] += 1
    if len(votes) == 2 and min(votes.values()) * 3 > max(votes.values()):
        return ""
    return votes.most_common(1)[0][0] if votes else ""
