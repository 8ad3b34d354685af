"""The explanation of a page for a terminal: fields, blocks with their reasons, and what came of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from newscrawl.explain.explanation import BlockRow, Explanation, FieldRow, Gap, shown

WIDTH = 100
_MARGIN = 19
_GREEN, _DIM, _OFF = "\x1b[32m", "\x1b[2m", "\x1b[0m"


def render(told: Explanation, width: int = WIDTH, *, colours: bool = False) -> str:
    """The whole text, lines at most ``width`` columns where they hold page text; ``colours`` adds ANSI codes, which never tell alone."""
    width = max(60, width)
    lines = [*_head(told, width), "", *_fields(told, width), "", *_blocks(told, width, colours)]
    if told.reason:
        lines += (
            ["", "in numbers: " + ", ".join(f"{number} {words}" for words, number in told.numbers.items())]
            if told.numbers
            else []
        )
    return "\n".join(lines) + "\n"


def _head(told: Explanation, width: int) -> Iterator[str]:
    if told.reason:
        detail = f" ({told.detail})" if told.detail else ""
        yield plain(f"no article: {told.reason}{detail}")
        yield from (f"  {line}" for line in [plain(told.meaning)] if line)
    elif told.article is not None:
        yield plain(f"{told.article.kind}: {told.article.title or '(no title)'} — {told.size}")
    yield plain(f"  {told.url}")
    yield from (plain(f"  {note}") for note in told.notes)
    yield plain("  extractor: " + ", ".join(f"{name} {version}" for name, version in told.extractor.items()))


def _fields(told: Explanation, width: int) -> Iterator[str]:
    empty = [row.name for row in told.fields if not row.value and not row.others]
    for row in told.fields:
        if row.value or row.others:
            yield from _field(row, width)
    if empty:
        yield f"nothing found: {', '.join(empty)}"


def _field(row: FieldRow, width: int) -> Iterator[str]:
    place = f"  [{row.place}]" if row.place else ""
    yield plain(f"{row.name:<13} {fit(row.value or '—', width - 14 - len(place))}{place}")
    for other in row.others:
        end = f"[{other.place}]" + (f" {other.why}" if other.why else "")
        mark = "=" if other.verdict == "agrees" else "x"
        yield plain(f"              {mark} {other.verdict}: {fit(other.value, max(20, width - 26 - len(end)))} {end}")


def _blocks(told: Explanation, width: int, colours: bool) -> Iterator[str]:
    if not told.blocks:
        return
    kept = sum(row.kept for row in told.blocks)
    yield f"{len(told.blocks)} blocks, {kept} kept (+), {len(told.blocks) - kept} dropped (-; > where a field was read from it):"
    yield "  " + ", ".join(f"{reason} {blocks} ({chars} characters)" for reason, blocks, chars in told.reasons())
    yield ""
    before = ""
    for row in shown(told.blocks):
        if isinstance(row, Gap):
            yield f"… blocks {row.first} to {row.last} are not shown: {row.reasons}"
            before = ""
            continue
        text, code = _line(row, width), _GREEN if row.kept else _DIM
        yield f"{code}{text}{_OFF}" if colours else text
        told_now = f"{row.reason}: {row.evidence}"
        # A run of blocks that one thing decided has its evidence once.
        if row.evidence and told_now != before:
            yield plain(" " * _MARGIN + "  " + row.evidence)
        if row.fields:
            yield plain(" " * _MARGIN + f"  read from it: {', '.join(row.fields)}")
        before = told_now
    yield from (plain(f"- cut from a paragraph's end: {line}") for line in told.cut)


def _line(row: BlockRow, width: int) -> str:
    links = f"{row.link_share:>4.0%}" if row.link_share >= 0.005 else "    "
    head = f"{'+' if row.kept else '>' if row.fields else '-'}{row.index:>4} {row.reason:<11.11}"
    return plain(f"{head:<17} {fit(row.text, width - _MARGIN - 5)}") + (f" {links} links" if links.strip() else "")


def fit(text: str, columns: int) -> str:
    """The text in at most so many columns, CJK characters counted as two; what is cut ends with ``…``."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > max(10, columns) - 1 and at < len(text) - 1:
            return text[:at] + "…"
    return text


def plain(text: str) -> str:
    """One line that a terminal only shows: control and direction characters, which a page could steer it with, become ``?``."""
    return "".join("?" if unicodedata.category(char) in ("Cc", "Cs") or char in _DIRECTION else char for char in text)


_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
