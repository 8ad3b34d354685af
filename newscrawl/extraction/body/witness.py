"""trafilatura as a witness: its text, made from the whole page and without a look at ours, and how much of each block it kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from newscrawl.extraction.page import Line
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


def ask(lines: Sequence[Line], tree: HtmlElement, url: str | None) -> Testimony:
    """trafilatura's text of the tree, laid beside the page's blocks."""
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
