"""Lists of other articles, recognised by their shape: stamped items, linked items, cards, and what follows a heading such as 'Related'."""
from __future__ import annotations

import re
from collections.abc import Sequence

from newscrawl.extract.page import Container, Line, Page, ancestors, is_prose, weight
from newscrawl.extract.phrases import SENTENCE_END, heading_of
from newscrawl.extract.remember import remembered
from newscrawl.extract.trace import Trace

_DURATION = r"(?:\d{1,2}:)?\d{1,3}:\d{2}"
_AGO = (
    r"(?:\d+|an?|one|刚刚|昨天|前天|今天)\s*(?:秒钟?|分钟?|个?小时|天|周|个?月|年)?前|刚刚|昨天|前天|(?:\d+|an?|one)\s*(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?|[smhdw])\s+ago|"
    r"vor (?:\d+|einem|einer) (?:sekunden?|minuten?|stunden?|tag(?:en)?|wochen?|monat(?:en)?)|il y a \d+ \w+|hace \d+ \w+|há \d+ \w+|\d+ \w+ назад|\d+ ?(?:分|時間|日|週間|か月)前|\d+ ?(?:분|시간|일|주) ?전"
)
_DAY = r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?|(?:0?[1-9]|1[0-2])(?:[-/]|月)(?:0?[1-9]|[12]\d|3[01])日?(?:\s+\d{1,2}:\d{2})?|(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./](?:19|20)?\d{2}"
STAMP = re.compile(rf"(?:{_DURATION}|{_AGO}|{_DAY})", re.I)
_STAMPED_EDGE = re.compile(rf"^(?:{_DURATION})(?!\d)|(?<![\d.,])(?:{_AGO}|{_DAY})$", re.I)
_MAY_STAMP = re.compile(r"[\d前刚昨]")


def _may_stamp(text: str) -> bool:
    """Whether a stamp is possible: each holds a digit or one of a few words, which are found much sooner than a stamp."""
    return _MAY_STAMP.search(text) is not None or "ago" in (low := text.lower()) or "vor ein" in low


@remembered
def has_stamp(text: str) -> bool:
    """Whether a duration, a relative time or a date stands somewhere in the line."""
    return _may_stamp(text) and STAMP.search(text) is not None


@remembered
def _stamped(text: str) -> bool:
    """Whether the line begins with a duration or ends with a relative time or a date."""
    return _may_stamp(text) and _STAMPED_EDGE.search(text) is not None


def mark_lists(page: Page, trace: Trace | None = None) -> None:
    """Gives the lines of recognised lists the reason ``recommended`` (or ``comment``, where a heading says so)."""
    _sections(page, trace)
    _repeated([line for line in page.lines if not line.hidden], trace)
    _interleaved([line for line in page.lines if not line.hidden], trace)
    _cards(page.lines, trace)


def _sections(page: Page, trace: Trace | None) -> None:
    """A heading such as 'Related' and the list that follows it: link lines, stamped lines, short lines, until prose comes again."""
    lines = page.lines
    prose = sum(box.prose for box in page.containers if box.parent is None) or 1
    for i, line in enumerate(lines):
        if line.reason not in (None, "recommended"):
            continue
        reason = heading_of(line.text)
        if reason is None:
            continue
        followers = _list_after(lines, i) + _rest_of_box(page, line, prose)
        if heading_of(line.text, sure=True) is None and not _listed(followers):
            continue
        if followers or line.link_share > 0.5 or line.emphasised or line.tag in ("h2", "h3", "h4", "h5", "h6"):
            line.reason = reason
        for follower in followers:
            follower.reason = follower.reason or reason
        if trace is not None:
            trace.step("heading", [line, *followers], cause=line)


def _listed(followers: Sequence[Line]) -> bool:
    """Whether at least half of the lines are links, stamped, or recognised already; lines of a text-only page have no links to show."""
    plain = sum(line.reason is None and line.container is not None and line.link_share <= 0.5 and not has_stamp(line.text) for line in followers)
    return bool(followers) and 2 * plain <= len(followers)


def _rest_of_box(page: Page, heading: Line, prose: int) -> list[Line]:
    """The other lines of the largest container that opens with the heading and holds no large part of the page's prose."""
    opened = [box for box in ancestors(heading.container) if box.first == heading.index and box.prose < 0.3 * prose]
    if not opened:
        return []
    lines = [line for line in page.lines[heading.index + 1:opened[-1].last + 1] if not line.hidden]
    return [] if any(line.tag == "h1" for line in lines) else lines


def _list_after(lines: Sequence[Line], start: int) -> list[Line]:
    found: list[Line] = []
    for line in lines[start + 1:start + 200]:
        if line.hidden or line.reason not in (None, "recommended"):
            if line.reason in ("licence", "footer"):
                break
            continue
        if is_prose(line.text, line.link_share) and not _stamped(line.text):
            break
        if SENTENCE_END.search(line.text) and line.link_share < 0.3 and weight(line.text) > 50:
            break
        if found and line.text.endswith(("。", ".")) and line.links == 0 and all(item.link_share > 0.5 for item in found):
            break
        if line.link_share < 0.5 and line.tag in ("h2", "h3") and not has_stamp(line.text) and heading_of(line.text) is None:
            break
        found.append(line)
    return found


def _repeated(lines: Sequence[Line], trace: Trace | None) -> None:
    """Three or more items in a row, each with a link or a stamp (``00:09``, ``2天前``): a list of other articles, named or not."""
    run: list[Line] = []
    items = 0

    def close() -> None:
        if items >= 3:
            for member in run:
                member.reason = member.reason or "recommended"
            if trace is not None:
                trace.step("repeated", run, note=f"{items}")

    for line in lines:
        if line.reason not in (None, "recommended"):
            continue
        size = weight(line.text)
        stamped = size < 260 and _stamped(line.text)
        linked = line.link_share > 0.55 and size < 300 and not (line.tag == "p" and SENTENCE_END.search(line.text) and line.links > 1)
        bare_stamp = stamped and size < 60
        if (stamped and (line.link_share > 0.3 or bare_stamp)) or (linked and not SENTENCE_END.search(line.text)):
            run.append(line)
            items += 1 if stamped or linked else 0
        elif run and size < 160 and not SENTENCE_END.search(line.text) and not is_prose(line.text, line.link_share) and _near(run[-1], line):
            run.append(line)
        else:
            while run and run[-1].link_share < 0.5 and not _stamped(run[-1].text):
                run.pop()
            close()
            run, items = [], 0
    close()


MIN_STAMPS = 4
MAX_BETWEEN = 3
_DAY_STAMP = re.compile(rf"(?<![\d.,])(?:{_AGO}|{_DAY})$", re.I)


def _interleaved(lines: Sequence[Line], trace: Trace | None) -> None:
    """Headlines without links, each with a line such as ``时讯2026/01/07`` or ``2 days ago``: at least four such lines, with one to
    three short ones between them. Headlines may end like sentences; what is as long as a paragraph ends the list."""
    stamps = [at for at, line in enumerate(lines) if weight(line.text) < 60 and line.reason in (None, "recommended") and _is_day(line.text)]
    run: list[int] = []
    for at in [*stamps, len(lines) + MAX_BETWEEN + 2]:
        alike = run and at < len(lines) and _shape(lines[at]) == _shape(lines[run[0]]) and _clocked(lines[at]) == _clocked(lines[run[0]])
        if run and not (alike and 1 < at - run[-1] <= MAX_BETWEEN + 1 and all(map(_listable, lines[run[-1] + 1:at]))):
            if len(run) >= MIN_STAMPS:
                listed = [*_lead(lines, run), *lines[run[0]:run[-1] + 1]]
                for line in listed:
                    line.reason = line.reason or "recommended"
                if trace is not None:
                    trace.step("interleaved", listed, note=f"{len(run)}")
            run = []
        run.append(at)


def _clocked(line: Line) -> bool:
    """Whether a time of day stands beside the date: an article's own date line has one where a list's have none."""
    return ":" in line.text[-9:]


def _is_day(text: str) -> bool:
    return _may_stamp(text) and _DAY_STAMP.search(text) is not None


def _listable(line: Line) -> bool:
    return line.reason in (None, "recommended") and line.tag != "h1" and weight(line.text) < 200 and not line.text.endswith("。")


def _lead(lines: Sequence[Line], run: Sequence[int]) -> list[Line]:
    """The lines of the first item over its stamp, where the other items have lines of the same shape there."""
    found: list[Line] = []
    for back in range(1, run[1] - run[0]):
        at = run[0] - back
        if at < 0 or not _listable(lines[at]) or _shape(lines[at]) != _shape(lines[run[1] - back]):
            break
        found.append(lines[at])
    return found


def _near(before: Line, line: Line) -> bool:
    """Whether two lines are the same kind of thing: same container, or containers of the same tag not far apart."""
    a, b = before.container, line.container
    if a is None or b is None:
        return True
    return a.parent is b.parent or a is b or any(x is a.parent for x in ancestors(b.parent))


def _shape(line: Line) -> tuple[str, str, str]:
    box = line.container
    up = box.parent if box is not None else None
    return (line.tag, _name(box), up.tag if up is not None else "")


def _name(box: Container | None) -> str:
    return (box.element.get("class") or "") if box is not None else ""


MAX_PERIOD = 6


def _cards(lines: Sequence[Line], trace: Trace | None) -> None:
    """Teasers: a linked headline with its text, date or section, three or more of the same shape in a row.

    A listicle has that shape too, so cards that hold most of the page's prose stay.
    """
    shown = [line for line in lines if not line.hidden]
    shapes, heads = [_shape(line) for line in shown], [_headline(line) for line in shown]
    prose = sum(weight(line.text) for line in shown if line.reason is None and is_prose(line.text, line.link_share)) or 1.0
    at = 0
    while at < len(shown):
        span = _period(shown, shapes, heads, at) if heads[at] else 0
        if not span:
            at += 1
            continue
        cards = shown[at:at + span]
        held = sum(weight(line.text) for line in cards if line.reason is None and is_prose(line.text, line.link_share))
        dated = sum(has_stamp(line.text) for line in cards) >= 3
        if held < (0.65 if dated else 0.4) * prose:
            for line in cards:
                line.reason = line.reason or "recommended"
            if trace is not None:
                trace.step("cards", cards, note=f"{len(cards)}")
        at += span


def _headline(line: Line) -> bool:
    share, half = line.link_share, len(line.text) // 2
    doubled = share > 0.3 and line.text[:half].strip() == line.text[half:].strip()
    return (share > 0.8 or doubled) and 14 <= weight(line.text) <= 400


def _period(lines: Sequence[Line], shapes: Sequence[tuple[str, str, str]], heads: Sequence[bool], at: int) -> int:
    """How many lines from ``at`` on repeat one sequence of shapes at least three times; 0 for none."""
    for period in range(2, MAX_PERIOD + 1):
        unit, next_at = shapes[at:at + period], at + period
        if len(set(unit)) == 1:
            continue
        while next_at < len(lines) and heads[next_at] and shapes[next_at:next_at + period] == unit:
            next_at += period
        span = lines[at:next_at]
        if len(span) >= 3 * period and all(weight(line.text) < 500 for line in span) and _separate(span, period):
            return len(span)
    return 0


def _separate(span: Sequence[Line], period: int) -> bool:
    """Whether the units are cards of their own: each has a container that the others have not, or all lines are flat siblings.

    Paragraphs with a linked teaser between every two of them repeat a sequence too, but are neither.
    """
    if any(line.tag == "p" and weight(line.text) > 120 for line in span[1:]) and len({_common(span[i:i + period]) for i in range(0, len(span), period)}) == 1:
        return False
    if len({id(line.container.parent) for line in span if line.container is not None}) == 1:
        return True
    homes = [_common(span[i:i + period]) for i in range(0, len(span), period)]
    return len(set(homes)) == len(homes)


def _common(lines: Sequence[Line]) -> int:
    """Index of the innermost container that holds all the lines; -1 for none."""
    shared: set[int] | None = None
    for line in lines:
        above = {box.index for box in ancestors(line.container)}
        shared = above if shared is None else shared & above
    return max(shared or {-1})
