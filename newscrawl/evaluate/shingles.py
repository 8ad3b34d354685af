"""How much of a body is right: precision and recall over runs of four tokens.

The measure of the article-extraction-benchmark (Scrapinghub 2020, ``evaluate.py``), with CJK text counted by character: a word
that is missing or foreign costs the four shingles that hold it, so that order counts as well as words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

SIZE = 4
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")


def tokens(text: str | None) -> list[str]:
    """Words, and single characters of scripts that write no spaces; compatibility forms folded (NFKC), punctuation left out."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text or ""))


def f1(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where both are."""
    both = precision + recall
    return 2 * precision * recall / both if both else 0.0


class BodyScore(NamedTuple):
    """One page's body against its gold, each from 0 to 1; ``empty``: there is no token in it; ``exact``: the same tokens."""

    precision: float
    recall: float
    empty: bool = False
    exact: bool = False

    @property
    def f1(self) -> float:
        """The page's own F1."""
        return f1(self.precision, self.recall)


def score(gold: str | None, found: str | None) -> BodyScore:
    """Of a body as it came out, the share that is the gold's (precision), and the share of the gold that it has (recall)."""
    wanted, got = tokens(gold), tokens(found)
    if wanted == got:
        return BodyScore(1.0, 1.0, not got, True)
    right, all_found = _shingles(wanted), _shingles(got)
    hits = (right & all_found).total()
    return BodyScore(hits / all_found.total() if got else 0.0, hits / right.total() if wanted else 0.0, not got)


def _shingles(words: list[str]) -> Counter[tuple[str, ...]]:
    if len(words) < SIZE:  # a text shorter than a shingle is one
        return Counter([tuple(words)] if words else [])
    return Counter(zip(*(words[start:] for start in range(SIZE)), strict=False))
