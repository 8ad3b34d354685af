"""The words of page furniture (``data/boilerplate.toml``), which give a dropped block its reason, and whether a sentence tells something."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from newscrawl.writing import IDEOGRAPHS, ends_sentence, length

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TRIMMED = " \t·•*|>»«-–—→▶►▲▼■◆●"
_LATIN_WORD = re.compile(r"[^\W\d_]{2,}")
_CJK = re.compile(f"[{IDEOGRAPHS}]")
# A label with its colon, and names or an outlet no longer than those are.
_LABELLED = re.compile(
    r"^.{1,12}[:：／/丨|]\s*[^:：，]{1,40}(?:[报報社网網台号號会會局部]|新闻|客户端|日报|在线|频道)[。.]$|^.{1,12}[:：]\s*[^\s,，、/。]{2,4}(?:[\s,、/]+[^\s,，、/。]{2,4}){0,4}[。.]$"
)


@dataclass(frozen=True, slots=True)
class _Words:
    only: dict[str, frozenset[str]]
    starts: list[tuple[str, re.Pattern[str]]]
    anywhere: list[tuple[str, re.Pattern[str]]]
    says: list[tuple[str, re.Pattern[str]]]
    whole: list[tuple[str, re.Pattern[str]]]


@cache
def _words() -> _Words:
    """The word lists of ``data/boilerplate.toml``, compiled once."""
    table = tomllib.loads(resources.files("newscrawl.extraction").joinpath("data/boilerplate.toml").read_text("utf-8"))
    compiled: dict[str, list[tuple[str, Any]]] = {kind: [] for kind in ("starts", "anywhere", "says", "whole")}
    for reason, lists in table.items():
        for kind, patterns in compiled.items():
            if kind in lists:
                patterns.append((reason, re.compile("|".join(f"(?:{pattern})" for pattern in lists[kind]), re.I)))
    only = {reason: frozenset(lists["only"].casefold().split()) for reason, lists in table.items() if "only" in lists}
    return _Words(only, **compiled)


_SHORT = 120
"""Weight of a line up to which it is looked at as a whole."""
MAX_FOOT = 4000
"""Weight up to which a whole page foot set as one paragraph is recognised."""


def _licence_marks(text: str) -> int:
    """How many different marks of licences, filings and copyright a text bears."""
    pattern = next(pattern for reason, pattern in _words().anywhere if reason == "licence")
    return len({match[0].casefold() for match in pattern.finditer(text)})


def by_words(text: str, link_share: float = 0.0) -> str | None:
    """The reason that a line's words give, or None.

    A line that is told as a sentence is furniture only where it names the furniture; a long one only as licence text.
    """
    return (_by_words if len(text) <= _REMEMBERED else _by_words.__wrapped__)(text, link_share < 0.5)


_REMEMBERED = 1_500
"""Characters of the longest line whose reason is kept: a site's furniture is the same on each of its pages."""


@lru_cache(maxsize=8192)
def _by_words(text: str, plain: bool) -> str | None:
    size = length(text)
    if 700 < size < MAX_FOOT and _licence_marks(text) >= 3:
        return "licence"
    if size > 900:
        return None
    words = _words()
    bare = text.strip(_TRIMMED)
    if reason := _by_pattern(words, bare, size, told=plain and ends_sentence(text)):
        return reason
    if size < _SHORT:
        for reason, line in words.whole:
            if _whole(line, bare):
                return reason
        found = [w.casefold() for w in _WORD.findall(text)]
        for reason, known in words.only.items():
            if found and all(w in known for w in found):
                return reason
    return None


def told_by(text: str, link_share: float = 0.0) -> str:
    """For a person, what in the line made :func:`by_words` give its reason: the words that matched; empty where it gives none."""
    size, bare, words = length(text), text.strip(_TRIMMED), _words()
    if 700 < size < MAX_FOOT and (marks := _licence_marks(text)) >= 3:
        return f"{marks} marks of licences, filings and copyright"
    reason = by_words(text, link_share)
    told = link_share < 0.5 and ends_sentence(text)
    patterns: list[tuple[str, Any]] = [*(words.says if told else words.anywhere), *(() if told else words.starts)]
    for name, pattern in patterns:
        if name == reason and (found := (pattern.match if isinstance(pattern, re.Pattern) else pattern.search)(bare)):
            return f"the words “{found[0].strip()[:60]}”"
    if any(name == reason and _whole(line, bare) for name, line in words.whole):
        return "the whole line"
    return "no words but those of such lines" if reason else ""


def _by_pattern(words: _Words, bare: str, size: float, *, told: bool) -> str | None:
    for reason, pattern in words.says if told else words.anywhere:
        if (size < 260 or (reason == "licence" and size < 700)) and pattern.search(bare):
            return reason
    if not told and size < 260:
        for reason, opening in words.starts:
            if opening.match(bare):
                return reason
    return None


def _whole(line: re.Pattern[str], bare: str) -> bool:
    return line.fullmatch(bare.rstrip(" .。!！")) is not None


def narrates(text: str) -> bool:
    """Whether a line that ends as a sentence tells something: a question, a call, or more plain words than names and labels have."""
    if text.rstrip("\"'”’»」』）)] ").endswith(("?", "？", "؟", "!", "！")):
        return True
    words = _LATIN_WORD.findall(_CJK.sub(" ", text))
    if len(_CJK.findall(text)) > 2 * len(words):
        return _LABELLED.match(text) is None
    plain = sum(not word[0].isupper() for word in words[1:])
    return plain >= 2 and 2 * plain >= len(words) - 1
