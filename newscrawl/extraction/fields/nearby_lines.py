"""The lines around an article: under and over its headline, at the edges of its body, after its end."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

from newscrawl.extraction.document import Block, Document
from newscrawl.extraction.fields import date_labels
from newscrawl.extraction.fields.byline import MAX_LINE_CHARS, Parts, byline_parts
from newscrawl.extraction.fields.date_text import UNKNOWN, Reading, find_all
from newscrawl.extraction.fields.labels import roles
from newscrawl.writing import fold, has_sentence, length

FOREIGN = frozenset(("recommended", "advert"))
MAX_ABOVE = 8
MAX_BELOW = 14
MAX_AFTER = 30
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


PARAGRAPH = 90
"""Length from which a line with a sentence's marks is a paragraph of an article, and no by-line."""


def is_prose(block: Block) -> bool:
    """Long enough and punctuated enough to be a paragraph of an article."""
    return block.link_share < 0.5 and length(block.text) >= PARAGRAPH and has_sentence(block.text)


def title_index(doc: Document, title: str | None) -> int | None:
    """Position in ``doc.blocks`` of the line that shows the headline; None where the page does not show it."""
    key = ("title_index", title)
    if key not in doc.memo:
        doc.memo[key] = _title_index(doc, fold(title))
    at: int | None = doc.memo[key]
    return at


def _title_index(doc: Document, wanted: str) -> int | None:
    best: tuple[int, int] | None = None
    for position, block in enumerate(doc.blocks):
        if getattr(block, "hidden", False):
            continue
        if block.tag != "h1" and not len(wanted) // 2 <= len(block.text) <= 4 * len(wanted) + 20:
            continue
        heading = block.tag[:1] == "h" and block.tag[1:].isdigit()
        text = fold(block.text)
        if wanted and (
            text == wanted
            or (
                len(wanted) > 12
                and text
                and (text in wanted and len(text) > len(wanted) / 2 or wanted in text and len(text) < 2 * len(wanted))
            )
        ):
            rank = (
                (3 if text == wanted else 2)
                + (2 if block.tag == "h1" else 1 if heading else 0)
                - (1 if block.link_share > 0.5 else 0)
            )
        elif block.tag == "h1":
            rank = 1
        else:
            continue
        if best is None or rank > best[0]:
            best = (rank, position)
    return best[1] if best else None


def header_lines(doc: Document, title: str | None = None) -> list[Block]:
    """Short lines between headline and body, nearest first, then those just above the headline.

    Uses ``doc.header`` where the body is known; else stops at the first paragraph after the headline.
    """
    at = title_index(doc, title)
    below = [b for b in doc.header if len(b.text) <= MAX_LINE_CHARS]
    if doc.body:
        below = [b for b in below if b.index < doc.body[0].index or not repeats(doc, b)]
    if at is not None and below and below[-1].index < doc.blocks[at].index:
        below = []  # the header ends above the headline: the body begins with it
    if not below:
        start = at + 1 if at is not None else 0
        for block in doc.blocks[start : start + MAX_BELOW]:
            if is_prose(block):
                break
            below.append(block)
    below += _under_standfirst(doc, at)
    # An outlet that fills its by-line by script leaves it hidden in the page: read last.
    if doc.header and at is not None:
        end = doc.body[0].index if doc.body else at
        below += [b for b in doc.blocks[at + 1 : end] if getattr(b, "hidden", False) and len(b.text) <= 120][:MAX_BELOW]
    below.sort(key=lambda b: bool(getattr(b, "hidden", False)))
    above: list[Block] = []
    if at is not None:
        for block in reversed(doc.blocks[max(0, at - MAX_ABOVE) : at]):
            # What is a link or a list's item up there is another story, or navigation.
            if (
                len(block.text) <= 120
                and not getattr(block, "hidden", False)
                and block.tag != "li"
                and block.reason not in FOREIGN
                and block.link_share < 0.8
            ):
                above.append(block)
    seen = {id(b) for b in below}
    return below + [b for b in above if id(b) not in seen]


MAX_STANDFIRST = 400


def _under_standfirst(doc: Document, at: int | None) -> list[Block]:
    """The lines between a standfirst, which is the body's first paragraph, and the paragraph after it: there the by-line stands then."""
    if at is None or len(doc.body) < 3 or not at < doc.body[0].index or len(doc.body[0].text) > MAX_STANDFIRST:
        return []
    lines = doc.blocks[doc.body[0].index + 1 : doc.body[1].index][:MAX_BELOW]
    near = [b for b in lines if b.reason in (None, "byline") and len(b.text) <= 120 and not getattr(b, "hidden", False)]
    return [b for b in near if not repeats(doc, b)]


def repeats(doc: Document, block: Block) -> bool:
    """Whether a short line with figures stands in several like places of the page: the time of a ticker's entry, of a comment, of a list.

    A line whose label says which date it is repeats nothing: "Published" and "Updated" stand in like places, too.
    """
    counts: Counter[tuple[str, ...]] | None = doc.memo.get("repeated")
    if counts is None:
        short = (b for b in doc.blocks if b.reason != "body" and len(b.text) <= 60 and _FIGURES.search(b.text))
        counts = doc.memo["repeated"] = Counter(_place(b) for b in short if not date_labels.meaning(b.text))
    return block.element is not None and counts[_place(block)] > 1 and not date_labels.meaning(block.text)


_FIGURES = re.compile(r"\d\s?[:.时時h]\s?\d|\d{4}|\d\s?[日月]|^\W*\w*\s?\d+\s\w+")


def _place(block: Block) -> tuple[str, ...]:
    """Tags and classes of a block's element and the three around it."""
    place: list[str] = []
    element = block.element
    while element is not None and len(place) < 8:
        place += [str(element.tag), element.get("class") or ""]
        element = element.getparent()
    return tuple(place)


def body_lines(doc: Document, title: str | None = None) -> list[Block]:
    """The body's blocks; where it is not known yet, the paragraphs after the headline."""
    if doc.body:
        return doc.body
    at = title_index(doc, title)
    return [b for b in doc.blocks[(at + 1 if at is not None else 0) :] if is_prose(b)]


def footer_lines(doc: Document, title: str | None = None) -> list[Block]:
    """Lines after the body, and lines that were taken out of it as credit, by-line or source."""
    credits = [b for b in doc.blocks if b.reason in ("credit", "byline", "editor", "source")]
    if doc.footer or doc.body:
        after = doc.footer[:MAX_AFTER]
    else:
        # The body is not known: any short line after the headline; only labelled pieces of them are ever used.
        at = title_index(doc, title)
        after = [
            b
            for b in doc.blocks[(at or 0) + 1 :]
            if len(b.text) <= 160 and b.link_share < 0.5 and not getattr(b, "hidden", False)
        ][:400]
    known = {id(b) for b in credits}
    return credits + [b for b in after if id(b) not in known]


def _spaced(block: Block) -> str:
    """The line's text, with a space where two elements of a CJK line meet without one: their style keeps them apart for a reader."""
    element = block.element
    if element is None or len(element) < 2 or not _CJK.search(block.text) or not _YEAR.search(block.text):
        return block.text
    shown = block.text.replace(" ", "")
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        words = part.split()
        size += sum(map(len, words))
        if size > len(shown):
            return block.text  # the element holds other lines too, perhaps thousands that share it
        if words:
            parts.append(" ".join(words))
    return " ".join(parts) if "".join(parts).replace(" ", "") == shown else block.text


_YEAR = re.compile(r"(?:19|20)\d\d|\d\s?月\s?\d|\d{2}[-/]\d{2} \d{1,2}:\d{2}")
_Lines = list[tuple[Block, Parts]]


def header_parts(doc: Document) -> _Lines:
    """:func:`header_lines` with the pieces of each; computed once for a document and its present header."""
    return _remembered(doc, "header")


def footer_parts(doc: Document) -> _Lines:
    """:func:`footer_lines`, and the short last lines of the body, with the pieces of each."""
    return _remembered(doc, "footer")


def _remembered(doc: Document, which: str) -> _Lines:
    # The body is found between two calls: its blocks are part of the key.
    reading: Reading = doc.memo.get("reading", UNKNOWN)
    key = (which, reading, len(doc.header), len(doc.body), len(doc.footer))
    known: _Lines | None = doc.memo.get(key)
    if known is None:
        if which == "header":
            lines = header_lines(doc, doc.memo.get("title"))
        else:
            lines = [
                *footer_lines(doc, doc.memo.get("title")),
                *(b for b in body_lines(doc)[-4:] if len(b.text) <= 200),
            ]
        shown = [b for b in lines if len(b.text) <= MAX_LINE_CHARS]
        known = [(b, byline_parts(text, reading)) for b, text in zip(shown, _labelled(shown), strict=True)]
        doc.memo[key] = known
    return known


MAX_VALUE = 40
MAX_TIMES = 60
"""``<time>`` elements of a line's element that are looked at; lines between line breaks share one."""
_TOLD = re.compile(r"[，。！？；!?;]")
_LABEL_TAGS = frozenset(("dt", "th", "td", "label"))


def _labelled(lines: list[Block]) -> list[str]:
    """The text of each line as a by-line: a label that is a line of its own (``<dt>来源</dt>``) is put before the line it names, and
    a ``<time>`` that shows no full date gives the one it declares."""
    out: list[str] = []
    role, expected = "", -1
    for block in lines:
        text = _spaced(block)
        if block.index != expected or len(text) > MAX_VALUE or _TOLD.search(text):
            role = ""
        bare = text.rstrip(" :：").casefold()
        if bare in roles()[0] and (text != text.rstrip(" :：") or block.tag in _LABEL_TAGS):
            role, expected = "" if roles()[0][bare] == "other" else bare, block.index + 1
            out.append("")
            continue
        if date_labels.is_label(text):
            role, expected = text.rstrip(" :："), block.index + 1
            out.append("")
            continue
        out.append(f"{role}：{text}" if role else _dated(block, text))
        role = ""
    return out


def _dated(block: Block, text: str) -> str:
    """The line with the full date of its ``<time datetime>`` in place of the short one that is shown."""
    element = block.element
    if element is None or len(text) > 200 or find_all(text):
        return text
    for time in islice(element.iter("time"), MAX_TIMES):
        shown, full = " ".join("".join(time.itertext()).split()), time.get("datetime") or ""
        if shown and shown in text and find_all(full):
            return text.replace(shown, f" {full} ", 1)
    return text
