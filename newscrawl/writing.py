"""One ruler for the length of a text, one fold for comparing texts and one test for sentences, for every script.

Scripts without spaces have no words to count, so lengths are counted in characters; an ideograph, kana or hangul syllable counts for two,
since it says about as much as two letters. Sentence marks are those of Unicode's property Sentence_Terminal (UAX 44) and of the scripts'
own commas; Thai and Lao, which end sentences with a space, are told by their length alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Ranges of ideographs, kana and hangul, for a character class."""
TERMINALS = ".!?…。！？｡؟۔।॥։።፧፨၊။།༎༏។៕៖᠃᠉‼⁇⁈⁉．܀܁܂"
"""Marks that end a sentence."""
COMMAS = ",、，;；،؛·፣፤፥᠂᠈"
"""Marks that divide one; ``:`` stands apart, since labels end with it as well."""
CLOSERS = "\"'”’»›」』）)】]*"
"""What may follow a sentence's last mark."""

_IDEOGRAPH_RUNS = re.compile(f"[{IDEOGRAPHS}]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u0f00-\u0fff]")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 1_500
"""Longer texts are worked out anew: a few thousand remembered pages of one endless line would fill a worker's memory."""
PROSE = 50
"""Length from which a line with a sentence's marks reads like one of a text."""

T = TypeVar("T")


def remembered(function: Callable[[str], T]) -> Callable[[str], T]:
    """The function with the answers to its last 4,096 short texts kept: one line is asked about by several readers."""
    known = lru_cache(maxsize=4096)(function)

    @wraps(function)
    def answer(text: str) -> T:
        return known(text) if len(text) <= _LONGEST else function(text)

    return answer


def length(text: str) -> int:
    """Length in letters of an alphabet: ideographs count for two, spaces not at all."""
    letters = len(text) - text.count(" ")
    return letters if text.isascii() else letters + sum(map(len, _IDEOGRAPH_RUNS.findall(text)))


def fold(text: str | None) -> str:
    """Letters and digits only, case folded: what two renderings of one line have in common; empty for None."""
    return _folded(text) if text else ""


@remembered
def _folded(text: str) -> str:
    if text.isascii():  # half of all lines: one pass of a table, three times as fast
        return text.translate(_ASCII_FOLD)
    return "".join(_WORD.findall(text)).casefold()


_ASCII_FOLD = {code: chr(code).lower() if chr(code).isalnum() else None for code in range(128)}


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does. Three points end a teaser, and are no sentence's end."""
    bare = text.rstrip(CLOSERS + " ")
    return bare[-1:] in TERMINALS and bare[-1:] not in ("", "…") and not bare.endswith("..")


def has_sentence(text: str) -> bool:
    """Whether a sentence, or one of its clauses, ends somewhere in the line."""
    return any(mark in text for mark in _MARKS) or len(_UNSPACED.findall(text)) >= PROSE


def holds_sentence_end(text: str) -> bool:
    """Whether a whole sentence ends in the line, before a space or at its end."""
    return _END.search(text) is not None


_END = re.compile(rf"[{re.escape(TERMINALS)}][{re.escape(CLOSERS)}]*+(?:\s|$)")
_MARKS = tuple(TERMINALS + COMMAS + ":：")


def is_prose(text: str, link_share: float = 0.0) -> bool:
    """Reads like a sentence: long enough, punctuated, not mostly links."""
    return link_share < 0.5 and length(text) >= PROSE and has_sentence(text)


class Finder:
    """Whether pieces occur in a whole text. They are asked for in reading order, so the search goes on where the last one was found;
    what is not there costs a look through the whole, which is bounded: after that only the text ahead is looked through."""

    BUDGET = 20_000_000
    """Characters that all searches may look through: those of a hundred misses in the text of a very long article."""
    AHEAD = 20_000

    def __init__(self, whole: str) -> None:
        self._whole = whole
        self._at = 0
        self._left = self.BUDGET

    def __call__(self, piece: str) -> bool:
        whole, at = self._whole, self._at
        if self._left < 0:
            found = whole.find(piece, at, at + self.AHEAD)
        else:
            found = whole.find(piece, at)
            if found < 0:
                found = whole.find(piece, 0, at + len(piece))
                self._left -= len(whole)
            else:
                self._left -= found - at
        if found >= 0:
            self._at = found
        return found >= 0
