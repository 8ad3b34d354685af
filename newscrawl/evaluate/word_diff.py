"""What changed between two texts, word by word; CJK text by character. For people who review a change of the extractor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_CJK = "\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_PIECE = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|\s+|[^\w\s]")
_PAIRS = 4_000_000
"""Comparisons for one pair of paragraphs: beyond, the whole is shown as exchanged. The longest paragraphs of 778 real pages take a tenth."""
_CONTEXT = 30
"""Characters of unchanged text that are shown on each side of a change."""
_ALIKE = 0.3
"""Paragraphs that share less of their words are shown as one gone and one new, rather than as a salad of both."""


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of the text: equal in both (``old == new``), or exchanged; either side may be empty."""

    old: str
    new: str

    @property
    def equal(self) -> bool:
        """Whether nothing changed here."""
        return self.old == self.new


def word_diff(old: str, new: str) -> list[Change]:
    """The two texts as stretches that joined give each of them again."""
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    ends = len(before) - tail, len(after) - tail
    changes = [
        _equal(before[:head]),
        *_middle(before[head : ends[0]], after[head : ends[1]]),
        _equal(before[ends[0] :]),
    ]
    return _joined(change for change in changes if change.old or change.new)


def _equal(pieces: list[str]) -> Change:
    return Change("".join(pieces), "".join(pieces))


def _shared(one: list[str], other: list[str]) -> int:
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count


def _middle(before: list[str], after: list[str]) -> list[Change]:
    whole = [Change("".join(before), "".join(after))]
    if len(before) * len(after) > _PAIRS:
        return whole
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if before and after and matcher.ratio() < _ALIKE:
        return whole
    return [Change("".join(before[a:b]), "".join(after[c:d])) for _, a, b, c, d in matcher.get_opcodes()]


def _joined(changes: Iterator[Change]) -> list[Change]:
    """Without islands: a space or a comma between two changed words belongs to the change."""
    kept: list[Change] = []
    waiting: Change | None = None
    for change in changes:
        if kept and not kept[-1].equal and change.equal and waiting is None and re.fullmatch(r"[^\w]{1,2}", change.old):
            waiting = change
            continue
        if waiting is not None:
            if change.equal:
                kept.append(waiting)
            else:
                last = kept.pop()
                change = Change(last.old + waiting.old + change.old, last.new + waiting.new + change.new)
            waiting = None
        kept.append(change)
    return kept + ([waiting] if waiting else [])


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """A paragraph that changed: its number, from 1, in the old text (of a new one: the number it comes after), and how."""

    number: int
    changes: list[Change]


def paragraph_diff(old: str, new: str) -> list[ParagraphChange]:
    """The paragraphs of ``old`` and ``new`` (divided by blank lines) that differ, each with its words' changes."""
    before, after = old.split("\n\n") if old else [], new.split("\n\n") if new else []
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if b - a == d - c:
            found += [
                ParagraphChange(a + place + 1, word_diff(before[a + place], after[c + place])) for place in range(b - a)
            ]
        else:  # joined, divided, gone or new
            found.append(
                ParagraphChange(a + 1 if b > a else a, word_diff("\n\n".join(before[a:b]), "\n\n".join(after[c:d])))
            )
    return found


def marked(changes: list[Change], colour: bool) -> str:
    """In one line: ``[-gone-]{+new+}``, or red and green; long unchanged stretches are shortened to their ends."""
    parts = []
    for place, change in enumerate(changes):
        if change.equal:
            parts.append(_shortened(change.old, place == 0, place == len(changes) - 1))
            continue
        for text, signs, code in ((change.old, "[-{}-]", 31), (change.new, "{{+{}+}}", 32)):
            if text:
                parts.append(f"\033[{code}m{_one_line(text)}\033[0m" if colour else signs.format(_one_line(text)))
    return "".join(parts)


def _shortened(text: str, first: bool, last: bool) -> str:
    head = "" if first else text[:_CONTEXT]
    tail = "" if last else text[-_CONTEXT:]
    return _one_line(f"{head}…{tail}" if len(head) + len(tail) < len(text) else text)


def _one_line(text: str) -> str:
    return text.replace("\n\n", " ¶ ").replace("\n", " ")
