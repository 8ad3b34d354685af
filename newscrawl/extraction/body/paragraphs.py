"""Joins the body's lines into paragraphs (DESIGN section 4, ``text``).

``<br><br>`` divides paragraphs; a single ``<br>`` does so only where a page has no other division, else it is a space, and nothing
between two CJK characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from newscrawl.extraction.page import Line
from newscrawl.writing import IDEOGRAPHS

_CJK_EDGE = re.compile(f"[{IDEOGRAPHS}\u3000-\u303f\uff00-\uffef，。；：！？、“”‘’（）《》…—]")


def single_breaks_divide(body: Sequence[Line]) -> bool:
    """Whether single ``<br>``s are the body's only division: no double ones, and nearly all lines in one element."""
    inner = [line for before, line in zip(body, body[1:], strict=False) if line.container is before.container]
    singles = sum(line.breaks_before == 1 for line in inner)
    doubles = sum(line.breaks_before > 1 for line in inner)
    elements = len({id(line.container) for line in body})
    return singles > 0 and doubles == 0 and (elements <= 2 or singles >= 2 * elements)


_LATIN_MARKS = ",;:!?)"


def joined(before: str, after: str) -> str:
    """Two lines as one: a space between them, nothing between two CJK characters, be there a Latin mark between or not (``合作,争取``)."""
    left = before[-2:-1] if before[-1] in _LATIN_MARKS else before[-1]
    cjk = _CJK_EDGE.match(left) and (_CJK_EDGE.match(after[0]) or (after[0] in _LATIN_MARKS and left == before[-1]))
    return before + ("" if cjk else " ") + after


def join(body: Sequence[Line]) -> list[str]:
    """The paragraphs' texts."""
    divide = single_breaks_divide(body)
    paragraphs: list[str] = []
    before: Line | None = None
    for line in body:
        if (
            before is not None
            and line.container is before.container
            and line.breaks_before == 1
            and not divide
            and line.index == before.index + 1
        ):
            paragraphs[-1] = joined(paragraphs[-1], line.text)
        else:
            paragraphs.append(line.text)
        before = line
    return paragraphs
