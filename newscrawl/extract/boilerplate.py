"""Recognises page furniture, line by line, before the body is chosen: shape first, words second, names of containers third.

Each line that goes gets its reason. A line that a rule is unsure of keeps ``reason = None`` and is decided by the body's own rules.
"""
from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from newscrawl.extract.blocks import Container, Line, Page, ancestors, is_prose, total, weight
from newscrawl.extract.marks import Mark

_DURATION = r"(?:\d{1,2}:)?\d{1,3}:\d{2}"
_AGO = (
    r"(?:\d+|an?|one|刚刚|昨天|前天|今天)\s*(?:秒钟?|分钟?|个?小时|天|周|个?月|年)?前|刚刚|昨天|前天|(?:\d+|an?|one)\s*(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?|[smhdw])\s+ago|"
    r"vor (?:\d+|einem|einer) (?:sekunden?|minuten?|stunden?|tag(?:en)?|wochen?|monat(?:en)?)|il y a \d+ \w+|hace \d+ \w+|há \d+ \w+|\d+ \w+ назад|\d+ ?(?:分|時間|日|週間|か月)前|\d+ ?(?:분|시간|일|주) ?전"
)
_DAY = r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?|(?:0?[1-9]|1[0-2])(?:[-/]|月)(?:0?[1-9]|[12]\d|3[01])日?(?:\s+\d{1,2}:\d{2})?|(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./](?:19|20)?\d{2}"
STAMP = re.compile(rf"(?:{_DURATION}|{_AGO}|{_DAY})", re.I)
_STAMPED_EDGE = re.compile(rf"^(?:{_DURATION})(?!\d)|(?<![\d.,])(?:{_AGO}|{_DAY})$", re.I)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\W\d_]+(?:['’-][^\W\d_]+)*")
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
    for reason, pattern in _words().heading:
        if pattern.match(bare):
            return reason
    return None


_REASONS: list[tuple[Mark, str]] = [
    (Mark.NAVIGATION, "navigation"), (Mark.FOOTER, "footer"), (Mark.SHARE, "share-bar"), (Mark.COMMENT, "comment"), (Mark.ADVERT, "advert"),
    (Mark.NEWSLETTER, "newsletter"), (Mark.RELATED, "recommended"), (Mark.SIDEBAR, "sidebar"), (Mark.CONSENT, "consent"),
    (Mark.LICENCE, "licence"), (Mark.TAGS, "tags"), (Mark.AUTHOR_BOX, "author-box"), (Mark.CAPTION, "caption"), (Mark.TOOL, "tool"),
]
# How large a share of the page's prose a container may hold and still go by its name alone; 0: its name decides only with other evidence.
_PROSE_LIMIT: dict[str, float] = {
    "navigation": 0.25, "footer": 0.3, "share-bar": 0.08, "comment": 0.8, "advert": 0.15, "newsletter": 0.15, "recommended": 0.35, "sidebar": 0.3,
    "consent": 0.3, "licence": 0.2, "tags": 0.1, "author-box": 0.2, "caption": 0.12, "tool": 0.05,
}


def mark_page(page: Page) -> None:
    """Gives every recognised line its reason."""
    _unhide(page)
    lines = [line for line in page.lines if not line.hidden]
    for line in page.lines:
        if line.hidden:
            line.reason = "hidden"
    _by_container(page)
    for line in lines:
        if line.reason is None:
            line.reason = by_words(line.text)
    _sections(page)
    _repeated(lines)


def _unhide(page: Page) -> None:
    """Takes a page at its word only where it shows more than it hides: scripts un-hide streamed or faded-in articles."""
    shown = hidden = 0
    for line in page.lines:
        size = len(line.text) if is_prose(line.text, line.link_share) else 0
        hidden += size if line.hidden else 0
        shown += 0 if line.hidden else size
    if hidden > 1.5 * shown and hidden > 400:
        for line in page.lines:
            line.hidden = False
        total(page)


def _by_container(page: Page) -> None:
    """Containers whose names say furniture and whose prose does not contradict."""
    prose = sum(box.prose for box in page.containers if box.parent is None) or 1
    for box in page.containers:
        if not box.blocks or box.tag in ("html", "body"):
            continue
        reason = _container_reason(box, prose)
        if reason is None or (reason == "comment" and box.prose > 0.35 * prose and not _prose_before(page, box)):
            continue
        for line in page.lines[box.first:box.last + 1]:
            if line.reason is None:
                line.reason = reason


def _prose_before(page: Page, box: Container) -> bool:
    """Whether an article stands above a large container that is named for comments."""
    above = sum(len(line.text) for line in page.lines[:box.first] if not line.hidden and is_prose(line.text, line.link_share))
    return above >= 300


def _container_reason(box: Container, page_prose: int) -> str | None:
    share = box.prose / page_prose
    for mark, reason in _REASONS:
        if not box.marks & mark or share > _PROSE_LIMIT[reason]:
            continue
        if box.marks & (Mark.BODY | Mark.ARTICLE) and reason not in ("share-bar", "comment", "newsletter", "author-box", "tags", "caption") and share > 0.02:
            continue
        if reason in ("recommended", "tool", "caption", "advert", "sidebar", "consent", "share-bar") and not _furnished(box, reason):
            continue
        return reason
    return None


def _furnished(box: Container, reason: str) -> bool:
    """Whether a container looks like what its name says: links, short lines, or a tag that says the same."""
    if box.tag in ("aside", "figure", "figcaption", "nav", "form", "button", "dialog"):
        return True
    if reason == "caption":
        return box.tag in ("span", "div", "p", "li", "small", "em", "td", "dd", "a") and box.blocks <= 6
    links = box.link_chars / max(1, box.chars)
    return links > 0.3 or box.prose == 0 or reason in ("advert", "consent")


def _sections(page: Page) -> None:
    """A heading such as 'Related' and the list that follows it: link lines, stamped lines, short lines, until prose comes again."""
    lines = page.lines
    for i, line in enumerate(lines):
        if line.reason not in (None, "recommended"):
            continue
        reason = heading_of(line.text)
        if reason is None:
            continue
        followers = _list_after(lines, i)
        if followers or line.link_share > 0.5 or line.emphasised or line.tag in ("h2", "h3", "h4", "h5", "h6"):
            line.reason = reason
        for follower in followers:
            follower.reason = follower.reason or reason


def _list_after(lines: Sequence[Line], start: int) -> list[Line]:
    found: list[Line] = []
    for line in lines[start + 1:start + 200]:
        if line.hidden or line.reason not in (None, "recommended"):
            if line.reason in ("licence", "footer"):
                break
            continue
        if is_prose(line.text, line.link_share) and not _STAMPED_EDGE.search(line.text):
            break
        if SENTENCE_END.search(line.text) and line.link_share < 0.3 and weight(line.text) > 50:
            break
        if line.link_share < 0.5 and not STAMP.search(line.text) and line.tag in ("h2", "h3") and heading_of(line.text) is None:
            break
        found.append(line)
    return found


def _repeated(lines: Sequence[Line]) -> None:
    """Three or more items in a row, each with a link or a stamp (``00:09``, ``2天前``): a list of other articles, named or not."""
    run: list[Line] = []
    items = 0

    def close() -> None:
        if items >= 3:
            for member in run:
                member.reason = member.reason or "recommended"

    for line in lines:
        if line.reason not in (None, "recommended"):
            continue
        size = weight(line.text)
        stamped = _STAMPED_EDGE.search(line.text) is not None and size < 260
        linked = line.link_share > 0.55 and size < 300 and not (line.tag == "p" and SENTENCE_END.search(line.text) and line.links > 1)
        bare_stamp = stamped and size < 60
        if (stamped and (linked or bare_stamp)) or (linked and not SENTENCE_END.search(line.text)):
            run.append(line)
            items += 1 if stamped or linked else 0
        elif run and size < 160 and not SENTENCE_END.search(line.text) and not is_prose(line.text, line.link_share) and _near(run[-1], line):
            run.append(line)
        else:
            while run and run[-1].link_share < 0.5 and not _STAMPED_EDGE.search(run[-1].text):
                run.pop()
            close()
            run, items = [], 0
    close()


def _near(before: Line, line: Line) -> bool:
    """Whether two lines are the same kind of thing: same container, or containers of the same tag not far apart."""
    a, b = before.container, line.container
    if a is None or b is None:
        return True
    return a.parent is b.parent or a is b or any(x is a.parent for x in ancestors(b.parent))
