"""Why each block stays or goes, in words: what it is, and the evidence that moved the block model most.

The model's answer is asked again with one kind of evidence at a time replaced by what the page's own text has of it; the kind whose absence
changes the answer most is what decided. The decision itself is never made a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from lxml.html import HtmlElement

from newscrawl.extraction.body import features, reasons
from newscrawl.extraction.body.block_model import BlockModel
from newscrawl.extraction.body.phrases import told_by
from newscrawl.extraction.body.selection import IS_TEXT
from newscrawl.extraction.document import Block, Found
from newscrawl.extraction.drafting import Draft
from newscrawl.extraction.fields.byline import MAX_LINE_CHARS, Parts, byline_parts
from newscrawl.extraction.fields.credits import credits_in
from newscrawl.extraction.page import Container, Line, ancestors
from newscrawl.extraction.read import class_hints
from newscrawl.extraction.read.blocks import FOR_READERS, HIDDEN, squeeze
from newscrawl.writing import fold

MAX_INNER = 50
"""Elements inside a block that are asked for what hides it."""
MOST_WEIGHED = 400
"""Blocks of which the strongest evidence is looked for, nearest to the text first; a page of thousands would take minutes."""


@dataclass(frozen=True, slots=True)
class Why:
    """One block's fate: ``reason`` as the record's ``removed`` counts it, and the ``evidence`` for it."""

    kept: bool
    reason: str
    evidence: str
    fields: tuple[str, ...] = ()
    """Fields of the record that were read from the block although it is no part of the text."""


def explain(draft: Draft, found: Mapping[str, Found]) -> list[Why]:
    """For each of the draft's blocks, in order, why it stays or goes; ``found`` are the fields, to tell which were read from a block."""
    read = fields_read(draft, found)
    kept = {id(line) for line in draft.doc.body}
    weighed = _weighed(draft)
    whys = []
    for line in draft.doc.blocks:
        if id(line) in kept:
            whys.append(Why(True, "body", _why_kept(line, draft)))
        else:
            reason = line.reason or "outside"
            told = _TOLD.get(reason, _by_name_or_words)(line) if isinstance(line, Line) else ""
            said = weighed.get(id(line), "") if reason not in _CERTAIN else ""
            whys.append(Why(False, reason, "; ".join(part for part in (told, said) if part) or _outside(draft)))
    return [
        replace(why, fields=() if why.kept else read.get(id(line), ()))
        for line, why in zip(draft.doc.blocks, whys, strict=True)
    ]


_CERTAIN = frozenset(("layout", "hidden"))
"""Reasons that need no model."""


def fields_read(draft: Draft, found: Mapping[str, Found]) -> dict[int, tuple[str, ...]]:
    """By ``id`` of the block, the fields whose visible values stand in it: in the lines around the text, where finders look."""
    near = {id(line) for line in (*draft.doc.header, *draft.doc.footer)} | {
        id(line) for line in draft.doc.blocks if line.reason in _SPOKEN
    }
    title = fold(str(found["title"].value or "")) if "title" in found else ""
    read: dict[int, tuple[str, ...]] = {}
    for line in draft.doc.blocks:
        names = [
            name
            for name, told in found.items()
            if name in _VISIBLE
            and told.value
            and told.origin == "visible"
            and id(line) in near
            and any(text and text in line.text for text in _texts(told))
        ]
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


def _why_kept(line: Block, draft: Draft) -> str:
    decision = draft.decision
    if decision.given:
        return "inside the elements that the site file names as the body"
    at = line.index - draft.chosen_from[0].index
    text = float(decision.text()[at])
    vote = draft.votes[at] if at < len(draft.votes) and not draft.from_state else 0.0
    said = {1.0: "; trafilatura keeps it", 0.5: "; trafilatura keeps a part of it"}.get(vote, "")
    where = ", read from the data that the page's scripts keep" if draft.from_state else ""
    if text < IS_TEXT:
        return f"trafilatura and the page's own data agree on it, against the model ({text:.0%} sure that it is text)"
    return f"{text:.0%} sure that it is text{said}{where}"


def _outside(draft: Draft) -> str:
    if draft.from_state:
        return "the article was read from the data that the page's scripts keep, not from the HTML"
    if draft.decision.given:
        return "outside the elements that the site file names as the body"
    return "around the text"


# --- what a block is, by its own signs -------------------------------------------------------------------------------------


def _by_name_or_words(line: Line) -> str:
    if named := reasons.named_by_box(line):
        return _named(*named)
    return told_by(line.text, line.link_share) or (
        f"{line.link_share:.0%} of it is links" if line.link_share >= reasons.LINKED else ""
    )


def _named(box: Container, reason: str) -> str:
    own = box.element
    by = (
        class_hints.named_by(box.tag, own.get("class"), own.get("id"), own.get("role"), reasons.marks_of(reason))
        or f"tag <{box.tag}>"
    )
    return f"{element(box)} is named as {reason} by its {by}"


def _hidden(line: Line) -> str:
    own = line.element
    if own is None:
        return "hidden"
    inner = (
        found
        for found in islice(own.iterdescendants(), MAX_INNER)
        if isinstance(found.tag, str) and line.text[:20] in squeeze(found.text_content())
    )
    for found in (own, *own.iterancestors(), *inner):
        if found.get("hidden") is not None:
            return f"{_tag(found)} is hidden"
        if HIDDEN.search(found.get("style") or ""):
            return f"{_tag(found)} is hidden by its style"
        if FOR_READERS.search(found.get("class") or ""):
            return f"{_tag(found)} is for screen readers alone"
    return "an element around it is hidden, or for screen readers alone"


def _credit(line: Line) -> str:
    told = [f"{credit.into} = {credit.value}" for credit in credits_in(line.text)]
    return ", ".join(told) if told else "one of two cells that make a credit, label and value"


def _byline(line: Line) -> str:
    pieces = _pieces(byline_parts(line.spaced or line.text))
    return f"a by-line: {pieces}" if pieces else "a by-line, date or label beside the text"


def _pieces(parts: Parts) -> str:
    told = {
        "date": parts.date.raw if parts.date else "",
        "updated": parts.modified.raw if parts.modified else "",
        "section": parts.section or "",
        "source": parts.source or "",
        "authors": ", ".join(parts.authors),
        "editors": ", ".join(parts.editors),
        "platform": parts.platform or "",
    }
    return ", ".join(f"{name} “{value}”" for name, value in told.items() if value)


_TOLD: dict[str, Callable[[Line], str]] = {
    "hidden": _hidden,
    "credit": _credit,
    "byline": _byline,
    "layout": lambda line: "the site file drops its element",
    "title": lambda line: "repeats the headline",
    "caption": lambda line: "a picture's caption or credit",
}


# --- what moved the model --------------------------------------------------------------------------------------------------


def _weighed(draft: Draft) -> dict[int, str]:
    """By ``id`` of each block that the model dropped, the kind of evidence that counted most against it."""
    decision, lines = draft.decision, draft.chosen_from
    kept = {id(line) for line in decision.chosen}
    if not kept or decision.given:
        return {}
    chosen = [at for at, line in enumerate(lines) if id(line) in kept]
    dropped = [at for at, line in enumerate(lines) if id(line) not in kept and not line.hidden]
    dropped = sorted(dropped, key=lambda at: min(abs(at - chosen[0]), abs(at - chosen[-1])))[:MOST_WEIGHED]
    if not dropped:
        return {}
    said, groups = _without_each_kind(decision.model, draft, chosen, dropped)
    text = decision.text()
    found = {}
    for place, at in enumerate(dropped):
        gain = said[:, place]
        # Where nothing of its own speaks against a block, it goes because of what stands around it.
        words = (
            groups[int(gain.argmax())].format(link_share=lines[at].link_share)
            if gain.max() > 0
            else "that the blocks around it are no text"
        )
        found[id(lines[at])] = f"{text[at]:.0%} sure that it is text; most against it: {words}"
    return found


def _without_each_kind(
    model: BlockModel, draft: Draft, chosen: Sequence[int], dropped: Sequence[int]
) -> tuple[np.ndarray, list[str]]:
    """For each kind of evidence, how much likelier each block were text with the kept blocks' usual values in that kind's place."""
    known = model.looked_up(draft.decision.rows)
    names, values = known.names, known.values
    usual = np.median(values[chosen], axis=0)
    now = model.text_score(names, values[dropped])
    kinds = np.array([features.kind_of(name) for name in names])
    gains = []
    for at in range(len(features.MEANING)):
        changed = values[dropped].copy()
        changed[:, kinds == at] = usual[kinds == at]
        gains.append(model.text_score(names, changed) - now)
    return np.stack(gains), [words for _, _, words in features.MEANING]


# --- elements in words -----------------------------------------------------------------------------------------------------


def element(box: Container) -> str:
    """A container as a person finds it in the page's source: tag, id and the first classes."""
    return _tag(box.element)


def _tag(own: HtmlElement) -> str:
    id_, names = (own.get("id") or "")[:40], (own.get("class") or "").split()[:3]
    return f"<{own.tag}" + (f" id={id_}" if id_ else "") + (f" class={' '.join(names)[:60]}" if names else "") + ">"


def path(line: Block) -> str:
    """The elements that hold the block, innermost last, at most four."""
    above = list(ancestors(line.container))[:4] if isinstance(line, Line) else []
    return " ".join(element(box) for box in reversed(above))
