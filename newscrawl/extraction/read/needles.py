"""Patterns of many alternatives, tried only on texts that hold what they need.

A search for a hundred alternatives tries each of them at each character; the few strings without which none of them can match are found
ten times as fast. They are read off the patterns themselves, so a word list stays a plain list of regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # CPython's own reading of a pattern, 3.11 and later
from typing import Any


def needles(pattern: str) -> frozenset[str] | None:
    """Lower-case strings of which any text that the pattern matches, whatever its case, holds at least one; None where there are none."""
    return _needles(_parser.parse(pattern, re.I))


def _needles(sequence: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """Of all the parts that a match must have, the literal text or the choice of texts that says most."""
    found: list[frozenset[str] | None] = []
    run = ""
    for kind, value in sequence:
        if kind is _constants.LITERAL:
            run += chr(value)
            continue
        found.append(frozenset((_low(run),)))
        run = ""
        if kind is _constants.SUBPATTERN:
            found.append(_needles(value[3]))
        elif kind is _constants.BRANCH:
            choices = [_needles(choice) for choice in value[1]]
            found.append(None if None in choices else frozenset().union(*(choice for choice in choices if choice)))
        elif kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT) and value[0] > 0:
            found.append(_needles(value[2]))
    found.append(frozenset((_low(run),)))
    best = max((choice for choice in found if choice and "" not in choice), key=_worth, default=None)
    return best if best and _worth(best) >= 2 else None


def _low(text: str) -> str:
    """The text without case as ``re.IGNORECASE`` sees it, which takes the Turkish i with and without its dot for one letter."""
    return text.lower() if text.isascii() else text.casefold().replace("ı", "i").replace("\u0307", "")


def _worth(choice: frozenset[str]) -> int:
    """Bytes of the shortest string: an ideograph is as rare as three letters."""
    return min(len(text.encode()) for text in choice)


class Needed:
    """The strings of which a text must hold one for any of the patterns to match it; patterns without such strings are left out."""

    def __init__(self, patterns: Iterable[str]) -> None:
        every: frozenset[str] = frozenset().union(*(choice for text in patterns if (choice := needles(text))))
        wanted = sorted(text for text in every if not any(other in text for other in every if other != text))
        self._latin = [text for text in wanted if text.isascii()]
        self._other = [text for text in wanted if not text.isascii()]

    def stand_in(self, text: str) -> bool:
        """Whether one of the strings stands in the text, whatever its case."""
        low = _low(text)
        for wanted in self._latin:
            if wanted in low:
                return True
        return not low.isascii() and any(wanted in low for wanted in self._other)


class Guarded:
    """Alternatives as one pattern without regard to case, which does not run on a text that cannot match."""

    def __init__(self, alternatives: Iterable[str]) -> None:
        known = list(dict.fromkeys(alternatives))
        loose = [text for text in known if needles(text) is None]
        self._pattern, self._loose = _union(known), _union(loose) if loose else None
        self._needed = Needed(known)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match of any alternative."""
        pattern = self._pattern if self._needed.stand_in(text) else self._loose
        return pattern.search(text) if pattern else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches, in order."""
        return self._pattern.finditer(text)


def _union(alternatives: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{text})" for text in alternatives), re.I)
