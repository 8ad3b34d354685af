"""Text to tree: one lxml tree of a page, whole, or a refusal.

What lxml alone loses without a word, and what is done here (libxml2 2.14): a page nested deeper than 255 elements, or with a text or
attribute of 10 MB, is cut there, so it is parsed again with its nesting and attributes shortened; everything after the first
``</html>`` is dropped, so that end tag goes; a string with an XML encoding declaration or a lone surrogate is refused, so bytes are fed.
"""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HTMLParser, HtmlProcessingInstruction, document_fromstring

from newscrawl.rejections import Empty, ParseLimit, Refused

MAX_CHARACTERS = 20_000_000
MAX_TAGS = 500_000
"""Angle brackets; 25 times the bench's largest page. Every walk over the tree costs Python time for each of them."""
MAX_DEPTH = 110
"""Counted depth that a flattened page keeps: libxml2 cuts at 255, and each level may hold a list item that is not counted."""
MAX_ATTRIBUTES = 5_000
"""Attributes of one element; where there are more, all are left out: libxml2 compares each with all before it (500,000 take minutes)."""
MAX_ATTRIBUTE = 100_000
"""Longest attribute value that a flattened page keeps, in characters: more is inline data."""

# lxml.html chooses each element's class in Python, by its tag; nobody here needs its classes for forms and inputs.
_CLASSES = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_AFTER_END = re.compile(r"</(?:html|body)\b[^>]{0,20}>", re.IGNORECASE)
# Angle brackets inside an attribute are not followed: a pattern that follows quotes takes quadratic time on quotes left open.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})([^<>]*)>")
# Control characters, which no XML text may hold: trafilatura gives up a whole page for one of them. Vertical tab and form feed are spaces.
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 11, 12, 13))
_SPACES = bytes(32 if code in (11, 12) else code for code in range(256))
_TERMINAL = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]"
)  # ECMA-48 colours and the like, whole: without their ESC they are text
_REFERENCES = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])|[xX]0*(?:[0-8bceBCE]|[fF]|1[0-9a-fA-F]|[fF]{3}[efEF]));"
)
_LONG_TAG = re.compile(rf"<([a-zA-Z][a-zA-Z0-9:-]{{0,40}})\b([^<>]{{{2 * MAX_ATTRIBUTES},}})>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_METADATA = frozenset("base basefont bgsound link meta noframes noscript script style template title object".split())
_NOSCRIPT = 100
"""Elements of a noscript from which it may hold the page instead of a notice."""
_BLOCK = frozenset(
    "address article aside blockquote center dd div dl dt fieldset figure figcaption footer form h1 h2 h3 h4 h5 h6 header li "
    "main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)


def parse(text: str) -> HtmlElement:
    """The ``<html>`` element of a page, without comments and processing instructions; a fragment or plain text gets one.

    :raises Refused: with :class:`Empty` where there is neither text nor element, :class:`ParseLimit` where it cannot be parsed whole.
    """
    if len(text) > MAX_CHARACTERS:
        raise Refused(ParseLimit(detail=f"{len(text)} characters, limit {MAX_CHARACTERS}"))
    if (tags := text.count("<")) > MAX_TAGS:
        raise Refused(ParseLimit(detail=f"{tags} tags, limit {MAX_TAGS}"))
    text = _mend(text)
    tree, complete = _parse(text)
    if not complete:
        tree, complete = _parse(_flatten(text), huge=True)
        if not complete:
            raise Refused(ParseLimit(detail="nested too deeply to be parsed whole"))
    if tree is None:
        raise Refused(Empty(detail="no text and no element"))
    _open_body(tree)
    _open_noscript(tree)
    return tree


def _open_body(tree: HtmlElement) -> None:
    """Moves what is no metadata from the head into the body: libxml2 takes ``<article>`` after a head without end for a part of it."""
    head = tree.find("head")
    stray = (
        next((at for at, child in enumerate(head) if isinstance(child.tag, str) and child.tag not in _METADATA), None)
        if head is not None
        else None
    )
    if head is None or stray is None:
        return
    body = tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    for at, child in enumerate(head[stray:]):
        body.insert(at, child)


def _open_noscript(tree: HtmlElement) -> None:
    """Opens a ``<noscript>`` that was never closed and holds the page: a browser ends it with its parent, libxml2 with the document."""
    total = 0
    walk = etree.iterwalk(tree, events=("start",), tag="noscript")
    for _, element in walk:
        walk.skip_subtree()  # what lies in a noscript holds less than it: each element is counted once
        inside = sum(1 for _ in element.iter())
        total = total or sum(1 for _ in tree.iter())
        if inside > _NOSCRIPT and 2 * inside > total:
            element.drop_tag()
            return


def _mend(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = _SURROGATES.sub("\ufffd", text)
    if "\x1b" in text:
        text = _TERMINAL.sub("", text)
    if "&#" in text:
        text = _REFERENCES.sub("", text)
    for mark in ("\ufffe", "\uffff"):
        if mark in text:
            text = text.replace(mark, "")
    if _has_long_tag(text):
        text = _LONG_TAG.sub(_few_attributes, text)
    end = text.find("</html")
    if end < 0:
        end = text.find("</HTML")
    if end >= 0 and text[text.find(">", end) + 1 :].strip():
        # Browsers go on with the body; libxml2 stops.
        text = _AFTER_END.sub("", text)
    return text


def _has_long_tag(text: str) -> bool:
    """Whether :data:`_LONG_TAG` may match; looks at a few brackets of each 10,000 characters where the pattern tries all."""
    reach = 2 * MAX_ATTRIBUTES
    at = text.find("<")
    while at >= 0:
        nearer = text.rfind("<", at + 1, at + reach)
        if nearer < 0 and text.find(">", at, at + reach) < 0:
            return len(text) - at >= reach
        at = nearer if nearer >= 0 else text.find("<", at + reach)
    return False


def _few_attributes(tag: re.Match[str]) -> str:
    return tag[0] if max(tag[2].count("="), len(tag[2].split())) <= MAX_ATTRIBUTES else f"<{tag[1]}>"


def _parse(text: str, huge: bool = False) -> tuple[HtmlElement | None, bool]:
    """The tree, None for a page without content, and whether the parser read it to the end.

    Bytes in UTF-8 are no slower than the string (2.5 ms a bench page) and are taken with any encoding declaration. ``huge`` lifts
    libxml2's limit on a single text, which a flattened page no longer needs against deep nesting.
    """
    parser = HTMLParser(
        encoding="utf-8",
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
        huge_tree=huge,
    )
    parser.set_element_class_lookup(_CLASSES)
    try:
        tree = document_fromstring(text.encode("utf-8").translate(_SPACES, _CONTROLS), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        tree = None
    complete = not any(
        entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log.filter_from_fatals()
    )
    return tree, complete


def _flatten(text: str) -> str:
    """The page with every tag beyond :data:`MAX_DEPTH` left out, a line break in a block's place, and huge attributes left out.

    Open elements are counted by their tags alone, which overestimates the depth of unclosed ``<p>`` and ``<li>``: those are not counted.
    """
    out: list[str] = []
    open_tags: list[str] = []
    dropped: dict[str, int] = {}
    position = 0
    while match := _TAG.search(text, position):
        out.append(text[position : match.start()])
        closing, name, rest = match[1], match[2].lower(), match[3]
        position = match.end()
        if name in ("script", "style"):
            position = position if closing else _end_of_raw(text, name, position)
            out.append(text[match.start() : position])
        elif name in _VOID or name in ("p", "li", "html", "body", "head") or rest.endswith("/"):
            out.append(_tag(closing, name, rest) if name != "p" or len(open_tags) < MAX_DEPTH else "<br>")
        elif closing:
            out.append(_close(name, open_tags, dropped))
        elif len(open_tags) < MAX_DEPTH:
            open_tags.append(name)
            out.append(_tag(closing, name, rest))
        else:
            dropped[name] = dropped.get(name, 0) + 1
            out.append("<br>" if name in _BLOCK else "")
    out.append(text[position:])
    return "".join(out)


def _close(name: str, open_tags: list[str], dropped: dict[str, int]) -> str:
    """What an end tag leaves: the end of a dropped element leaves a line break or nothing."""
    if dropped.get(name):
        dropped[name] -= 1
        return "<br>" if name in _BLOCK else ""
    if open_tags and open_tags[-1] == name:
        open_tags.pop()
    elif name in open_tags:
        del open_tags[len(open_tags) - 1 - open_tags[::-1].index(name) :]
    return f"</{name}>"


def _tag(closing: str, name: str, rest: str) -> str:
    return f"<{closing}{name}{rest if len(rest) < MAX_ATTRIBUTE else ''}>"


def _end_of_raw(text: str, name: str, start: int) -> int:
    """The position after a script's or style's end tag; the end of the page where there is none."""
    match = re.compile(rf"</{name}[^>]{{0,20}}>", re.IGNORECASE).search(text, start)
    return match.end() if match else len(text)
