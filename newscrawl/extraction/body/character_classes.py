"""The classes of characters: what a text consists of, told by Unicode's categories and so in every script, for all blocks of a page at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from newscrawl.writing import COMMAS, TERMINALS

NAMES = (
    "other",
    "space",
    "upper",
    "lower",
    "letter",
    "ideograph",
    "digit",
    "terminal",
    "comma",
    "colon",
    "quote",
    "open",
    "close",
    "dash",
    "divider",
    "symbol",
    "unspaced",
)
(
    OTHER,
    SPACE,
    UPPER,
    LOWER,
    LETTER,
    IDEOGRAPH,
    DIGIT,
    TERMINAL,
    COMMA,
    COLON,
    QUOTE,
    OPEN,
    CLOSE,
    DASH,
    DIVIDER,
    SYMBOL,
    UNSPACED,
) = range(len(NAMES))
_COLONS = ":：︰"
_QUOTES = "\"'“”„‟‘’‚‛«»‹›「」『』〝〞＂＇"
_DIVIDERS = "/|\\•·‧∙●■◆▪►▶»›>→丨｜／︱▸▹◦‣⁃"


@cache
def _table() -> NDArray[np.uint8]:
    """The class of each code point of the basic plane; beyond it are emoji (symbols) and rare ideographs."""
    table = np.zeros(0x10000, np.uint8)
    by_category = {
        "Zs": SPACE,
        "Zl": SPACE,
        "Zp": SPACE,
        "Lu": UPPER,
        "Lt": UPPER,
        "Ll": LOWER,
        "Lm": LETTER,
        "Lo": LETTER,
        "Mn": LETTER,
        "Mc": LETTER,
        "Nd": DIGIT,
        "Nl": DIGIT,
        "No": DIGIT,
        "Pi": QUOTE,
        "Pf": QUOTE,
        "Ps": OPEN,
        "Pe": CLOSE,
        "Pd": DASH,
        "Sc": SYMBOL,
        "So": SYMBOL,
        "Sm": SYMBOL,
        "Sk": SYMBOL,
    }
    for code in range(0x10000):
        table[code] = by_category.get(unicodedata.category(chr(code)), OTHER)
    for first, last in ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF)):
        table[first : last + 1] = IDEOGRAPH
    for first, last in (
        (0x0E00, 0x0EFF),
        (0x0F00, 0x0FFF),
        (0x1000, 0x109F),
        (0x1780, 0x17FF),
    ):  # Thai and Lao, Tibetan, Myanmar, Khmer
        letters = table[first : last + 1]
        letters[letters == LETTER] = UNSPACED
    for marks, kind in (
        (_DIVIDERS, DIVIDER),
        (_QUOTES, QUOTE),
        (COMMAS, COMMA),
        (_COLONS, COLON),
        (TERMINALS, TERMINAL),
    ):
        for char in marks:
            table[ord(char)] = kind
    return table


def counted(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """For each text: how many characters of each class it has, the class of its first, and of its last character that closes nothing."""
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _table()[np.minimum(codes, 0xFFFF)]
    kinds[codes > 0xFFFF] = SYMBOL
    owner = np.repeat(np.arange(len(texts)), sizes)
    counts = (
        np.bincount(owner * len(NAMES) + kinds, minlength=len(texts) * len(NAMES))
        .reshape(-1, len(NAMES))
        .astype(np.float32)
    )
    ends = np.cumsum(sizes)
    first = kinds[np.minimum(ends - sizes, len(kinds) - 1)].astype(np.int64)
    last = kinds[np.maximum(ends - 1, 0)].astype(np.int64)
    closed = ((last == QUOTE) | (last == CLOSE) | (last == SPACE)) & (sizes > 1)
    last[closed] = kinds[ends[closed] - 2]
    return counts, first, last
