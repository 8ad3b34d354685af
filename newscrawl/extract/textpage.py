"""A text-only page: a saved page as plain lines, decided by the same rules as an HTML page's blocks (DESIGN section 3)."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from newscrawl.extract import blocks, boilerplate, edges, paragraphs, recipe
from newscrawl.extract.body import best_run, fold
from newscrawl.extract.byline import byline_parts
from newscrawl.extract.document import Document, Found
from newscrawl.extract.page import Line, Page, is_prose, weight
from newscrawl.extract.phrases import SENTENCE_END
from newscrawl.extract.recipe import Draft
from newscrawl.extract.structured import Structured
from newscrawl.extract.trace import Selection, Trace
from newscrawl.items import Evidence
from newscrawl.sites.registry import Site

TITLE_WEIGHT = (8.0, 260.0)
MIN_WRAPPED = 40.0
"""Weight below which a line was not broken by a page's width."""


def read(
    text: str, url: str | None, *, site: Site | None = None, evidence: Evidence | None = None, fetched_at: datetime | None = None,
    trace: Trace | None = None,
) -> Draft:
    """Chooses the body of a text-only page; ``trace`` notes how."""
    lines = blocks.from_text(text)
    page = Page(lines=lines)
    boilerplate.mark_page(page, trace)
    wrapped = _wrapped(lines)
    scores = [weight(line.text) if line.index in wrapped and line.reason is None else _score(line) for line in lines]
    first, last = best_run(scores)
    run = [line for line in lines[first:last + 1] if line.reason is None]
    first_prose = next((line.index for line in run if is_prose(line.text, 0.0) or SENTENCE_END.search(line.text)), first)
    title = _title(lines, first_prose)
    if trace is not None:
        trace.selected(lines, Selection(None, first, last, frozenset(range(len(lines))), {}))
    chosen = edges.trim(run, [fold(title.value)] if title.value else [], trace)
    doc = Document(url=url, tree=None, blocks=list(lines), site=site, evidence=evidence, fetched_at=fetched_at, trace=trace)
    at = next((line.index for line in lines if line.text == title.raw), -1)
    recipe.place(doc, chosen, at)
    if trace is not None:
        trace.step("body", doc.blocks)
    credits = recipe.credits_of(doc)
    if trace is not None:
        trace.step("credit", doc.blocks)
    return Draft(doc, Structured(), title, _paragraphs(chosen), credits, [0.0] * len(lines))


def _wrapped(lines: Sequence[Line]) -> set[int]:
    """Indexes of the lines of hard-wrapped paragraphs: lines alike in length between blank lines, the last ends a sentence."""
    found: set[int] = set()
    start = 0
    for at in range(1, len(lines) + 1):
        if at < len(lines) and lines[at].breaks_before == 1:
            continue
        sizes = [weight(line.text) for line in lines[start:at]]
        if len(sizes) > 1 and min(sizes[:-1]) >= max(MIN_WRAPPED, 0.6 * max(sizes)) and SENTENCE_END.search(lines[at - 1].text):
            found.update(range(start, at))
        start = at
    return found


def _score(line: Line) -> float:
    size = min(weight(line.text), 600.0)
    if line.reason is not None:
        return -30.0
    if is_prose(line.text, 0.0):
        return size if SENTENCE_END.search(line.text) else 0.3 * size
    if SENTENCE_END.search(line.text):
        return size
    return -25.0


def _title(lines: Sequence[Line], first: int) -> Found:
    """The headline: the line above the date line, or above the section that stands over it; none where nothing stands there."""
    dates = [(line.index, date) for line in lines[:first] if line.reason != "recommended" and (date := byline_parts(line.text).date)]
    clocked = [index for index, date in dates if date.precision != "day"]
    # A list of other articles may stand above: their stamps are days, and the by-line is the nearest to the text.
    if not dates:
        return Found()
    dated = clocked[-1] if clocked else dates[-1][0]
    for line in reversed(lines[max(0, dated - 4):dated]):
        if TITLE_WEIGHT[0] * 2 <= weight(line.text) <= TITLE_WEIGHT[1] and line.reason is None and not byline_parts(line.text).labelled:
            return Found(line.text, "visible", line.text)
    return Found()


def _paragraphs(body: Sequence[Line]) -> list[str]:
    """Blank lines divide paragraphs; where a page has none, every line is one."""
    spaced = sum(line.breaks_before > 1 for line in body[1:])
    if spaced < 0.3 * max(1, len(body) - 1):
        return [line.text for line in body]
    out: list[str] = []
    for line in body:
        if out and line.breaks_before == 1 and not SENTENCE_END.search(out[-1]):
            out[-1] = paragraphs.joined(out[-1], line.text)
        else:
            out.append(line.text)
    return out
