"""Signs of how likely a chosen text is right: the model's own doubt, and what independent witnesses say of the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newscrawl.extraction.body.features import Context
from newscrawl.extraction.body.selection import Decision
from newscrawl.extraction.page import Line
from newscrawl.extraction.read.structured import Structured

SIGNS = (
    "chosen",
    "chosen_blocks",
    "doubt",
    "doubt_outside",
    "lowest",
    "highest_outside",
    "margin",
    "gaps",
    "linked",
    "prose",
    "of_page",
    "of_page_prose",
    "vote_precision",
    "vote_recall",
    "vote_length",
    "body_precision",
    "body_recall",
    "has_body",
    "full_recall",
    "has_full",
    "described",
    "summary",
    "words_ratio",
    "title_found",
    "title_gap",
    "outvoted",
    "blocks",
    "repeated",
    "ends_sentence",
    "first_text",
    "last_text",
)
"""The names of the signs, in the order of the row that the model's third forest reads."""


def signs(lines: Sequence[Line], decision: Decision, context: Context, facts: Structured) -> dict[str, float]:
    """The signs of one page. A share is -1 where its witness is silent."""
    found = dict.fromkeys(SIGNS, -1.0)
    rows, count = decision.rows, len(lines)
    if not count:
        return found
    text = decision.text()
    chosen = np.zeros(count, bool)
    first_index = lines[0].index
    chosen[[line.index - first_index for line in decision.chosen]] = True
    size, shown = rows.length.astype(float), ~rows.hidden
    total = float(size[chosen].sum())
    prose = rows.column("prose") > 0
    found |= {
        "chosen": total,
        "chosen_blocks": float(chosen.sum()),
        "blocks": float(count),
        "outvoted": float(decision.outvoted),
        "doubt": _share(((1 - text) * size)[chosen].sum(), total),
        "doubt_outside": _share((text * size)[~chosen & shown].sum(), total),
        "of_page": _share(total, size[shown].sum()),
        "of_page_prose": _share(size[chosen & prose].sum(), size[prose].sum()),
        "prose": _share(size[chosen & prose].sum(), total),
        "title_found": float(context.title_at >= 0),
        "highest_outside": float(text[~chosen & shown].max(initial=0.0)),
        "margin": _share((np.abs(text - 0.5) * size)[shown].sum(), size[shown].sum()),
    }
    if chosen.any():
        at = np.flatnonzero(chosen)
        found |= {
            "lowest": float(text[chosen].min()),
            "gaps": float(np.sum(np.diff(at) > 3)),
            "linked": _share((rows.column("link_share") * size)[chosen].sum(), total),
            "title_gap": float(at[0] - context.title_at) if context.title_at >= 0 else -1.0,
            "ends_sentence": float(rows.column("ends_sentence")[chosen].mean()),
            "repeated": float((rows.column("said_before") > 0)[chosen].mean()),
            "first_text": float(text[at[0]]),
            "last_text": float(text[at[-1]]),
            "described": float((rows.column("in_description") > 0)[chosen].any()) if context.description else -1.0,
            "summary": float((rows.column("in_summary") > 0)[chosen].any()) if context.summary else -1.0,
        }
    for name, kept in (
        ("vote", np.asarray(context.votes) if len(context.votes) == count else np.zeros(count)),
        ("body", rows.column("in_body") > 0),
    ):
        if name == "vote" or context.article_body:
            held = kept * size
            found[f"{name}_precision"], found[f"{name}_recall"] = (
                _share(held[chosen].sum(), total),
                _share(held[chosen].sum(), held[shown].sum()),
            )
    found["vote_length"] = float((np.asarray(context.votes) * size).sum()) if len(context.votes) == count else -1.0
    found["has_body"] = float(len(context.article_body))
    if context.full_text:
        held = (rows.column("in_full") > 0) * size
        found["full_recall"], found["has_full"] = (
            _share(held[chosen].sum(), held[shown].sum()),
            float(len(context.full_text)),
        )
    words = _number(facts.prop("wordCount"))
    if words and total:
        found["words_ratio"] = float((rows.column("words"))[chosen].sum()) / words
    return found


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole > 0 else -1.0


def _number(value: object) -> float:
    try:
        return float(str(value)[:12])
    except ValueError:
        return 0.0
