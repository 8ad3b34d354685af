"""The parts of a page: containers, lines, and which of them a reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from newscrawl.extraction.document import Block
from newscrawl.writing import is_prose, length


@dataclass(slots=True)
class Container:
    """A block-level element that holds blocks, with totals over everything below it."""

    index: int
    parent: Container | None
    tag: str
    element: HtmlElement
    marks: int
    """What its own class, id, role and tag say of it."""
    inherited: int
    """The same with its ancestors' marks."""
    depth: int
    chars: int = 0
    link_chars: int = 0
    links: int = 0
    blocks: int = 0
    prose: int = 0
    """Characters in blocks that read like sentences."""
    first: int = -1
    last: int = -1
    images: int = 0


@dataclass(slots=True)
class Line(Block):
    """A block of an HTML page, with what only a tree can tell of it."""

    container: Container | None = None
    links: int = 0
    emphasised_chars: int = 0
    hidden: bool = False
    has_time: bool = False
    after_picture: bool = False
    """No other text stands between the last picture and this line."""


@dataclass(slots=True)
class Page:
    """The blocks of a tree and its containers."""

    lines: list[Line] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)


def total(page: Page) -> None:
    """Adds each line's characters to its container and all above it; again when hidden lines were shown."""
    for box in page.containers:
        box.chars = box.link_chars = box.links = box.blocks = box.prose = 0
        box.first = box.last = -1
    for line in page.lines:
        home = line.container
        if home is None or line.hidden:
            continue
        home.chars += len(line.text)
        home.link_chars += line.link_chars
        home.links += line.links
        home.blocks += 1
        home.prose += len(line.text) if is_prose(line.text, line.link_share) else 0
        if home.first < 0:
            home.first = line.index
        home.last = line.index
    for box in reversed(page.containers):
        up = box.parent
        if up is None:
            continue
        up.chars += box.chars
        up.link_chars += box.link_chars
        up.links += box.links
        up.blocks += box.blocks
        up.prose += box.prose
        up.images += box.images
        if box.first >= 0:
            up.first = box.first if up.first < 0 else min(up.first, box.first)
            up.last = max(up.last, box.last)


def ancestors(box: Container | None) -> Iterator[Container]:
    """The container and everything above it, innermost first."""
    while box is not None:
        yield box
        box = box.parent


HIDDEN_ARTICLE = 350
"""Length of hidden prose from which it may be the article."""


def unhide(page: Page) -> None:
    """Takes a page at its word only where it shows more than it hides: scripts un-hide streamed or faded-in articles."""
    shown = hidden = 0.0
    for line in page.lines:
        size = length(line.text) if is_prose(line.text, line.link_share) else 0.0
        hidden += size if line.hidden else 0.0
        shown += 0.0 if line.hidden else size
    if hidden > 1.5 * shown and hidden > HIDDEN_ARTICLE:
        for line in page.lines:
            line.hidden = False
        total(page)
