"""Decides which blocks are the article: the block model's classes, the witnesses where they agree against it, and what a site file says."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from newscrawl.extraction.body import features
from newscrawl.extraction.body.block_model import CLASSES, TEXT, BlockModel
from newscrawl.extraction.fields.access import is_wall
from newscrawl.extraction.fields.credits import credit_of
from newscrawl.extraction.page import Line, Page, ancestors
from newscrawl.writing import length

IS_TEXT = 0.5
"""Probability from which a block is text."""
IS_PLAIN_TEXT = 0.2
"""The same for a sentence of a text-only page, which has no elements that could speak for it."""
FEW = 0.5
"""Share of the likeliest text below which what is surely text is too little to be the article: nothing is lost in silence, and the
record's confidence says how unsure the rest is."""
WITNESSED = 400
"""Length of prose, and of text on which two witnesses agree, below which the model is not doubted: lists and front pages have as much."""
OUTVOTED = 0.6
"""Share of the text that two witnesses agree on, below which the model has lost the article."""


@dataclass(slots=True)
class Decision:
    """The blocks of the body in reading order, and what led to them."""

    chosen: list[Line]
    classes: NDArray[np.float64]
    """For each block of the page the probability of each of :data:`newscrawl.extraction.body.block_model.CLASSES`."""
    rows: features.Rows
    model: BlockModel
    outvoted: bool = False
    """The witnesses agreed with each other against the model, and their text was taken."""
    given: bool = False
    """A site file named the body's elements."""
    fields: dict[int, str] = field(default_factory=dict)
    """Blocks that the model took for text and that a field reader takes for its own, by index: ``credit``, ``paywall``."""

    def text(self) -> NDArray[np.float64]:
        """For each block the probability of being text."""
        return self.classes[:, TEXT].sum(axis=1) if len(self.classes) else np.zeros(0)

    def kind(self, index: int) -> str:
        """The likeliest class of a block."""
        return CLASSES[int(self.classes[index].argmax())]


def decide(page: Page, context: features.Context, model: BlockModel, given: Set[HtmlElement] = frozenset()) -> Decision:
    """Chooses the body; ``given`` are elements that a site's file names as the body, which then decide alone."""
    rows = features.rows(page, context)
    decision = Decision([], model.classes(rows), rows, model)
    if given and (
        within := [line for line in page.lines if any(box.element in given for box in ancestors(line.container))]
    ):
        decision.given = True
        decision.chosen = [
            line
            for line in within
            if not line.hidden and line.reason is None and decision.kind(line.index) in ("other", "body", "standfirst")
        ]
        return decision
    text = np.where(rows.hidden, 0.0, decision.text())
    taken = text >= IS_TEXT
    if len(text) and not page.containers:
        taken |= (text >= IS_PLAIN_TEXT) & (rows.column("ends_sentence") > 0)
    likely = _likely(text, rows.length)
    told = rows.length[likely & (rows.column("prose") > 0)].sum() if len(likely) else 0.0
    if told >= WITNESSED and rows.length[taken].sum() < FEW * told:
        taken = likely
    agreed = _agreed(page.lines, context, rows)
    if agreed is not None and rows.length[agreed & taken].sum() < OUTVOTED * rows.length[agreed].sum():
        taken |= agreed
        decision.outvoted = True
    for line in page.lines:
        if taken[line.index] and not line.hidden and line.reason is None:
            if credit_of(line.text) is not None:
                decision.fields[line.index] = "credit"
            else:
                decision.chosen.append(line)
    while decision.chosen and is_wall(decision.chosen[-1].text):
        decision.fields[decision.chosen.pop().index] = "paywall"
    return decision


def _likely(text: NDArray[np.float64], size: features.Floats) -> NDArray[np.bool_]:
    """The blocks that make the best text on a page of which the model is sure of nothing: those with the greatest expected F1."""
    order = np.argsort(-text, kind="stable")
    right, length_ = np.cumsum((text * size)[order]), np.cumsum(size[order])
    expected = 2 * right / np.maximum(length_ + right[-1:], 1e-9) if len(order) else right
    found = np.zeros(len(text), bool)
    if len(order) and right[-1] > 0:
        found[order[: int(expected.argmax()) + 1]] = True
    return found & (text > 0)


def _agreed(lines: Sequence[Line], context: features.Context, rows: features.Rows) -> NDArray[np.bool_] | None:
    """The blocks that trafilatura and the page's own JSON-LD, or the feed, both hold for text; None where that is too little to count."""
    if not (context.article_body or context.full_text) or not len(context.votes):
        return None
    declared = np.zeros(len(lines), bool)
    for name in ("in_body", "in_full"):
        declared |= rows.column(name) > 0
    agreed = declared & (np.asarray(context.votes) >= 1) & ~rows.hidden
    return agreed if rows.length[agreed].sum() >= WITNESSED else None


def told(chosen: Sequence[Line]) -> int:
    """Length of the chosen blocks' text."""
    return sum(length(line.text) for line in chosen)
