"""Which of a page's blocks stand in the gold's text: tokens in order, so that a teaser that repeats a sentence of the article is none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newscrawl.evaluate.shingles import SIZE, tokens

MOST_PLACES = 3000
"""Places of blocks in the gold that are weighed against each other; each costs a pass over those before it."""
MOST_REPEATS = 8
"""Places of one shingle that are tried; a line that stands more often in the gold is found by its neighbours."""
ENOUGH = 0.3
"""Share of a block's shingles in the gold from which its place is looked for."""


@dataclass(frozen=True, slots=True)
class _Place:
    block: int
    at: int
    """Token of the gold at which the block begins."""
    worth: float
    """Tokens of the block that stand there."""


def shares(texts: Sequence[str], gold: str) -> NDArray[np.float64]:
    """For each block the share of its text that stands in the gold, in the gold's order; -1 for one without a letter or digit.

    Of two blocks with one text, the one whose place fits the others around it counts; the other gets 0.
    """
    wanted = tokens(gold)
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for at in range(len(wanted) - SIZE + 1):
        places[tuple(wanted[at : at + SIZE])].append(at)
    short = _Short(wanted, gold)
    found = np.full(len(texts), -1.0)
    candidates: list[_Place] = []
    for block, text in enumerate(texts):
        own = tokens(text)
        if not own:
            continue
        if len(own) < SIZE:
            starts = short.places(own)
            found[block] = float(bool(starts))
            candidates += [_Place(block, at, float(len(own))) for at in starts]
            continue
        runs = [tuple(own[at : at + SIZE]) for at in range(len(own) - SIZE + 1)]
        hits = [at for at, run in enumerate(runs) if run in places]
        found[block] = len(hits) / len(runs)
        if found[block] >= ENOUGH:
            candidates += [
                _Place(block, at, len(own) * found[block]) for at in _likely([(at, places[runs[at]]) for at in hits])
            ]
    in_order = _in_order(candidates[:MOST_PLACES])
    for block in {place.block for place in candidates} - in_order:
        found[block] = 0.0
    return found


class _Short:
    """Lines of fewer tokens than a shingle: they must be a line of the gold, or two or more tokens in a row."""

    def __init__(self, wanted: Sequence[str], gold: str) -> None:
        self._joined = f" {' '.join(wanted)} "
        self._lines = {tuple(tokens(line)) for line in gold.splitlines()}

    def places(self, own: Sequence[str]) -> list[int]:
        piece = f" {' '.join(own)} "
        found: list[int] = []
        at = self._joined.find(piece)
        while at >= 0 and len(found) < MOST_REPEATS // 2:
            found.append(self._joined.count(" ", 0, at + 1) - 1)
            at = self._joined.find(piece, at + 1)
        return found if len(own) > 1 or tuple(own) in self._lines else []


def _likely(hits: Sequence[tuple[int, Sequence[int]]]) -> list[int]:
    """The places in the gold at which most of a block's shingles agree that it begins."""
    votes: Counter[int] = Counter()
    for own, theirs in hits[:200]:
        for at in theirs[:MOST_REPEATS]:
            votes[at - own] += 1
    best = votes.most_common(MOST_REPEATS // 2)
    return [at for at, count in best if 2 * count >= best[0][1]]


def _in_order(candidates: Sequence[_Place]) -> set[int]:
    """The blocks of the heaviest sequence of places that rises in the page and in the gold."""
    ordered = sorted(candidates, key=lambda place: (place.block, -place.at))
    count = len(ordered)
    if not count:
        return set()
    blocks, at, worth = (
        np.array([getattr(place, name) for place in ordered], float) for name in ("block", "at", "worth")
    )
    total, before = np.zeros(count), np.full(count, -1)
    for place in range(count):
        fits = (blocks[:place] < blocks[place]) & (at[:place] + 0.7 * worth[:place] <= at[place])
        best = int(np.argmax(np.where(fits, total[:place], -1.0))) if fits.any() else -1
        total[place] = worth[place] + (total[best] if best >= 0 else 0.0)
        before[place] = best
    chosen: set[int] = set()
    place = int(np.argmax(total))
    while place >= 0:
        chosen.add(ordered[place].block)
        place = int(before[place])
    return chosen
