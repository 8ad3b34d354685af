"""Why each block stays or goes, in words: the rule that decided, as the trace noted it, and what the rule saw in the block.

The rules' own predicates are asked again for their evidence; the decision itself is never made a second time.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lxml.html import HtmlElement

from newscrawl.extract import boilerplate, edges, lists, marks
from newscrawl.extract.blocks import FOR_READERS, HIDDEN, squeeze
from newscrawl.extract.body import SHORTEST, fold
from newscrawl.extract.byline import MAX_LINE_CHARS, Parts, byline_parts
from newscrawl.extract.credits import credits_in
from newscrawl.extract.document import Block, Found
from newscrawl.extract.marks import Mark
from newscrawl.extract.page import Container, Line, Page, ancestors
from newscrawl.extract.phrases import told_by
from newscrawl.extract.recipe import Draft
from newscrawl.extract.trace import Step, Trace

MAX_QUOTE = 60
MAX_INNER = 50
"""Elements inside a block that are asked for what hides it."""
_MARKS = {reason: mark for mark, reason in reversed(boilerplate.REASONS)}
_MARKS["caption"] |= Mark.CAPTION_NAMED
_MARKS["recommended"] |= Mark.RELATED_NAMED


@dataclass(frozen=True, slots=True)
class Why:
    """One block's fate: ``reason`` as the record's ``removed`` counts it, ``rule`` that gave it, ``evidence`` that the rule saw."""

    kept: bool
    reason: str
    rule: str
    evidence: str
    fields: tuple[str, ...] = ()
    """Fields of the record that were read from the block although it is no part of the text."""


def explain(draft: Draft, trace: Trace, found: Mapping[str, Found]) -> list[Why]:
    """For each of the draft's blocks, in order, why it stays or goes; ``found`` are the fields, to tell which were read from a block."""
    read = fields_read(draft, found)
    return [replace(why, fields=() if why.kept else read.get(id(line), ())) for line, why in zip(draft.doc.blocks, _whys(draft, trace), strict=True)]


def _whys(draft: Draft, trace: Trace) -> list[Why]:
    kept = {id(line) for line in draft.doc.body}
    boxes = _furniture(draft.doc.blocks)
    found: list[Why] = []
    for line in draft.doc.blocks:
        steps = trace.steps.get(id(line), [])
        step = steps[-1] if steps and steps[-1].reason is not None else None
        if id(line) in kept:
            found.append(Why(True, "body", step.rule if step else "body", _why_kept(line, steps, draft, trace)))
        elif step is not None:
            found.append(Why(False, step.reason or "", step.rule, _why_dropped(line, step, boxes)))
        else:
            found.append(Why(False, line.reason or "outside", "outside", _why_outside(line, draft, trace)))
    return found


def fields_read(draft: Draft, found: Mapping[str, Found]) -> dict[int, tuple[str, ...]]:
    """By ``id`` of the block, the fields whose visible values stand in it: in the lines around the text, where finders look."""
    near = {id(line) for line in (*draft.doc.header, *draft.doc.footer)} | {id(line) for line in draft.doc.blocks if line.reason in _SPOKEN}
    title = fold(str(found["title"].value or "")) if "title" in found else ""
    read: dict[int, tuple[str, ...]] = {}
    for line in draft.doc.blocks:
        names = [name for name, told in found.items() if name in _VISIBLE and told.value and told.origin == "visible" and id(line) in near
                 and any(text and text in line.text for text in _texts(told))]
        if title and line.reason in (None, "title", "outside", "byline") and fold(line.text) == title:
            names.insert(0, "title")
        if names:
            read[id(line)] = tuple(names)
    return read


_SPOKEN = frozenset(("credit", "byline", "tags"))
_VISIBLE = frozenset(("authors", "editors", "source", "published", "modified", "section", "tags"))


def _texts(told: Found) -> list[str]:
    if told.raw and len(told.raw) <= MAX_LINE_CHARS:
        return [told.raw]
    return [str(value) for value in told.value] if isinstance(told.value, list) else [str(told.value)]


def _why_kept(line: Block, steps: Sequence[Step], draft: Draft, trace: Trace) -> str:
    chosen = trace.selection_of(line)
    vote = draft.votes[line.index] if line.index < len(draft.votes) else 0.0
    said = {1.0: "trafilatura keeps it", 0.5: "trafilatura keeps a part of it"}.get(vote, "")
    overruled = next((step.reason for step in reversed(steps[:-1]) if step.reason), None)
    if overruled:
        return f"{said or 'kept'}, which overrules the name of its box ({overruled})"
    if steps and steps[-1].rule == "standfirst":
        return "stands between headline and text as the article's lead"
    if chosen is not None and chosen.given:
        return "inside the elements that the site file names as the body"
    if line.element is None:
        return "in the densest run of sentences"
    if trace.from_state and chosen is not None and chosen is not trace.selections[0][1]:
        return "from the data that the page's scripts keep (the HTML has next to no text)"
    if said:
        return said
    if len(fold(line.text)) < SHORTEST:
        return "stands among text that stays; too short to be found in trafilatura's text"
    return f"stands among text that stays; trafilatura leaves it out{_support(line, trace)}"


def _support(line: Block, trace: Trace) -> str:
    chosen = trace.selection_of(line)
    share = chosen.support.get(line.index) if chosen is not None else None
    return f" (but keeps {share:.0%} of the prose in blocks of this kind)" if share is not None and share != 0.6 else ""


def _why_outside(line: Block, draft: Draft, trace: Trace) -> str:
    chosen = trace.selection_of(line)
    if trace.from_state and chosen is trace.selections[0][1]:
        return "the article was read from the data that the page's scripts keep, not from the HTML"
    if not draft.doc.body or chosen is None or chosen.last < 0:
        return "no run of text was found that could be an article"
    if chosen.given:
        return "outside the elements that the site file names as the body"
    if line.index not in chosen.reached and chosen.main is not None:
        return f"outside of {_findable(chosen.main)}, which holds at least nine tenths of the likely text"
    if not chosen.first <= line.index <= chosen.last:
        side = "before" if line.index < chosen.first else "after"
        return f"{side} the run of blocks that reads most like an article"
    return f"in the midst of the text, but trafilatura leaves it out{_support(line, trace)}"


def _furniture(blocks: Sequence[Block]) -> dict[int, tuple[Container, str]]:
    """By ``id`` of the line, the first container whose names explain it: asked of the same generator that decided."""
    lines = [line for line in blocks if isinstance(line, Line)]
    found: dict[int, tuple[Container, str]] = {}
    for page in _pages(lines):
        for box, reason in boilerplate.named_furniture(page):
            for line in page.lines[box.first:box.last + 1]:
                found.setdefault(id(line), (box, reason))
    return found


def _pages(lines: Sequence[Line]) -> Iterator[Page]:
    """The pages that the lines come from: the HTML, and the article out of its embedded state."""
    roots: dict[int, list[Line]] = {}
    for line in lines:
        above = list(ancestors(line.container))
        if above:
            roots.setdefault(id(above[-1]), []).append(line)
    for own in roots.values():
        boxes = {box.index: box for line in own for box in ancestors(line.container)}
        yield Page(own, [boxes[index] for index in sorted(boxes)])


def _why_dropped(line: Block, step: Step, boxes: dict[int, tuple[Container, str]]) -> str:
    if step.rule == "container" and (named := boxes.get(id(line))):
        return _named(*named)
    if step.rule in _TOLD and isinstance(line, Line):
        return _TOLD[step.rule](line, step)
    return _RULES.get(step.rule, "")


def _named(box: Container, reason: str) -> str:
    own = box.element
    by = marks.named_by(box.tag, own.get("class"), own.get("id"), own.get("role"), _MARKS.get(reason, 0)) or f"tag <{box.tag}>"
    links = min(1.0, box.link_chars / max(1, box.chars))
    prose = f"{box.prose} of its {box.chars} characters read like sentences" if box.prose else "nothing in it reads like a sentence"
    return f"{element(box)} counts as {reason} by its {by}; {links:.0%} of its text is links, {prose}"


def _hidden(line: Line, step: Step) -> str:
    own = line.element
    if own is None:
        return "hidden"
    inner = (found for found in islice(own.iterdescendants(), MAX_INNER) if isinstance(found.tag, str) and line.text[:20] in squeeze(found.text_content()))
    for found in (own, *own.iterancestors(), *inner):
        if found.get("hidden") is not None:
            return f"{_tag(found)} is hidden"
        if HIDDEN.search(found.get("style") or ""):
            return f"{_tag(found)} is hidden by its style"
        if FOR_READERS.search(found.get("class") or ""):
            return f"{_tag(found)} is for screen readers alone"
    return "an element around it is hidden, or for screen readers alone"


def _listed(line: Line, step: Step) -> str:
    sign = "bears a time" if lists.has_stamp(line.text) else "is a link" if line.link_share > 0.5 else "stands between them"
    return f"in a list of {step.note} lines in a row that are links or bear a time; this one {sign}"


def _heading(line: Line, step: Step) -> str:
    if step.cause is line:
        return "a heading that opens such a section"
    return f"under the heading{_quoted(step.cause.text) if step.cause is not None else ''}"


def _edge(line: Line, step: Step) -> str:
    text = line.text
    if step.reason == "credit" and (told := credits_in(text)):
        return "the whole line is a credit: " + "; ".join(f"{credit.into.replace('_', ' ')} = {credit.value or '(said)'}" for credit in told)
    if step.reason == "byline":
        pieces = _pieces(byline_parts(line.spaced or text)) if edges.is_byline(line) else ""
        return f"nothing but by-line: {pieces}" if pieces else "names, dates or labels before the text, or a clock time over an entry"
    if step.reason == "caption":
        return "words of a picture's caption or credit" if edges.is_caption(line) else "stands right under a picture and is signed, marked or no sentence"
    if step.reason == "recommended":
        return f"a line of its own that is a link ({line.link_share:.0%} of it)"
    return {
        "title": "repeats the headline", "ornament": "no letter or digit in it", "address": "an address of the page itself", "navigation": "numbers of pages",
    }.get(step.reason or "", "")


def _pieces(parts: Parts) -> str:
    told = {
        "date": parts.date.raw if parts.date else "", "updated": parts.modified.raw if parts.modified else "", "section": parts.section or "",
        "source": parts.source or "", "authors": ", ".join(parts.authors), "editors": ", ".join(parts.editors), "platform": parts.platform or "",
    }
    return ", ".join(f"{name} “{value}”" for name, value in told.items() if value)


_TOLD: dict[str, Callable[[Line, Step], str]] = {
    "hidden": _hidden, "repeated": _listed, "heading": _heading, "edge": _edge,
    "words": lambda line, step: told_by(line.text, line.link_share),
    "interleaved": lambda line, step: f"in a list of headlines with {step.note} date lines of one shape between them",
    "cards": lambda line, step: f"one of {step.note} lines that repeat one pattern of linked headline, text and date",
    "credit": _edge,
}
_RULES = {
    "pair": "two cells that make a credit, label and value",
    "layout": "the site file drops its element",
    "sibling": "in another <article> than the headline and its text",
    "next-article": "after a second <h1>: the next article of an endless page",
    "above-text": "a short label above the first sentence, or above the headline",
    "told-once": "a second copy of text that stands above",
    "dangling": "a heading or label at the end with nothing under it",
    "body": "around the text",
}


def element(box: Container) -> str:
    """A container as a person finds it in the page's source: tag, id and the first classes."""
    return _tag(box.element)


def _tag(own: HtmlElement) -> str:
    id_, names = (own.get("id") or "")[:40], (own.get("class") or "").split()[:3]
    return f"<{own.tag}" + (f" id={id_}" if id_ else "") + (f" class={' '.join(names)[:60]}" if names else "") + ">"


def _findable(box: Container) -> str:
    """The container, inside the nearest one above it that has a name of its own."""
    named = next((up for up in ancestors(box) if up.element.get("id") or up.element.get("class")), None)
    return element(box) if named is None or named is box else f"a {element(box)} in {element(named)}"


def path(line: Block) -> str:
    """The elements that hold the block, innermost last, at most four."""
    boxes = list(ancestors(line.container))[:4] if isinstance(line, Line) else []
    return " ".join(element(box) for box in reversed(boxes))


def _quoted(text: str) -> str:
    return f" “{text[:MAX_QUOTE]}{'…' if len(text) > MAX_QUOTE else ''}”"
