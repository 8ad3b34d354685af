"""More pages from those with gold: furniture of other pages set into an article, the article alone, and a page as plain text.

Sites nest recommended lists, polls and shop boxes between paragraphs, but the public data sets hold few such pages. The furniture is
real, taken from other pages of the corpus, with and without its names, so the model learns the kind of thing and not the words of a list.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence

from lxml import etree
from lxml.html import HtmlElement

from newscrawl.extraction.page import Container, Line, Page

FURNITURE = frozenset(
    ("div", "aside", "section", "ul", "ol", "p", "table", "form", "dl", "figure", "details", "blockquote", "nav")
)
MOST_BLOCKS, LEAST_LENGTH, MOST_LENGTH = 14, 12, 900
"""Blocks and length of what is set into an article."""
MOST_DONORS = 12
"""Pieces that one page gives to others."""
_DROPPED = frozenset(("class", "id", "role", "style", "hidden", "itemprop", "itemtype", "itemscope", "aria-label"))


def furniture(page: Page, outside: Sequence[bool], rng: random.Random) -> list[str]:
    """Pieces of a page, as HTML, none of whose blocks stand in its article; ``outside`` says so of each block."""
    found: list[Container] = []
    for box in page.containers:
        if (
            box.tag in FURNITURE
            and 0 < box.blocks <= MOST_BLOCKS
            and LEAST_LENGTH <= box.chars <= MOST_LENGTH
            and all(outside[box.first : box.last + 1])
        ):
            found.append(box)
    rng.shuffle(found)
    return [
        etree.tostring(_light(box.element), encoding="unicode", method="html", with_tail=False)
        for box in found[:MOST_DONORS]
    ]


def _light(element: HtmlElement) -> HtmlElement:
    """A copy without scripts, styles and inline pictures."""
    own = copy.deepcopy(element)
    for inner in list(own.iter("script", "style", "svg", "iframe", "noscript", "template")):
        inner.drop_tree()
    return own


def script(text: str) -> str:
    """``wide`` for a text of ideographs, else ``narrow``: a Chinese page has few English boxes."""
    wide = sum(1 for char in text[:400] if "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af")
    return "wide" if 3 * wide > len(text[:400]) else "narrow"


def nest(page: Page, inside: Sequence[bool], donors: Sequence[str], rng: random.Random) -> int:
    """Sets one to three pieces of furniture between blocks of the article, in the page's own tree; how many were set in.

    A third of them keep their names, a third lose them, a third bear those of the paragraph that they follow.
    """
    hosts = [
        line
        for line in page.lines
        if inside[line.index] and line.container is not None and line.container.parent is not None
    ]
    count = 0
    for _ in range(rng.choice((1, 1, 2, 3))):
        if not hosts or not donors:
            break
        host = rng.choice(hosts)
        count += _set_in(host, _piece(rng.choice(donors), host, rng), rng)
    return count


def unname(tree: HtmlElement) -> None:
    """Takes class, id and role from every element of a page."""
    for element in tree.iter():
        for name in ("class", "id", "role"):
            if name in element.attrib:
                del element.attrib[name]


def _piece(text: str, host: Line, rng: random.Random) -> HtmlElement:
    own = etree.HTML(f"<div>{text}</div>", parser=_parser()).find(".//div")
    how = rng.randrange(3)
    for element in own.iter():
        if how and isinstance(element.tag, str):
            for name in _DROPPED & set(element.attrib):
                del element.attrib[name]
    first = own[0] if len(own) and rng.random() < 0.5 else own
    if how == 2 and host.container is not None and (names := host.container.element.get("class")):
        first.set("class", names)
    first.tail = None
    return first


def _parser() -> etree.HTMLParser:
    parser = etree.HTMLParser(encoding=None, no_network=True)
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


def _set_in(host: Line, piece: HtmlElement, rng: random.Random) -> int:
    """Puts the piece after the block: after its element, or after a line break in an element of several lines."""
    box = host.container
    assert box is not None
    element = box.element
    if box.blocks == 1 and element.getparent() is not None:
        tail, element.tail = element.tail, None
        element.addnext(piece)
        piece.tail = tail
        return 1
    breaks = [inner for inner in element if inner.tag == "br"]
    if not breaks:
        return 0
    place = rng.choice(breaks)
    tail, place.tail = place.tail, None
    place.addnext(piece)
    piece.tail = tail
    return 1


def as_text(page: Page, rng: random.Random) -> str:
    """The page as a person saves it as text: its shown blocks as lines, with or without blank lines between them."""
    gap = rng.choice(("\n", "\n\n", "\n\n", "\n\n\n"))
    return gap.join(line.text for line in page.lines if not line.hidden)


def alone(page: Page, inside: Sequence[bool]) -> HtmlElement | None:
    """The narrowest element that holds the whole article: what embedded state and feeds keep of a page."""
    held = [line.container for line in page.lines if inside[line.index] and line.container is not None]
    if not held:
        return None
    above = [_up(box) for box in held]
    shared = set(above[0]).intersection(*above[1:])
    box = max((page.containers[index] for index in shared), key=lambda one: one.depth, default=None)
    return box.element if box is not None and box.tag not in ("html", "body") else None


def _up(box: Container | None) -> list[int]:
    found = []
    while box is not None:
        found.append(box.index)
        box = box.parent
    return found
