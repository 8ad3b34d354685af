"""Reads credit lines: what a repost or a portal says of an article's origin and makers, as whole lines in or around its body.

A credit leaves the body and becomes a field; its line is kept verbatim in ``syndication.credits``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from newscrawl.extraction.body.phrases import narrates
from newscrawl.writing import IDEOGRAPHS, ends_sentence, length, remembered

MAX_LENGTH = 340
"""A longer line is prose that mentions a source, not a credit."""
_SEPARATOR = r"(?:\s*(?:[:：︰]|\s[/|丨｜-]\s|[丨｜/|]|[\])）】])\s*)"
_WRAP = " \t\u3000()（）[]【】*—–-·•▲▼■◆●○※"
_BAR = re.compile(r"\s*[|｜]\s*|\s{2,}|\s*[;；]\s+")
MAX_LABEL = 40
MAX_TAIL = 120
"""Characters at a paragraph's end in which a bracketed credit stands."""
_GAPS = re.compile(r"\s{3,}")
_URL = re.compile(r"https?://[^\s）)】\]>\"'，。]+", re.I)


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit line: the field it fills (``source``, ``original_title``, …), the value, the line as it stood."""

    into: str
    value: str
    line: str


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    table = tomllib.loads(resources.files("newscrawl.extraction").joinpath("data/credits.toml").read_text("utf-8"))
    forms: list[tuple[str, re.Pattern[str]]] = []
    for form in table["form"]:
        pattern = form["pattern"].replace("{sep}", _SEPARATOR).replace("{{", "{").replace("}}", "}")
        forms.append((form["into"], re.compile(pattern, re.I)))
    return forms


@remembered
def credit_of(text: str) -> Credit | None:
    """The credit that the whole line is, or None; of several on one line the first."""
    return next(iter(credits_in(text)), None)


def credits_in(text: str) -> list[Credit]:
    """The credits that the whole line is: one, or several between bars (``Source: … | Original title: …``)."""
    if length(text) > MAX_LENGTH:
        return []
    pieces = [piece for piece in _BAR.split(text) if piece.strip(_WRAP)]
    if len(pieces) > 1 and len(found := [credit for piece in pieces if (credit := _single(piece, text))]) == len(
        pieces
    ):
        return found
    credit = _single(text, text)
    return [credit] if credit else []


def paired(label: str, value: str) -> list[Credit]:
    """The credit that two cells of a table or a definition list make together, the label in the first."""
    if (
        not label
        or length(label) > MAX_LABEL
        or label.rstrip().endswith((".", "。", "!", "?"))
        or credit_of(label) is not None
    ):
        return []
    return credits_in(f"{label.rstrip(' :：/')}: {value}")


@lru_cache(maxsize=4096)
def _single(text: str, line: str) -> Credit | None:
    text = _GAPS.sub("  ", text)
    bare = text.strip(_WRAP) if not text.lstrip().startswith(("(", "（", "[", "【")) else text.strip().strip(_WRAP)
    for into, pattern in _forms():
        match = pattern.fullmatch(bare)
        if match is None:
            continue
        if ends_sentence(bare) and _tells(into, bare):
            continue
        value = next((v for k, v in match.groupdict().items() if v and k.startswith("value")), "").strip()
        return Credit(into, value.strip(' \u3000“”"《》') if into != "original_title" else value, line)
    return None


_CAPITAL = re.compile(r"(?<![.!?] )\b(?-i:[A-ZÀ-ÞА-Я])[\w’'-]*|\w\.\w")
_CALENDAR = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember"
)
_REPOSTED = re.compile(
    "本文|[^:：]*(?:转载|转自|摘自|选自|整理自|编译自|reposted|reprinted|republished|syndicated)", re.I
)
_CAVEAT = re.compile(r"\berrors?\b|accura|mistakes|original (?:article|text|language|version)|reviewed|仅供参考", re.I)


def _tells(into: str, line: str) -> bool:
    """Whether a line that ends as a sentence is one of the article's: about a source, a title or a translation, and no credit."""
    if into == "origin_note":
        named = any(not _CALENDAR.fullmatch(word) for word in _CAPITAL.findall(line[1:]))
        usual = len(line) <= 80 and line.casefold().startswith(("this ", "originally ", "first "))
        return not (named or usual or re.search(f"[{IDEOGRAPHS}]", line))
    if into == "translated":
        return narrates(line) and not (
            line.casefold().startswith("this ") or _CAVEAT.search(line) or re.match(f"[{IDEOGRAPHS}]", line)
        )
    if into == "editors":
        return narrates(line) and not re.search(f"[{IDEOGRAPHS}]", line) and ";" not in line
    if into == "source":
        return narrates(line) and _REPOSTED.match(line) is None
    return False


def urls_in(text: str) -> list[str]:
    """The addresses written out in a line."""
    return _URL.findall(text)


_BRACKETED_TAIL = re.compile(r"(?<=[。.!?！？…”\"）)])\s*(?P<credit>[（(【\[][^（()）【】\[\]]{3,80}[)）】\]])\s*$")


def tail_credits(paragraphs: list[str]) -> list[Credit]:
    """Cuts bracketed credits, such as （责任编辑：…）, from the ends of the last two paragraphs, in place; returns them."""
    found: list[Credit] = []
    for at in range(max(0, len(paragraphs) - 2), len(paragraphs)):
        text, end = paragraphs[at], len(paragraphs[at])
        # Cut once for all: a paragraph may end with thousands of them.
        while (tail := _BRACKETED_TAIL.search(text, max(0, end - MAX_TAIL), end)) and (
            credit := credit_of(tail["credit"])
        ):
            end = tail.start()
            while end and text[end - 1].isspace():
                end -= 1
            found.append(credit)
        paragraphs[at] = text[:end]
    return found
