"""Dates in a form that :mod:`newscrawl.extraction.fields.date_text` does not know, read by dateparser in the page's own language.

The last resort: dateparser costs tens of milliseconds a language at its first use, and with no language given 1.4 s,
so it is asked only where a page shows something like a date and no other reading of it was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from lxml.html import HtmlElement

MAX_TEXT = 60
MAX_ASKED = 4
_LIKE_A_DATE = re.compile(r"\d{4}|[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]{4}")


@cache
def _known() -> frozenset[str]:
    from dateparser.data.languages_info import language_order

    return frozenset(language_order)


def parse(texts: Iterable[str], language: str | None, fetched_at: datetime | None) -> tuple[datetime, str] | None:
    """The first text that is a whole date (day, month and year) in the language, and that text; None where none is.

    :param language: BCP 47 primary tag; without one nothing is tried, for a guess at the language would be a guess at the date.
    """
    asked = [text.strip() for text in texts if 6 <= len(text.strip()) <= MAX_TEXT and _LIKE_A_DATE.search(text)][
        :MAX_ASKED
    ]
    if not asked or not language or language not in _known():
        return None
    from dateparser import parse as read

    settings: dict[str, object] = {"STRICT_PARSING": True}
    if fetched_at is not None:
        settings["RELATIVE_BASE"] = fetched_at.replace(tzinfo=None)
    for text in asked:
        found = read(text, languages=[language], settings=settings)
        if found is not None:
            return found, text
    return None


_SCRIPTED = re.compile(
    r"""\b(?:publish(?:ed)?_?(?:time|date|at)|pub_?(?:time|date)|date_?published|first_?publish(?:ed)?_?(?:time|date)?|create_?time|ct)["']?\s*[:=]\s*["'](?P<date>1[0-9]{9}(?:\d{3})?|20\d\d[-/]\d\d?[-/]\d\d?[^"']{0,20})["']""",
    re.I,
)


def scripted(tree: HtmlElement | None) -> list[str]:
    """A publication time among the variables of the page's own scripts, the last resort of pages that fill their by-line by script."""
    for script in tree.getroottree().iter("script") if tree is not None else ():
        text = script.text or ""
        if 20 < len(text) < 300_000 and (match := _SCRIPTED.search(text)):
            return [match["date"]]
    return []
