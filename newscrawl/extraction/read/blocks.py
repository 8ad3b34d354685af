"""Turns a page into a list of blocks, in one walk over its tree or from the lines of a text-only page.

A block is one line of text as a reader sees it: block-level elements end it, and so does ``<br>``. How lines join into paragraphs
is decided when the body is known (:mod:`newscrawl.extraction.body.paragraphs`), because whether a single ``<br>`` divides depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml.html import HtmlElement

from newscrawl.extraction.page import Container, Line, Page, total
from newscrawl.extraction.read.class_hints import marks_of
from newscrawl.writing import IDEOGRAPHS, remembered

SKIPPED = frozenset(
    "script style noscript template svg math iframe object embed applet select option textarea input canvas video audio head title "
    "map area datalist progress meter source track param link meta base frame frameset noframes".split()
)
BLOCK_LEVEL = frozenset(
    "html body p div section article main header footer nav aside h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr td th "
    "caption blockquote pre figure figcaption form fieldset legend address center details summary hgroup hr menu dir dialog "
    "amp-list picture button".split()
)
_DIVIDING = frozenset("span a em i font label strong b time small cite".split())
_INLINE = _DIVIDING | {"br", "img"}
_BLANK = " \t\r\n\x1f\u3000\xa0"
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
EMPHASIS = frozenset("b strong".split())
# Names by which templates keep a text for screen readers: no part of what is shown.
MAX_LABEL = 120
FOR_READERS = re.compile(
    r"(?<![\w-])(?:sr-only|visually-?hidden|is-visually-hidden|screen-?reader(?:-text|-only)?|a11y-hidden|u-hiddenVisually|offscreen)(?![\w-])",
    re.I,
)
HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)


EDGE = "\x1f"
"""Stands between inline elements while a line is collected; no page has it, for parsing drops control characters."""
MAX_SPACED = 300


_WRAPPED = re.compile(
    r"(?:(?<![^\S\n])[^\S\n]++)?+\n\s*+"
)  # possessive: a run of spaces without a line's end is read once
_CJK_SIDE = re.compile(rf"[{IDEOGRAPHS}\u3001-\u303f\uff01-\uff65“”‘’…—]")


def squeeze(text: str) -> str:
    """The text with each run of white space as one space, none at its ends (``split`` is five times as fast as a pattern).

    Zero-width marks show nothing. Source text that is wrapped between two CJK characters has no space there.
    """
    text = text.replace("\u200b", "").replace("\ufeff", "").strip()
    if "\n" in text and _CJK_SIDE.search(text):
        text = _WRAPPED.sub(_unwrapped, text)
    return " ".join(text.replace(EDGE, "").split())


def _unwrapped(match: re.Match[str]) -> str:
    if EDGE in match[0]:
        return " "  # between two elements a line's end is the space that keeps them apart
    text, start, end = match.string, match.start(), match.end()
    before, after = text[start - 1], text[end]
    if before in ",;:!?)" and start > 1:
        before = text[start - 2]
    if after in ",;:!?)" and _CJK_SIDE.match(before):
        return ""
    return "" if _CJK_SIDE.match(before) and _CJK_SIDE.match(after) else " "


def _pieces(whole: str) -> str:
    """The line with two spaces where one inline element ends and the next begins: by-lines set side by side without a space."""
    return "  ".join(piece for part in whole.split(EDGE) if part and (piece := squeeze(part)))


class _Walker:
    """Collects inline text until a block-level boundary or a ``<br>`` ends the line."""

    def __init__(self) -> None:
        self.page = Page()
        self.parts: list[str] = []
        self.link_chars = self.links = self.strong_chars = self.breaks = 0
        self.in_link = self.in_strong = self.in_hidden = 0
        self.has_time = False
        self.container: Container | None = None
        self.after_picture = False
        self.in_pre = self.in_heading = 0

    def text(self, text: str) -> None:
        if self.in_pre and "\n" in text:
            head, *rest = text.split("\n")
            self._append(head)
            for line in rest:
                self.end_line()
                self.breaks += 1
                self._append(line)
            return
        self._append(text)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        if self.in_link or self.in_strong:
            solid = len("".join(text.split())) - text.count("\u200b") - text.count("\ufeff")
            if self.in_link:
                self.link_chars += solid
            if self.in_strong:
                self.strong_chars += solid

    def end_line(self) -> None:
        if not self.parts:
            return
        whole = "".join(self.parts)
        self.parts.clear()
        if whole.isspace():
            return
        edged = EDGE in whole
        text = squeeze(whole)
        if not text:
            return
        lines, box = self.page.lines, self.container
        line = Line(
            text=text,
            index=len(lines),
            element=box.element if box else None,
            tag=box.tag if box else "",
            container=box,
            link_chars=self.link_chars,
            links=self.links,
            emphasised_chars=self.strong_chars,
            breaks_before=self.breaks,
            hidden=self.in_hidden > 0,
            has_time=self.has_time,
            spaced=_pieces(whole) if edged and len(text) <= MAX_SPACED else "",
        )
        line.emphasised = self.strong_chars > 0 and self.strong_chars >= 0.9 * len(text.replace(" ", ""))
        lines.append(line)
        line.after_picture = self.after_picture
        self.link_chars = self.links = self.strong_chars = self.breaks = 0
        self.has_time = self.after_picture = False

    def open(self, element: HtmlElement, tag: str) -> None:
        self.end_line()
        self.breaks = 0
        parent = self.container
        own = marks_of(tag, element.get("class"), element.get("id"), element.get("role"))
        inherited = (parent.inherited | own) if parent else own
        box = Container(
            len(self.page.containers), parent, tag, element, own, inherited, parent.depth + 1 if parent else 0
        )
        self.page.containers.append(box)
        self.container = box

    def picture(self) -> None:
        """Counts a picture, and lets the next line know that it follows one."""
        self.after_picture = True
        if self.container is not None:
            self.container.images += 1

    def close(self) -> None:
        self.end_line()
        self.breaks = 0
        if self.container is not None:
            self.container = self.container.parent


def from_tree(tree: HtmlElement) -> Page:
    """All lines of the page in reading order, hidden ones marked, and their containers with totals."""
    walker = _Walker()
    _visit(walker, tree, walker.text)
    walker.end_line()
    total(walker.page)
    return walker.page


def _visit(walker: _Walker, element: HtmlElement, say: Callable[[str], None]) -> None:
    """Collects an element and all below it; the tree's depth is bounded where it is parsed."""
    tag = element.tag
    block = tag in BLOCK_LEVEL or ("-" in tag and _custom_block(walker, element))
    hidden, heading = False, tag in HEADINGS
    if element.attrib:
        hidden = _is_hidden(element, walker.in_heading > 0)
        if hidden:
            walker.in_hidden += 1
            if not block:
                walker.end_line()
    if heading:
        walker.in_heading += 1
    if block:
        walker.open(element, tag)
        walker.in_pre += tag == "pre"
    elif tag in _INLINE:
        _open_inline(walker, tag)
    if text := element.text:
        say(text)
    for child in element:
        # A comment or an instruction has a function for a tag; scripts and the like are passed over with all that is in them.
        if isinstance(child.tag, str) and child.tag not in SKIPPED:
            _visit(walker, child, say)
        if tail := child.tail:
            say(tail)
    if block:
        walker.in_pre -= tag == "pre"
        walker.close()
    elif tag in _INLINE:
        _close_inline(walker, tag)
    if heading:
        walker.in_heading -= 1
    if hidden:
        if not block:
            walker.end_line()
        walker.in_hidden -= 1


def _open_inline(walker: _Walker, tag: str) -> None:
    if tag == "br":
        walker.end_line()
        walker.breaks += 1
    elif tag == "a":
        walker.in_link += 1
        walker.links += 1
    elif tag in EMPHASIS:
        walker.in_strong += 1
    elif tag == "time":
        walker.has_time = True
    elif tag == "img":
        walker.picture()
    if tag in _DIVIDING:
        walker.parts.append(EDGE)


def _close_inline(walker: _Walker, tag: str) -> None:
    if tag == "a":
        walker.in_link -= 1
    elif tag in EMPHASIS:
        walker.in_strong -= 1
    if tag in _DIVIDING:
        walker.parts.append(EDGE)


def _is_hidden(element: HtmlElement, heading: bool) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    if style and _hides(style):
        return True
    names = None if heading else element.get("class")
    return bool(names and _for_readers(names)) and element.tag != "h1" and len("".join(element.itertext())) < MAX_LABEL


@remembered
def _hides(style: str) -> bool:
    return HIDDEN.search(style) is not None


@remembered
def _for_readers(names: str) -> bool:
    return FOR_READERS.search(names) is not None


def _custom_block(walker: _Walker, element: HtmlElement) -> bool:
    """Whether a custom element (``<x-p>``) is set as a block: it does not stand in running text."""
    after = element.tail
    return not (after and after.strip()) and not any(part.strip(_BLANK) for part in walker.parts)


def from_text(text: str) -> list[Line]:
    """The lines of a text-only page; ``breaks_before`` counts the line ends since the line before."""
    lines: list[Line] = []
    breaks = 0
    for raw in text.splitlines():
        line = squeeze(raw)
        breaks += 1
        if line:
            lines.append(Line(text=line, index=len(lines), breaks_before=breaks))
            breaks = 0
    return lines
