"""Out-of-fold answers: each page extracted by a model that saw no page of its site, and what trafilatura makes of the same page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from trafilatura import bare_extraction, load_html

from newscrawl.evaluate.evaluation import PageResult, Records, evaluate
from newscrawl.extraction import pipeline
from newscrawl.extraction.body import certainty
from newscrawl.extraction.body.block_model import BlockModel
from newscrawl.items import Article
from newscrawl.learning.corpora import Entry

PEERS = {"trafilatura": False, "precision": True}
"""What is measured beside the model, on the same pages: trafilatura as it is, and its precision mode."""


@dataclass(slots=True)
class Answer:
    """What came of one page out of fold."""

    entry: Entry
    result: PageResult
    peers: dict[str, PageResult] = field(default_factory=dict)
    signs: dict[str, float] = field(default_factory=dict)
    """The signs of certainty, empty for a rejection."""
    reason: str = ""
    """Why the page was no article."""
    language: str = ""
    """The language of the record."""


def answer(entry: Entry, model: BlockModel, peers: bool = True) -> Answer:
    """The page's record by the model, and the peers' texts, against its gold."""
    examined = pipeline.examine(entry.page, model=model)
    outcome = examined.outcome
    gold = dict(entry.gold) | {
        "url": entry.page.url or entry.gold.get("url") or "a page without a URL",
        "site": entry.site,
    }
    if entry.gold.get("reject"):
        gold["reason"] = "reject"
    row = {"url": gold["url"]} | (
        {"text": outcome.text, "confidence": outcome.confidence} if isinstance(outcome, Article) else {}
    )
    found = Answer(
        entry,
        _scored(gold, row if isinstance(outcome, Article) else None),
        reason="" if isinstance(outcome, Article) else outcome.name,
        language=(outcome.language or "") if isinstance(outcome, Article) else "",
    )
    if isinstance(outcome, Article) and examined.draft is not None:
        found.signs = examined.draft.signs
    if peers:
        found.peers = {
            name: _scored(gold, {"url": gold["url"], "text": peer(entry, precision)})
            for name, precision in PEERS.items()
        }
    return found


def _scored(gold: dict[str, Any], row: dict[str, Any] | None) -> PageResult:
    return evaluate([gold], Records([row] if row is not None else []))[0]


def peer(entry: Entry, precision: bool) -> str:
    """trafilatura's text of a page, with its own reading of the bytes."""
    try:
        tree = load_html(entry.page.body)
        document = (
            bare_extraction(
                tree, url=entry.page.url, with_metadata=False, include_comments=False, favor_precision=precision
            )
            if tree is not None
            else None
        )
    except Exception:  # noqa: BLE001 - a peer that fails on a page has no text of it
        return ""
    return "" if document is None or isinstance(document, dict) else document.text or ""


def rows(answers: Sequence[Answer]) -> NDArray[np.float32]:
    """The signs of many answers as rows, in the order of :data:`newscrawl.extraction.body.certainty.SIGNS`."""
    return np.array([[one.signs[name] for name in certainty.SIGNS] for one in answers], np.float32)
