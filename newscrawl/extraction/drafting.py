"""The recipe: one parsed page to its parts, in one pass. Hygiene and the verdict come after."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lxml.html import HtmlElement

from newscrawl.extraction import site_corrections
from newscrawl.extraction.body import block_model, certainty, features, paragraphs, reasons, selection, witness
from newscrawl.extraction.body.block_model import BlockModel
from newscrawl.extraction.body.selection import Decision
from newscrawl.extraction.document import Document, Found
from newscrawl.extraction.fields.credits import Credit, credits_in, paired, tail_credits
from newscrawl.extraction.fields.roles import is_byline, line_is_title
from newscrawl.extraction.fields.title import find_title
from newscrawl.extraction.page import Line, Page, unhide
from newscrawl.extraction.read import blocks, embedded_state, structured
from newscrawl.extraction.read.structured import Structured
from newscrawl.extraction.read.tree import parse
from newscrawl.extraction.site_corrections import Corrections
from newscrawl.extraction.trace import Trace
from newscrawl.items import Evidence
from newscrawl.rejections import Refused
from newscrawl.sites.registry import Site
from newscrawl.writing import fold, is_prose, length

_MARKUP = re.compile(r"<[a-zA-Z/!]")
HEADER_BLOCKS = 40
_CELLS = frozenset(("dt", "dd", "td", "th"))
FOOTER_BLOCKS = 30
MAX_BYLINE = 200
SHELL = 170
"""Length of text below which the page's own embedded state is asked: the shell of a JavaScript page says 'loading'."""


@dataclass(slots=True)
class Draft:
    """What was read from a page, before hygiene: paragraphs, evidence and every block with its reason."""

    doc: Document
    structured: Structured
    title: Found
    paragraphs: list[str]
    credits: list[Credit]
    decision: Decision
    """How the body was chosen, of the blocks that it was chosen from."""
    chosen_from: Sequence[Line]
    """The blocks that :attr:`decision` speaks of: those of the HTML, or those of the page's embedded state."""
    votes: Sequence[float] = ()
    """How much of each of these blocks trafilatura kept; empty where it was not asked."""
    overrides: dict[str, Found] = field(default_factory=dict)
    """Fields that a site's own file corrects."""

    confidence: float = 1.0
    """How likely the text is right, 0 to 1."""
    signs: dict[str, float] = field(default_factory=dict)
    """What :attr:`confidence` was judged by."""
    from_state: bool = False
    """The text was read from the page's embedded state, because its HTML is a shell."""

    cut: int = 0
    """Characters of the credits that were cut from the ends of paragraphs."""

    def removed(self) -> dict[str, int]:
        """Characters dropped, by reason, in the reasons' alphabetical order."""
        kept = {line.index for line in self.doc.body}
        count: Counter[str] = Counter()
        for line in self.doc.blocks:
            if line.index not in kept:
                count[line.reason or "outside"] += len(line.text)
        if self.cut:
            count["credit"] += self.cut
        return dict(sorted(count.items()))


@dataclass(slots=True)
class Survey:
    """All that is known of a page before its body is chosen: what the block model is asked, and what it is trained on."""

    doc: Document
    facts: Structured
    page: Page
    context: features.Context
    title: Found
    layout: Corrections


def survey(
    tree: HtmlElement,
    url: str | None,
    *,
    site: Site | None = None,
    evidence: Evidence | None = None,
    fetched_at: datetime | None = None,
    trace: Trace | None = None,
) -> Survey:
    """Reads a page's blocks, metadata and headline, and asks trafilatura for its text."""
    facts = structured.read(tree, url)
    page = blocks.from_tree(tree)
    unhide(page)
    doc = Document(
        url=url, tree=tree, blocks=list(page.lines), site=site, evidence=evidence, fetched_at=fetched_at, trace=trace
    )
    layout = site_corrections.of(site, tree, page, facts, evidence)
    layout.mark(page)
    title = layout.fields.get("title") or find_title(doc, facts)
    titles = _forms(title, facts)
    context = features.Context(
        titles=titles,
        title_at=_title_line(page.lines, titles),
        description=fold(facts.first("og:description", "description")),
        article_body=fold(str(facts.prop("articleBody") or "")),
        summary=fold(evidence.summary or "") if evidence else "",
        full_text=fold(evidence.text or "") if evidence else "",
        votes=witness.ask(page, tree, url).votes,
    )
    return Survey(doc, facts, page, context, title, layout)


def read(
    tree: HtmlElement,
    url: str | None,
    *,
    site: Site | None = None,
    evidence: Evidence | None = None,
    fetched_at: datetime | None = None,
    trace: Trace | None = None,
    model: BlockModel | None = None,
) -> Draft:
    """Chooses the body of a parsed page and gives every block its reason."""
    known = survey(tree, url, site=site, evidence=evidence, fetched_at=fetched_at, trace=trace)
    return draft(known, model or block_model.current())


def draft(known: Survey, model: BlockModel, join: Callable[[Sequence[Line]], list[str]] = paragraphs.join) -> Draft:
    """The draft of a page that was surveyed; ``join`` makes paragraphs of the chosen blocks."""
    doc, facts, context, title = known.doc, known.facts, known.context, known.title
    lines: Sequence[Line] = known.page.lines
    decision = selection.decide(known.page, context, model, known.layout.body)
    reasons.give(lines, decision, context.titles)
    inner = (
        _from_state(doc.tree, facts, context.titles, model)
        if selection.told(decision.chosen) < SHELL and doc.tree is not None
        else None
    )
    if inner is not None:
        lines, decision, context = inner
        for line in lines:
            line.index += len(doc.blocks)
        doc.blocks += lines
        title = title if title.value and title.origin != "meta" else _state_title(facts) or title
    place(doc, decision.chosen, context.title_at)
    texts = join(decision.chosen)
    tails = tail_credits(texts)
    credits = credits_of(doc) + tails
    signs = certainty.signs(lines, decision, context, facts)
    return Draft(
        doc,
        facts,
        title,
        texts,
        credits,
        decision,
        lines,
        context.votes,
        known.layout.fields,
        confidence=model.confidence(signs),
        signs=signs,
        from_state=inner is not None,
        cut=sum(len(credit.line) for credit in tails),
    )


def _from_state(
    tree: HtmlElement,
    facts: Structured,
    titles: Sequence[str],
    model: BlockModel,
) -> tuple[list[Line], Decision, features.Context] | None:
    """The lines of the article that the page keeps in its embedded state or JSON-LD, and its body; None where it keeps none.

    A page whose HTML is a shell is filled by scripts from there (``__NEXT_DATA__``, ``__NUXT__``).
    """
    text = embedded_state.body_html(facts.read_scripts())
    text = text or str(facts.prop("articleBody") or "") or embedded_state.stray_html(tree)
    if length(text) < SHELL:
        return None
    try:
        page = state_page(text)
    except Refused:
        return None
    context = features.Context(titles=titles, votes=[1.0] * len(page.lines))
    decision = selection.decide(page, context, model)
    reasons.give(page.lines, decision, titles)
    return page.lines, decision, context


def state_page(text: str) -> Page:
    """The blocks of an article that is kept as HTML, or as plain lines, outside of the page's own elements. Raises :class:`Refused`."""
    if _MARKUP.search(text) is None:
        text = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
    return blocks.from_tree(parse(text))


def _state_title(facts: Structured) -> Found | None:
    name = embedded_state.headline(facts.state) if facts.state else ""
    return Found(name, "state", name) if name else None


def _forms(title: Found, facts: Structured) -> list[str]:
    """The folded forms under which the headline may stand among the blocks."""
    names = [
        title.value,
        title.raw,
        facts.title_tag,
        *[text for text, _ in facts.headings][:2],
        facts.first("og:title"),
    ]
    return [key for key in dict.fromkeys(fold(name or "") for name in names) if len(key) > 3]


def _title_line(lines: Sequence[Line], titles: Sequence[str]) -> int:
    """Index of the headline's block, an ``<h1>`` before others; -1 without one."""
    found = [line for line in lines if not line.hidden and line.link_share < 0.5 and line_is_title(line, titles)]
    heads = [line for line in found if line.tag == "h1"] or found
    return heads[0].index if heads else -1


def place(doc: Document, chosen: list[Line], title_at: int) -> None:
    """Sets the document's header, body and footer."""
    for line in chosen:
        line.reason = "body"
    doc.body = list(chosen)
    if not chosen:
        return
    first, last = min(line.index for line in chosen), max(line.index for line in chosen)
    inside = {line.index for line in chosen}
    start = title_at if 0 <= title_at < first else max(0, first - HEADER_BLOCKS)
    head_end = next(
        (line.index for line in chosen if line.index - first >= 0 and is_prose(line.text, line.link_share)), first
    )
    doc.header = [
        line
        for line in doc.blocks[start : max(first, head_end) + 1]
        if line.index not in inside and not getattr(line, "hidden", False)
    ][-HEADER_BLOCKS:]
    # The by-line may stand under the standfirst.
    under = doc.blocks[max(first, head_end) + 1 : max(first, chosen[min(2, len(chosen) - 1)].index)]
    doc.header += [
        line
        for line in under
        if isinstance(line, Line) and line.index not in inside and not line.hidden and is_byline(line)
    ]
    for block in doc.header:
        # A list above the headline runs on into the by-line where nothing in its shape tells them apart.
        if block.reason == "recommended" and not block.link_chars and 0 <= title_at <= block.index:
            block.reason = None
    tail = [line for line in doc.blocks[first:last] if line.reason in ("byline", "credit") and line not in doc.header]
    after = [line for line in doc.blocks[last + 1 : last + 1 + FOOTER_BLOCKS] if not getattr(line, "hidden", False)]
    doc.footer = tail + after


def credits_of(doc: Document) -> list[Credit]:
    """The credit lines around the body, and in it, in page order."""
    near = {line.index for line in (*doc.header, *doc.footer)}
    last = max((line.index for line in doc.body), default=-1)
    found: list[Credit] = []
    for line, after in zip(doc.blocks, [*doc.blocks[1:], None], strict=False):
        if line.reason == "credit" or (
            line.index in near
            and line.index <= last + 8
            and line.reason in (None, "byline", "licence", "footer", "outside")
        ):
            told = credits_in(line.text)
            if not told and after is not None and line.tag in _CELLS and after.tag in _CELLS:
                told = paired(line.text, after.text)
            if told:
                line.reason = "credit"
                found += told
    return found
