"""Pages with gold as rows to learn from: features, labels and weights of each block, and copies of the page made on purpose."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.evaluate.evaluation import gold_text
from newscrawl.extraction import drafting, text_page
from newscrawl.extraction.body import features
from newscrawl.extraction.body.block_model import CLASSES
from newscrawl.extraction.body.features import Context, Rows
from newscrawl.extraction.body.vocabulary import Runs, strings_runs
from newscrawl.extraction.drafting import Survey
from newscrawl.extraction.page import Page
from newscrawl.extraction.read.decode import decode
from newscrawl.extraction.read.tree import parse
from newscrawl.items import RawPage
from newscrawl.learning import alignment, augmentation
from newscrawl.rejections import Refused

Row = dict[str, Any]
OTHER, BODY, STANDFIRST, TITLE, BYLINE, CAPTION, CREDIT = range(len(CLASSES))
HELD = 0.6
"""Share of a block in the gold from which it is text."""
NEAR = 15
"""Blocks before and after the text in which by-lines and captions are the article's."""
EVENLY = 0.75
"""How evenly pages count: with 0 a page of ten times the text counts ten times as much, with 1 the same."""
PAGE = 8.0
"""Scale of the weights, so that a block of a usual page counts for about one."""
AROUND = 30
"""Blocks before and after the article that a copy of a page teaches."""
NAMELESS = 0.25
"""Share of the nested copies that lose the names of all elements: sites with generated class names exist."""
MOST_BLOCKS = 4000
"""Blocks of the largest page that is learned from; a list of thousands of rows would outweigh all others."""


@dataclass(slots=True)
class Sample:
    """One page, or a copy made of it."""

    corpus: str
    url: str
    site: str
    made: str
    """``page``, or how the copy was made: ``nested``, ``text``, ``alone``."""
    rows: Rows
    runs: list[Runs]
    labels: NDArray[np.int8]
    """The class of each block; -1 where the gold says nothing."""
    weights: NDArray[np.float32]
    """How much each block counts; 0 where the gold's convention is not the record's."""
    language: str = ""


@dataclass(slots=True)
class Read:
    """What a page gave: its samples, and furniture for the articles of others."""

    samples: list[Sample] = field(default_factory=list)
    donors: list[str] = field(default_factory=list)
    script: str = "narrow"
    trouble: str = ""
    """Why nothing can be learned from the page, in one line."""


def generator(url: str, seed: int, purpose: str) -> random.Random:
    """Chance that is the same for the same page and seed, in whatever order pages are read."""
    return random.Random(int.from_bytes(blake2b(f"{purpose} {seed} {url}".encode(), digest_size=8).digest(), "big"))


def survey(page: RawPage) -> Survey | None:
    """What the extractor knows of a page before it chooses; None for a page that cannot be read."""
    try:
        if page.plain_text:
            return text_page.survey(
                decode(page.body, {"content-type": "text/plain"} | page.headers).text, page.url, evidence=page.evidence
            )
        return drafting.survey(parse(decode(page.body, page.headers).text), page.url, evidence=page.evidence)
    except Refused:
        return None


def read(page: RawPage, gold: Row, corpus: str, site: str, seed: int) -> Read:
    """The page's sample, its copy as text and its article alone, and the furniture that it gives."""
    found = Read()
    known = survey(page)
    if known is None or not 0 < len(known.page.lines) <= MOST_BLOCKS:
        return found
    shares = _shares(known.page, gold)
    if shares is None:
        return found
    url = page.url or ""
    found.samples.append(_sample(known, shares, corpus, url, site, "page", str(gold.get("language") or "")))
    text = gold_text(gold)
    if text is None:
        return found
    rng = generator(url, seed, "copies")
    inside, outside = (shares >= HELD).tolist(), (shares < 0.1).tolist()
    found.script = augmentation.script(text)
    found.donors = augmentation.furniture(known.page, outside, rng)
    if any(inside) and rng.random() < 0.35 and not page.plain_text:
        told = text_page.survey(augmentation.as_text(known.page, rng), page.url)
        found.samples.append(
            _sample(told, alignment.shares([line.text for line in told.page.lines], text), corpus, url, site, "text")
        )
    if rng.random() < 0.2 and (element := augmentation.alone(known.page, inside)) is not None:
        found.samples += _alone(element, known.context.titles, text, corpus, url, site)
    return found


def _alone(element: Any, titles: Sequence[str], text: str, corpus: str, url: str, site: str) -> list[Sample]:
    from lxml import etree

    try:
        inner = drafting.state_page(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
    except Refused:
        return []
    context = Context(titles=titles, votes=[1.0] * len(inner.lines))
    rows = features.rows(inner, context)
    return (
        [
            _labelled(
                rows, context, alignment.shares([line.text for line in inner.lines], text), corpus, url, site, "alone"
            )
        ]
        if inner.lines
        else []
    )


def nested(page: RawPage, gold: Row, corpus: str, site: str, donors: Sequence[str], seed: int) -> Sample | None:
    """A copy of the page with furniture of other pages inside its article, one in four without any names; None where it has no place."""
    known, text = survey(page), gold_text(gold)
    if known is None or text is None or known.doc.tree is None or len(known.page.lines) > MOST_BLOCKS:
        return None
    shares = _shares(known.page, gold)
    if shares is None or not augmentation.nest(
        known.page, (shares >= HELD).tolist(), donors, generator(page.url or "", seed, "nested")
    ):
        return None
    if generator(page.url or "", seed, "nameless").random() < NAMELESS:
        augmentation.unname(known.doc.tree)
    again = drafting.survey(known.doc.tree, page.url, evidence=page.evidence)
    shares = alignment.shares([line.text for line in again.page.lines], text)
    return _sample(again, shares, corpus, page.url or "", site, "nested")


def _shares(page: Page, gold: Row) -> NDArray[np.float64] | None:
    """How much of each block stands in the gold; -1 where that is unknown, None where the gold says nothing of the text."""
    texts = [line.text for line in page.lines]
    if gold.get("reject") or "reason" in gold:
        return np.zeros(len(texts))
    if (text := gold_text(gold)) is not None:
        return alignment.shares(texts, text)
    if isinstance(gold.get("with"), list):
        return _by_segments(texts, gold["with"], gold.get("without") or [])
    return None


MIN_PIECE = 30
"""Characters of a block that is a part of a segment of the gold, instead of holding one."""


def _by_segments(texts: Sequence[str], wanted: Sequence[str], unwanted: Sequence[str]) -> NDArray[np.float64]:
    """Blocks that hold a sentence which must, or must not, stand in the text; nothing is known of the others."""
    wanted, unwanted = ([" ".join(one.split()) for one in group] for group in (wanted, unwanted))
    found = np.full(len(texts), -1.0)
    for at, text in enumerate(texts):
        for value, group in ((1.0, wanted), (0.0, unwanted)):
            if found[at] < 0 and any(one in text or (len(text) >= MIN_PIECE and text in one) for one in group):
                found[at] = value
    return found


def _sample(
    known: Survey, shares: NDArray[np.float64], corpus: str, url: str, site: str, made: str, language: str = ""
) -> Sample:
    rows = features.rows(known.page, known.context)
    return _labelled(rows, known.context, shares, corpus, url, site, made, language)


def _labelled(
    rows: Rows,
    context: Context,
    shares: NDArray[np.float64],
    corpus: str,
    url: str,
    site: str,
    made: str,
    language: str = "",
) -> Sample:
    labels = _classes(rows, shares)
    size = np.minimum(rows.length + 5, 600.0)
    total = float(size[shares >= HELD].sum())
    weights = (PAGE * size / max(total, 300.0) ** EVENLY * _counted(rows, context, shares)).astype(np.float32)
    # A block that stands in the gold by half is taught as neither.
    half = (shares > 0) & (shares < 1)
    weights[half] *= np.abs(2 * shares[half] - 1) ** 0.5
    if made != "page" and (shares >= HELD).any():
        first, last = np.flatnonzero(shares >= HELD)[[0, -1]]
        weights[: max(0, first - AROUND)] = weights[last + AROUND + 1 :] = (
            0  # what is far from the article is no other in the copy
        )
    return Sample(corpus, url, site, made, rows, strings_runs(rows.strings), labels, weights, language)


def _classes(rows: Rows, shares: NDArray[np.float64]) -> NDArray[np.int8]:
    """The class of each block: text by the gold, what surrounds it by the field readers."""
    labels = np.where(shares < 0, -1, np.where(shares >= HELD, BODY, OTHER)).astype(np.int8)
    text = np.flatnonzero(labels == BODY)
    if not len(text):
        return labels
    at = np.arange(len(labels))
    near = (at >= text[0] - NEAR) & (at <= text[-1] + NEAR) & (labels == OTHER)
    reads = {
        name: rows.column(f"reads_{name}") > 0
        for name in ("date", "modified", "authors", "editors", "source", "caption", "credit")
    }
    byline = (reads["date"] | reads["modified"] | reads["authors"] | reads["editors"] | reads["source"]) & (
        rows.column("reads_rest") < 0.35
    )
    caption = (
        reads["caption"]
        | (rows.column("within_figure") > 0)
        | (rows.column("tag_figcaption") > 0)
        | (rows.column("named_caption_named") > 0)
    )
    title = (rows.column("is_title") > 0) & (rows.column("link_share") < 0.5)
    for mask, kind in ((caption, CAPTION), (byline, BYLINE), (reads["credit"], CREDIT), (title, TITLE)):
        labels[near & mask] = kind
    lead = text[:2]
    led = (
        (rows.column("in_description") > 0)
        | (rows.column("named_standfirst") > 0)
        | (rows.column("above_standfirst") > 0)
    )
    labels[lead[led[lead]]] = STANDFIRST
    return labels


def _counted(rows: Rows, context: Context, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for a block whose gold speaks in the record's convention, 0 where sets differ: headline, by-line, caption and credit in the
    gold's text; a standfirst that it leaves out."""
    count = (shares >= 0).astype(float)
    held = shares >= HELD
    if not held.any():
        return count
    odd = (
        (rows.column("is_title") > 0)
        | (rows.column("reads_credit") > 0)
        | (rows.column("reads_caption") > 0)
        | (rows.column("within_figure") > 0)
    )
    odd |= (rows.column("reads_date") > 0) & (rows.column("reads_rest") < 0.3) & (rows.length < 130)
    count[held & odd] = 0
    first = int(np.flatnonzero(held)[0])
    if 0 <= context.title_at < first:
        lead = np.zeros(len(shares), bool)
        lead[context.title_at + 1 : first] = True
        count[lead & ~held & (rows.column("in_description") > 0)] = 0
    return count
