"""Gives each block that is no text its reason: what it is, by the strongest evidence that a person would name.

Nothing is decided here: the block model has chosen the text. The reasons tell what was dropped (``removed``, ``scrapy explain``) and let the
field readers pass over other articles' headlines and adverts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from newscrawl.extraction.body.phrases import by_words
from newscrawl.extraction.body.selection import Decision
from newscrawl.extraction.fields.credits import credit_of
from newscrawl.extraction.fields.roles import is_byline, is_caption, line_is_title
from newscrawl.extraction.page import Container, Line, ancestors
from newscrawl.extraction.read.blocks import HEADINGS
from newscrawl.extraction.read.class_hints import Mark

NAMED: list[tuple[int, str]] = [
    (Mark.NAVIGATION, "navigation"),
    (Mark.FOOTER, "footer"),
    (Mark.SHARE, "share-bar"),
    (Mark.COMMENT, "comment"),
    (Mark.ADVERT, "advert"),
    (Mark.NEWSLETTER, "newsletter"),
    (Mark.RELATED | Mark.RELATED_NAMED, "recommended"),
    (Mark.SIDEBAR, "sidebar"),
    (Mark.CONSENT, "consent"),
    (Mark.LICENCE, "licence"),
    (Mark.TAGS, "tags"),
    (Mark.AUTHOR_BOX, "author-box"),
    (Mark.CAPTION | Mark.CAPTION_NAMED, "caption"),
    (Mark.TOOL, "tool"),
    (Mark.PAYWALL, "paywall"),
    (Mark.WIDGET, "infobox"),
]
"""What a container's names say, and the reason that it gives."""
BEFORE, AFTER = 40, 12
"""Blocks before and after the text in which by-lines, credits and captions are the article's."""
LINKED = 0.5
"""Share of a block in links from which it is one of a list of other pages."""


def give(lines: Sequence[Line], decision: Decision, titles: Sequence[str]) -> None:
    """Sets the reason of each block of a page; those chosen get ``body``."""
    chosen = {line.index for line in decision.chosen}
    first, last = (min(chosen), max(chosen)) if chosen else (0, len(lines))
    known: Named = {}
    for line in lines:
        if line.index in chosen:
            line.reason = "body"
        elif line.index in decision.fields:
            line.reason = decision.fields[line.index]
        elif line.reason is None:
            line.reason = _reason(line, decision, titles, known, near=first - BEFORE <= line.index <= last + AFTER)
    for line, after in zip(lines, lines[1:], strict=False):
        if line.reason is None and line.tag in HEADINGS and after.reason in _HEADED:
            line.reason = after.reason


_HEADED = frozenset(("recommended", "comment", "newsletter", "advert", "tags", "author-box"))
"""Reasons of what a dropped heading may head; it has the same."""


def _reason(line: Line, decision: Decision, titles: Sequence[str], known: Named, *, near: bool) -> str | None:
    if line.hidden:
        return "hidden"
    kind = decision.kind(line.index)
    if line_is_title(line, titles) and line.link_share < LINKED:
        return "title"
    if near and credit_of(line.text) is not None:
        return "credit"
    if near and (kind == "byline" or is_byline(line)):
        return "byline"
    if near and (kind == "caption" or is_caption(line)):
        return "caption"
    if named := named_by_box(line, known):
        return named[1]
    # Words are read last, and only where nothing else speaks: their patterns cost more than all the rest.
    return by_words(line.text, line.link_share) or ("recommended" if line.link_share >= LINKED else None)


def named_by_box(line: Line, known: Named | None = None) -> tuple[Container, str] | None:
    """The nearest container above the block whose names say furniture, and what they say; names of the article's own body say no more.

    ``known`` keeps what was found for containers, so that all blocks of a page ask each container once.
    """
    known = {} if known is None else known
    passed: list[int] = []
    found: tuple[Container, str] | None = None
    for box in ancestors(line.container):
        if box.index in known:
            found = known[box.index]
            break
        passed.append(box.index)
        if box.marks & Mark.BODY:
            break
        if reason := reason_of(box.marks):
            found = box, reason
            break
    known.update(dict.fromkeys(passed, found))
    return found


Named = dict[int, tuple[Container, str] | None]
"""By the number of a container, the container at or above it that its names make furniture."""


@cache
def reason_of(marks: int) -> str | None:
    """The first reason that a set of marks gives."""
    return next((reason for mark, reason in NAMED if marks & mark), None)


def marks_of(reason: str) -> int:
    """The marks that give a reason."""
    return next((mark for mark, named in NAMED if named == reason), 0)
