"""A text-only page: a saved page as plain lines, decided by the same model as an HTML page's blocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from newscrawl.extraction import drafting
from newscrawl.extraction.body import block_model, features, paragraphs
from newscrawl.extraction.body.block_model import BlockModel
from newscrawl.extraction.document import Document, Found
from newscrawl.extraction.drafting import Draft, Survey
from newscrawl.extraction.fields.byline import byline_parts
from newscrawl.extraction.page import Line, Page
from newscrawl.extraction.read import blocks
from newscrawl.extraction.read.structured import Structured
from newscrawl.extraction.site_corrections import Corrections
from newscrawl.extraction.trace import Trace
from newscrawl.items import Evidence
from newscrawl.sites.registry import Site
from newscrawl.writing import ends_sentence, fold, is_prose, length

TITLE_LENGTH = (13, 220)


def survey(
    text: str,
    url: str | None,
    *,
    site: Site | None = None,
    evidence: Evidence | None = None,
    fetched_at: datetime | None = None,
    trace: Trace | None = None,
) -> Survey:
    """Reads the lines of a text-only page and looks for its headline."""
    lines = _unwrapped(blocks.from_text(text))
    doc = Document(
        url=url, tree=None, blocks=list(lines), site=site, evidence=evidence, fetched_at=fetched_at, trace=trace
    )
    first_prose = next((line.index for line in lines if is_prose(line.text)), 0)
    title = _title(lines, first_prose)
    at = next((line.index for line in lines if line.text == title.raw), -1)
    context = features.Context(
        titles=[fold(title.value)] if title.value else [],
        title_at=at,
        summary=fold(evidence.summary or "") if evidence else "",
        full_text=fold(evidence.text or "") if evidence else "",
    )
    return Survey(doc, Structured(), Page(lines=lines), context, title, Corrections())


def read(
    text: str,
    url: str | None,
    *,
    site: Site | None = None,
    evidence: Evidence | None = None,
    fetched_at: datetime | None = None,
    trace: Trace | None = None,
    model: BlockModel | None = None,
) -> Draft:
    """Chooses the body of a text-only page."""
    known = survey(text, url, site=site, evidence=evidence, fetched_at=fetched_at, trace=trace)
    return drafting.draft(known, model or block_model.current(), _paragraphs)


MIN_WRAPPED, ALIKE = 34, 0.6
"""Length below which a line was not broken by a page's width, and the share of the longest line that the others have at least."""


def _unwrapped(lines: Sequence[Line]) -> list[Line]:
    """Hard-wrapped paragraphs as one line each: lines alike in length between blank lines, the last of which ends a sentence."""
    found: list[Line] = []
    start = 0
    for at in range(1, len(lines) + 1):
        if at < len(lines) and lines[at].breaks_before == 1:
            continue
        group = lines[start:at]
        sizes = [length(line.text) for line in group]
        if (
            len(group) > 1
            and min(sizes[:-1]) >= max(MIN_WRAPPED, ALIKE * max(sizes))
            and ends_sentence(group[-1].text)
            and not any(ends_sentence(line.text) for line in group[:-1])
        ):
            whole = group[0].text
            for line in group[1:]:
                whole = paragraphs.joined(whole, line.text)
            group = [Line(text=whole, index=0, breaks_before=group[0].breaks_before)]
        found += group
        start = at
    for index, line in enumerate(found):
        line.index = index
    return found


def _title(lines: Sequence[Line], first: int) -> Found:
    """The headline: the line above the date line, or above the section that stands over it; none where nothing stands there."""
    dates = [(line.index, date) for line in lines[:first] if (date := byline_parts(line.text).date)]
    clocked = [index for index, date in dates if date.precision != "day"]
    # A list of other articles may stand above: their stamps are days, and the by-line is the nearest to the text.
    if not dates:
        return Found()
    dated = clocked[-1] if clocked else dates[-1][0]
    for line in reversed(lines[max(0, dated - 4) : dated]):
        if TITLE_LENGTH[0] <= length(line.text) <= TITLE_LENGTH[1] and not byline_parts(line.text).labelled:
            return Found(line.text, "visible", line.text)
    return Found()


def _paragraphs(body: Sequence[Line]) -> list[str]:
    """Blank lines divide paragraphs; where a page has none, every line is one."""
    spaced = sum(line.breaks_before > 1 for line in body[1:])
    if spaced < 0.3 * max(1, len(body) - 1):
        return [line.text for line in body]
    out: list[str] = []
    for line in body:
        if out and line.breaks_before == 1 and not ends_sentence(out[-1]):
            out[-1] = paragraphs.joined(out[-1], line.text)
        else:
            out.append(line.text)
    return out
