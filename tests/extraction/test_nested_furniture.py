"""Articles stay exact with a list, an advert, a poll or another box nested at any place inside them.

``NEWSCRAWL_KILLS``, the switch of the long runs, makes it all combinations instead of a sample of each markup.
"""

from __future__ import annotations

import functools
import os
import random
from collections import Counter

import pytest
from lxml import html
from nested_furniture import BASES, MARKUPS, SEED_BASES, SEEDS, Base, Case, Outcome, cases, load, outcome

import newscrawl

ALL = bool(int(os.environ.get("NEWSCRAWL_KILLS", "0")))
PER_MARKUP = 3
# The share of pages, by kind, that must be exact. Raise it when the extractor gets better.
FLOOR: dict[str, float] = {
    "recommended": 0.85,
    "advert": 0.6,
    "poll": 0.5,
    "newsletter": 0.45,
    "shop": 0.5,
    "share": 0.85,
    "app": 0.7,
    "read_also": 0.75,
    "video": 0.75,
}
# How many pages may come out with a tenth of their article missing and no rejection that would tell of it.
MOST_LOST = 210 if ALL else 6


@functools.cache
def chosen() -> dict[str, list[Case]]:
    """Draws by kind; it is the same sample in each run as long as the combinations are the same."""
    by_markup: dict[tuple[str, str], list[Case]] = {}
    for case in cases():
        by_markup.setdefault((case.kind, case.markup), []).append(case)
    found: dict[str, list[Case]] = {kind: [] for kind in MARKUPS}
    for (kind, markup), rows in by_markup.items():
        found[kind] += rows if ALL else random.Random(f"{kind} {markup}").sample(rows, PER_MARKUP)
    return found


@functools.cache
def outcomes(kind: str) -> dict[str, Outcome]:
    """Extracts the chosen combinations, by their names."""
    return {case.name: outcome(case) for case in chosen()[kind]}


@pytest.mark.parametrize("kind", MARKUPS)
def test_exact(kind: str) -> None:
    found = outcomes(kind)
    failed = {name: result.verdict for name, result in found.items() if result.verdict != "exact"}
    assert 1 - len(failed) / len(found) >= FLOOR[kind], (Counter(failed.values()), failed)


def test_no_silent_loss() -> None:
    lost = [name for kind in MARKUPS for name, result in outcomes(kind).items() if result.verdict == "lost"]
    assert len(lost) <= MOST_LOST, lost


def _need(base: Base) -> None:
    if base in SEED_BASES and not SEEDS.is_dir():
        pytest.skip("../shared/seeds is not here")


@pytest.mark.parametrize("base", [*BASES, *SEED_BASES], ids=lambda base: base.name)
def test_exact_without_a_box(base: Base) -> None:
    """Checks the pages first: else the combinations would tell of them, not of the box."""
    _need(base)
    article = newscrawl.extract(base.file.read_bytes(), load(base).url)
    assert isinstance(article, newscrawl.Article), article
    assert article.text.split("\n\n") == list(load(base).paragraphs)


@pytest.mark.parametrize("base", [*BASES, *SEED_BASES], ids=lambda base: base.name)
def test_a_box_stands_where_it_should_and_changes_nothing_else(base: Base) -> None:
    """Checks the generator, not the extractor: in the document's order the box is between the right paragraphs."""
    _need(base)
    page = load(base)
    for case in cases(f"{base.name}-"):
        if case.markup not in ("cards_headed", "paragraphs", "fine_print"):
            continue
        written = case.body
        assert written.replace(case.insertion.encode(base.encoding), b"", 1) == base.file.read_bytes()
        body = html.document_fromstring(written.decode(base.encoding)).find("body").text_content()
        at = body.index(next(text for text in html.fromstring(f"<div>{case.box}</div>").itertext() if text.strip()))
        places = [body.index(text) for text in page.paragraphs]
        assert sum(place < at for place in places) == case.place, case.name
