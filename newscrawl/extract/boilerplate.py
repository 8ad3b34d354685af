"""Recognises page furniture, line by line, before the body is chosen: shape first, words second, names of containers third.

Each line that goes gets its reason. A line that a rule is unsure of keeps ``reason = None`` and is decided by the body's own rules.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from newscrawl.extract.credits import paired
from newscrawl.extract.lists import mark_lists
from newscrawl.extract.marks import Mark
from newscrawl.extract.page import Container, Line, Page, ancestors, is_prose, total, weight
from newscrawl.extract.phrases import by_words
from newscrawl.extract.trace import Trace

REASONS: list[tuple[int, str]] = [
    (Mark.NAVIGATION, "navigation"), (Mark.FOOTER, "footer"), (Mark.SHARE, "share-bar"), (Mark.COMMENT, "comment"), (Mark.ADVERT, "advert"),
    (Mark.NEWSLETTER, "newsletter"), (Mark.RELATED, "recommended"), (Mark.SIDEBAR, "sidebar"), (Mark.CONSENT, "consent"),
    (Mark.LICENCE, "licence"), (Mark.TAGS, "tags"), (Mark.AUTHOR_BOX, "author-box"), (Mark.CAPTION, "caption"), (Mark.TOOL, "tool"), (Mark.PAYWALL, "paywall"),
    (Mark.WIDGET, "infobox"),
]
# How large a share of the page's prose a container may hold and still go by its name alone; 0: its name decides only with other evidence.
_PROSE_LIMIT: dict[str, float] = {
    "navigation": 0.25, "footer": 0.3, "share-bar": 0.08, "comment": 0.8, "advert": 0.15, "newsletter": 0.15, "recommended": 0.35, "sidebar": 0.3,
    "consent": 0.3, "licence": 0.2, "tags": 0.1, "author-box": 0.3, "caption": 0.12, "tool": 0.05, "paywall": 0.25, "infobox": 0.45,
}


def mark_page(page: Page, trace: Trace | None = None) -> None:
    """Gives every recognised line its reason."""
    _unhide(page)
    lines = [line for line in page.lines if not line.hidden]
    for line in page.lines:
        if line.hidden:
            line.reason = "hidden"
    note = trace.step if trace is not None else _unnoted
    note("hidden", page.lines)
    _mark_pairs(lines)
    note("pair", page.lines)
    _by_container(page)
    note("container", page.lines)
    for line in lines:
        if line.reason is None:
            line.reason = by_words(line.text, line.link_share)
    note("words", page.lines)
    mark_lists(page, trace)


def _unnoted(rule: str, lines: Sequence[Line]) -> None:
    """What a step says of itself where nobody asks."""


_CELLS = frozenset(("dt", "dd", "td", "th"))


def _mark_pairs(lines: Sequence[Line]) -> None:
    """Credits that stand in two cells, label and value: a table's row, an entry of a definition list."""
    for label, value in zip(lines, lines[1:], strict=False):
        if label.tag in _CELLS and value.tag in _CELLS and label.reason is None and paired(label.text, value.text):
            label.reason = value.reason = "credit"


def mark_siblings(page: Page, title_at: int) -> None:
    """Other ``<article>`` elements beside the one that holds the headline and text: the next article, or teasers."""
    if title_at < 0:
        return
    home = next((box for box in ancestors(page.lines[title_at].container) if box.tag == "article"), None)
    largest = max((box.prose for box in page.containers if box.tag == "article"), default=0)
    heading = page.lines[title_at].tag == "h1"
    if home is None or home.prose < (60 if heading else max(100, 0.3 * largest)):
        return
    for box in page.containers:
        if box.tag == "article" and box is not home and box.blocks and not (home.first <= box.first <= home.last) and not (box.first <= home.first <= box.last):
            for line in page.lines[box.first:box.last + 1]:
                line.reason = line.reason or "recommended"


def _unhide(page: Page) -> None:
    """Takes a page at its word only where it shows more than it hides: scripts un-hide streamed or faded-in articles."""
    shown = hidden = 0.0
    for line in page.lines:
        size = weight(line.text) if is_prose(line.text, line.link_share) else 0.0
        hidden += size if line.hidden else 0.0
        shown += 0.0 if line.hidden else size
    if hidden > 1.5 * shown and hidden > 400:
        for line in page.lines:
            line.hidden = False
        total(page)


def _by_container(page: Page) -> None:
    for box, reason in named_furniture(page):
        for line in page.lines[box.first:box.last + 1]:
            if line.reason is None:
                line.reason = reason


def named_furniture(page: Page) -> Iterator[tuple[Container, str]]:
    """Containers whose names say furniture and whose prose does not contradict, outer ones first, each with its reason."""
    prose = sum(box.prose for box in page.containers if box.parent is None) or 1
    for box in page.containers:
        if not box.blocks or box.tag in ("html", "body"):
            continue
        reason = _container_reason(box, prose)
        if reason is None or (reason == "comment" and box.prose > 0.35 * prose and not _prose_before(page, box)):
            continue
        yield box, reason


def _prose_before(page: Page, box: Container) -> bool:
    """Whether an article stands above a large container that is named for comments."""
    above = sum(len(line.text) for line in page.lines[:box.first] if not line.hidden and is_prose(line.text, line.link_share))
    return above >= 300


def _container_reason(box: Container, page_prose: int) -> str | None:
    share = box.prose / page_prose
    if box.marks & Mark.CAPTION_NAMED and share < 0.4 and box.blocks <= 6 and not box.marks & Mark.BODY:
        return "caption"
    if box.tag == "figcaption" and share < 0.4:
        return "caption"
    if box.tag == "footer" and share < 0.3:
        return "footer"
    if box.marks & Mark.RELATED_NAMED and share < 0.3 and not box.marks & Mark.BODY:
        return "recommended"
    for mark, reason in REASONS:
        if not box.marks & mark or share > _PROSE_LIMIT[reason]:
            continue
        if reason == "caption" and box.tag == "figure" and box.prose and box.element.find(".//blockquote") is not None:
            continue
        if box.marks & (Mark.BODY | Mark.ARTICLE) and reason not in ("share-bar", "comment", "newsletter", "author-box", "tags", "caption") and share > 0.02:
            continue
        if reason in ("recommended", "tool", "caption", "advert", "sidebar", "consent", "share-bar", "navigation", "tags") and not _furnished(box, reason):
            continue
        return reason
    return None


def _furnished(box: Container, reason: str) -> bool:
    """Whether a container looks like what its name says: links, short lines, or a tag that says the same."""
    if box.tag in ("aside", "figure", "figcaption", "nav", "form", "button", "dialog"):
        return True
    if reason == "caption":
        small = box.prose == 0 or (box.images > 0 and box.blocks <= 3 and box.prose < 400)
        return small and box.blocks <= 6 and box.tag in ("span", "div", "p", "li", "small", "em", "td", "dd", "a")
    links = box.link_chars / max(1, box.chars)
    if links > 0.3 or reason in ("advert", "consent"):
        return True
    return box.prose == 0 and (links > 0.1 or reason in ("share-bar", "navigation", "tags"))
