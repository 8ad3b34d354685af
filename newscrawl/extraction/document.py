"""What the extractors share: one page, parsed once, as a tree, its metadata and its blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lxml.html import HtmlElement

from newscrawl.items import Evidence

if TYPE_CHECKING:
    from newscrawl.extraction.trace import Trace
    from newscrawl.sites.registry import Site


@dataclass(slots=True)
class Block:
    """A run of text that a reader sees as one piece: a paragraph, a heading, a list item, a line between ``<br>``s.

    ``reason`` is why it stays (``body``) or goes (``title``, ``byline``, ``credit``, ``recommended``, …), None while undecided.
    """

    text: str
    index: int
    element: HtmlElement | None = None
    """The nearest block-level element that holds the text; None on a text-only page."""
    tag: str = ""
    """That element's tag."""
    link_chars: int = 0
    """Characters inside links."""
    reason: str | None = None
    breaks_before: int = 0
    """``<br>``s between the previous block of the same element and this one."""
    spaced: str = ""
    """The text with two spaces between neighbouring inline elements, where it is a short line of several; else empty."""
    emphasised: bool = False
    """Wholly bold or strong."""

    @property
    def link_share(self) -> float:
        """Share of the characters that are inside links, 0 to 1."""
        return self.link_chars / max(1, len(self.text) - self.text.count(" ")) if self.link_chars else 0.0


@dataclass(slots=True)
class Found:
    """A field's value, where it came from (json-ld, meta, microdata, visible, feed, url, layout) and how it stood there."""

    value: Any = None
    origin: str = ""
    raw: str | None = None
    where: str = field(default="", compare=False)
    """Which of the origin's places it was (``og:title``, ``by-line``), for people."""


@dataclass(slots=True)
class Document:
    """A parsed page. ``tree`` is None for a text-only page."""

    url: str | None
    tree: HtmlElement | None
    blocks: list[Block]
    site: Site | None = None
    evidence: Evidence | None = None
    fetched_at: datetime | None = None
    header: list[Block] = field(default_factory=list)
    """Blocks from the headline to the first paragraph of the body: by-line, date, source (set once the body is known)."""
    body: list[Block] = field(default_factory=list)
    """Blocks of the body, in order."""
    footer: list[Block] = field(default_factory=list)
    """Up to 30 blocks after the body: editors, credits, tags, copyright."""
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What the field finders computed once for several fields (by-line pieces of the lines around the article)."""
    trace: Trace | None = field(default=None, repr=False)
    """Where the finders note the candidates that lost; None outside of ``scrapy explain``."""
