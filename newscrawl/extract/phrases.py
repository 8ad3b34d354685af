"""The words of page furniture (``data/boilerplate.toml``) and the marks by which a line reads like a sentence."""
from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from newscrawl.extract.page import weight

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_JOINTS = re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff])[\s·•|/]+(?=[\u3040-\u30ff\u3400-\u9fff])")
SENTENCE_END = re.compile(r"[.!?。！？…؟।։][\"'”’»」』）)\]*]*\s*$")


@dataclass(frozen=True, slots=True)
class _Words:
    only: dict[str, frozenset[str]]
    starts: list[tuple[str, re.Pattern[str]]]
    anywhere: list[tuple[str, re.Pattern[str]]]
    heading: list[tuple[str, re.Pattern[str]]]


@cache
def _words() -> _Words:
    """The word lists of ``data/boilerplate.toml``, compiled once."""
    table = tomllib.loads(resources.files("newscrawl.extract").joinpath("data/boilerplate.toml").read_text("utf-8"))
    compiled: dict[str, list[tuple[str, re.Pattern[str]]]] = {"starts": [], "anywhere": [], "heading": []}
    for reason, lists in table.items():
        for kind, patterns in compiled.items():
            if kind in lists:
                patterns.append((reason, re.compile("|".join(f"(?:{p})" for p in lists[kind]), re.I)))
    only = {reason: frozenset(lists["only"].casefold().split()) for reason, lists in table.items() if "only" in lists}
    return _Words(only, compiled["starts"], compiled["anywhere"], compiled["heading"])


def by_words(text: str) -> str | None:
    """The reason that a line's words give, or None. A long sentence is furniture only as licence text."""
    size = weight(text)
    if size > 900:
        return None
    words = _words()
    bare = text.strip(" \t·•*|>»«-–—→▶►▲▼■◆●")
    for reason, pattern in words.anywhere:
        if (size < 260 or (reason == "licence" and size < 700)) and pattern.search(bare):
            return reason
    if size < 260:
        for reason, pattern in words.starts:
            if pattern.match(bare):
                return reason
    if size < 120:
        found = [w.casefold() for w in _WORD.findall(text)]
        for reason, known in words.only.items():
            if found and all(w in known for w in found):
                return reason
    return None


def heading_of(text: str) -> str | None:
    """``recommended`` or ``comment`` where a short line opens such a section, else None."""
    if weight(text) > 110:
        return None
    bare = text.strip(" \t·•*|>»«-–—→▶►▲▼■◆●:：【】[]()（）")
    joined = _JOINTS.sub("", bare)
    for reason, pattern in _words().heading:
        if pattern.match(bare) or pattern.match(joined):
            return reason
    return None
