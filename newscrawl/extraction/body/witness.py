"""trafilatura as a witness: its text, made without a look at ours, and how much of each block it kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from newscrawl.extraction.page import Line, Page
from newscrawl.writing import Finder, fold

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

SHORTEST = 20
"""Letters and digits of a line that is looked for in trafilatura's text; a shorter one must be a part of its own."""
MAX_SHORT = 400
"""Characters of a part of trafilatura's text that can be shorter than that."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What trafilatura makes of a page."""

    votes: list[float]
    """For each block how much of it trafilatura kept: 1, 0.5 (its beginning or end), or 0."""
    folded: str = ""
    """trafilatura's text, folded."""
    parts: list[str] = field(default_factory=list)


LINKED = 0.5
"""Share of a container's text in links from which, without a line of prose in it, trafilatura is not shown it: menus and lists of other
pages are most of a page's elements, and trafilatura drops them by the same measure after it has searched each several times."""


def ask(page: Page, tree: HtmlElement, url: str | None) -> Testimony:
    """trafilatura's text of the tree, laid beside the page's blocks."""
    lines: Sequence[Line] = page.lines
    with _without_menus(page):
        text, parts = _trafilatura(tree, url)
    whole = fold(text)
    holds = Finder(whole)
    short = {fold(part) for part in parts if len(part) < MAX_SHORT}
    rows: dict[int, bool] = {}
    votes: list[float] = []
    for line in lines:
        key = "" if line.hidden else fold(line.text)
        if len(key) >= SHORTEST:
            votes.append(1.0 if holds(key) else 0.5 if holds(key[:40]) or holds(key[-40:]) else 0.0)
        else:
            votes.append(
                1.0 if key and (key in short or (line.tag in ("td", "th") and _row_held(line, holds, rows))) else 0.0
            )
    return Testimony(votes, whole, parts)


@contextmanager
def _without_menus(page: Page) -> Iterator[None]:
    """Takes the containers out of the tree that hold no text, or links alone, and puts them back where they were."""
    taken: list[tuple[HtmlElement, HtmlElement | None, HtmlElement]] = []
    gone: set[int] = set()
    for box in page.containers:
        if box.parent is None:
            continue
        if box.parent.index in gone:
            gone.add(box.index)
        elif (not box.chars and not box.images) or (
            not box.prose and box.blocks > 1 and box.link_chars >= LINKED * box.chars
        ):
            above = box.element.getparent()
            if above is not None and box.tag != "body":
                gone.add(box.index)
                taken.append((above, box.element.getprevious(), box.element))
                above.remove(box.element)
    try:
        yield
    finally:
        for above, before, element in reversed(taken):
            if before is None:
                above.insert(0, element)
            else:
                said, before.tail = before.tail, None  # addnext puts an element between another and the text after that
                before.addnext(element)
                before.tail = said


def _row_held(line: Line, holds: Finder, rows: dict[int, bool]) -> bool:
    """Whether a table cell's row was kept: cells are too short to be found in a text, rows are not."""
    up = line.container.parent if line.container is not None else None
    if up is None:
        return False
    if up.index not in rows:
        key = fold("".join(up.element.itertext()))
        rows[up.index] = len(key) >= 12 and holds(key)
    return rows[up.index]


def _trafilatura(tree: HtmlElement, url: str | None) -> tuple[str, list[str]]:
    """trafilatura's text and its parts; ``fast`` leaves out readability and jusText, which cost as much again and vote no better."""
    try:
        document = bare_extraction(tree, url=url, with_metadata=False, include_comments=False, fast=True)
    except Exception:  # noqa: BLE001 - whatever a page makes of it, the model still decides; this witness is then silent
        return "", []
    if document is None or isinstance(document, dict) or document.body is None:
        return "", []
    return document.text or "", [
        "".join(element.itertext())
        for element in document.body.iter("p", "head", "item", "quote", "cell", "row", "list")
    ]
