"""Chooses the blocks that are the article: trafilatura's vote, the container that holds most of it, and what stands between.

trafilatura sees the tree from which recognised furniture is gone; its text is aligned to the blocks and is a vote, not the
result. Blocks between voted ones in the same container come back (subheadings, short paragraphs); blocks after the last that reads like
the article go.
"""
from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from newscrawl.extract.lists import has_stamp
from newscrawl.extract.page import Container, Line, Page, ancestors, is_prose, weight
from newscrawl.extract.phrases import SENTENCE_END
from newscrawl.extract.remember import remembered
from newscrawl.extract.trace import Selection, Trace

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

_WORD = re.compile(r"[^\W_]+")
_PRUNED = frozenset("navigation footer share-bar comment advert newsletter recommended sidebar consent licence tool hidden app-prompt".split())


@remembered
def fold(text: str) -> str:
    """Letters and digits only, case folded: what two renderings of the same line have in common."""
    return "".join(_WORD.findall(text)).casefold()


def vote(page: Page, tree: HtmlElement, url: str | None) -> list[float]:
    """For each line, how much of it trafilatura kept: 1, 0.5 (its beginning or end), or 0."""
    with _without(furniture(page)):
        text, paragraphs = _trafilatura(tree, url)
    holds = _finder(fold(text))
    short = {fold(p) for p in paragraphs if len(p) < MAX_SHORT}
    rows: dict[int, bool] = {}
    votes: list[float] = []
    for line in page.lines:
        key = "" if line.hidden else fold(line.text)
        if len(key) >= SHORTEST:
            votes.append(1.0 if holds(key) else 0.5 if holds(key[:40]) or holds(key[-40:]) else 0.0)
        else:
            votes.append(1.0 if key and (key in short or (line.tag in ("td", "th") and _row_held(line, holds, rows))) else 0.0)
    return votes


SHORTEST = 20
"""Letters and digits of a line that is looked for in trafilatura's text; a shorter one must be a part of its own."""
MAX_SHORT = 400
"""Characters of a part of trafilatura's text that can be shorter than that."""


def _finder(whole: str) -> Callable[[str], bool]:
    """Whether a piece occurs in ``whole``; pieces are asked for in reading order, so the search goes on where the last one was found."""
    at = 0

    def holds(piece: str) -> bool:
        nonlocal at
        found = whole.find(piece, at)
        if found < 0:
            found = whole.find(piece, 0, at + len(piece))
        at = found if found >= 0 else at
        return found >= 0

    return holds


def _row_held(line: Line, holds: Callable[[str], bool], rows: dict[int, bool]) -> bool:
    """Whether a table cell's row was kept: cells are too short to be found in a text, rows are not."""
    up = line.container.parent if line.container is not None else None
    if up is None:
        return False
    if up.index not in rows:
        key = fold("".join(up.element.itertext()))
        rows[up.index] = len(key) >= 12 and holds(key)
    return rows[up.index]


def _trafilatura(tree: HtmlElement, url: str | None) -> tuple[str, list[str]]:
    """trafilatura's text and its parts; ``fast`` leaves out readability and jusText, which cost as much again and vote no better."""
    try:
        document = bare_extraction(tree, url=url, with_metadata=False, include_comments=False, fast=True)
    except Exception:  # noqa: BLE001 - whatever a page makes of it, our own rules still decide; the vote is then empty
        return "", []
    if document is None or isinstance(document, dict) or document.body is None:
        return "", []
    return document.text or "", ["".join(element.itertext()) for element in document.body.iter("p", "head", "item", "quote", "cell", "row", "list")]


def furniture(page: Page) -> list[HtmlElement]:
    """The outermost containers all of whose lines were recognised as furniture."""
    kept: set[int] = set()
    for line in page.lines:
        if line.reason not in _PRUNED:
            for box in ancestors(line.container):
                if box.index in kept:
                    break
                kept.add(box.index)
    return [box.element for box in page.containers if box.index not in kept and box.first >= 0 and box.parent is not None and box.parent.index in kept]


@contextmanager
def _without(elements: Sequence[HtmlElement]) -> Iterator[None]:
    """The tree without some elements, which come back at the end; a pruned copy would cost as much as parsing."""
    places = []
    for element in elements:
        parent, before = element.getparent(), element.getprevious()
        places.append((element, parent, before, parent.text if before is None else before.tail))
        element.drop_tree()
    try:
        yield
    finally:
        for element, parent, before, text in reversed(places):
            if before is None:
                parent.text = text
                parent.insert(0, element)
            else:
                before.tail = text
                before.addnext(element)


def select(page: Page, votes: Sequence[float], given: Set[HtmlElement] = frozenset(), trace: Trace | None = None) -> list[Line]:
    """The lines of the body in reading order; ``given`` are elements that a site's file names as the body."""
    lines = page.lines
    if given:
        within = [line for line in lines if any(box.element in given for box in ancestors(line.container))]
        if within:
            if trace is not None:
                held = frozenset(line.index for line in within)
                trace.selected(lines, Selection(None, within[0].index, within[-1].index, held, {}, given=True))
            return [line for line in within if not line.hidden and line.reason is None]
    main = main_container(page, votes)
    inside = _descendants(page, main)
    near = _continued(lines, votes, inside)
    candidates = [line for line in lines if not line.hidden and (main is None or _inside(line, inside) or line.index in near)]
    candidates = _until_next_article(candidates)
    if trace is not None:
        trace.step("next-article", lines)
    support = _support(candidates, votes)
    scores = [_score(line, votes[line.index], support[_shape(line)]) for line in candidates]
    first, last = best_run(scores)
    if trace is not None:
        reach = {line.index: support[_shape(line)] for line in candidates}
        ends = (candidates[first].index, candidates[last].index) if first <= last else (-1, -1)
        trace.selected(lines, Selection(main, *ends, frozenset(reach), reach))
    return [line for line in candidates[first:last + 1] if _stays(line, votes[line.index], support[_shape(line)])]


def _inside(line: Line, inside: Set[int]) -> bool:
    return line.container is not None and line.container.index in inside


MAX_GAP = 1


def _continued(lines: Sequence[Line], votes: Sequence[float], inside: Set[int]) -> set[int]:
    """Voted paragraphs of the main container's shape in the wrappers before and after it, up to a date (another post) or a gap."""
    kin = {_kin(line) for line in lines if votes[line.index] >= 1 and _inside(line, inside) and is_prose(line.text, line.link_share)}
    found: set[int] = set()
    for ordered in (lines, list(reversed(lines))):
        gap = MAX_GAP + 1
        for line in ordered:
            if _inside(line, inside):
                gap = 0
            elif gap <= MAX_GAP and votes[line.index] >= 1 and line.reason is None and _kin(line) in kin:
                found.add(line.index)
                gap = 0
            else:
                gap += MAX_GAP + 1 if gap > MAX_GAP or has_stamp(line.text) else 1
    return found


def _kin(line: Line) -> tuple[str, ...]:
    """The shape of a line with the class of the container above: templates set the parts of one article alike in several wrappers."""
    box = line.container
    up = box.parent if box is not None else None
    own, above = ((b.element.get("class") or "") if b is not None else "" for b in (box, up))
    return (line.tag, own, above) if own or above else (line.tag, str(id(up)))


def _shape(line: Line) -> tuple[str, str, str]:
    """What lines of one kind share: tag, class of the container, tag of the one above."""
    box = line.container
    up = box.parent if box is not None else None
    return (line.tag, (box.element.get("class") or "") if box is not None else "", up.tag if up is not None else "")


def _support(lines: Sequence[Line], votes: Sequence[float]) -> dict[tuple[str, str, str], float]:
    """For each shape, the voted share of its prose, 0 to 1; 0.6 for all where trafilatura voted for next to nothing."""
    held: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for line in lines:
        size = weight(line.text)
        if size >= 40 and line.reason is None:
            held[_shape(line)][0] += size * votes[line.index]
            held[_shape(line)][1] += size
    voted, total = (sum(value[i] for value in held.values()) for i in (0, 1))
    blind = voted < 0.3 * total
    found: dict[tuple[str, str, str], float] = defaultdict(lambda: 0.6 if blind else 0.3)
    for shape, (yes, all_) in held.items():
        found[shape] = 0.6 if blind else yes / all_
    return found


def _until_next_article(lines: list[Line]) -> list[Line]:
    """The lines before a second ``<h1>`` that heads another article: portals append the next one for endless scrolling.

    An ``<h1>`` that stands among the body's own paragraphs is a subheading of a careless author.
    """
    text, headed = 0.0, False
    homes: Counter[int] = Counter()
    for at, line in enumerate(lines):
        home = line.container.parent.index if line.container is not None and line.container.parent is not None else -1
        if line.tag == "h1" and text > 1200 and not homes[home] and headed:
            for other in lines[at:]:
                other.reason = other.reason or "recommended"
            return lines[:at]
        headed = headed or line.tag == "h1"
        if is_prose(line.text, line.link_share) and line.reason is None:
            text += weight(line.text)
            homes[home] += 1
    return lines


def _stays(line: Line, voted: float, support: float) -> bool:
    if line.reason is not None:
        return line.reason in _OVERRULED and voted >= 1 and is_prose(line.text, line.link_share)
    if voted > 0 or support >= 0.1 or not is_prose(line.text, line.link_share):
        return True
    return any(box.tag == "blockquote" for box in ancestors(line.container))


# Reasons given by a container's name alone, which trafilatura's vote on a sentence overrules.
_OVERRULED = frozenset("sidebar tool".split())


def _score(line: Line, voted: float, support: float) -> float:
    """What a line adds to a run of body text; furniture costs, so that a run ends where furniture is denser than text."""
    size = min(weight(line.text), 600.0)
    text = size * (1 - line.link_share)
    if line.reason is not None:
        return -12.0 - min(size, 60.0) * 0.5
    if is_prose(line.text, line.link_share) or SENTENCE_END.search(line.text):
        return text * max(voted, 0.9 * support - 0.2)
    if voted >= 1:
        return text * 0.5 if line.link_share < 0.5 else 0.0
    if line.tag in ("li", "td", "th", "dd", "dt") and line.link_share < 0.3:
        return -2.0
    return -2.0 - 15.0 * (1 - support) - 40.0 * line.link_share


def best_run(scores: Sequence[float]) -> tuple[int, int]:
    """The run with the greatest sum (Kadane's algorithm); (0, -1) when nothing scores above zero."""
    best, best_run, total, start = 0.0, (0, -1), 0.0, 0
    for i, score in enumerate(scores):
        if total <= 0:
            total, start = 0.0, i
        total += score
        if total > best:
            best, best_run = total, (start, i)
    return best_run


def main_container(page: Page, votes: Sequence[float]) -> Container | None:
    """The deepest container that holds at least nine tenths of the voted text."""
    held: dict[int, float] = defaultdict(float)
    total = 0.0
    for line in page.lines:
        if line.hidden or line.reason is not None:
            continue
        value = weight(line.text) * (1 - line.link_share) * (votes[line.index] or (0.25 if is_prose(line.text, line.link_share) else 0.0))
        total += value
        for box in ancestors(line.container):
            held[box.index] += value
    best: Container | None = None
    for box in page.containers:
        if total and held[box.index] >= 0.9 * total and (best is None or box.depth > best.depth):
            best = box
    return best


def _descendants(page: Page, main: Container | None) -> set[int]:
    inside: set[int] = set()
    if main is not None:
        for box in page.containers[main.index:]:
            if box is main or (box.parent is not None and box.parent.index in inside):
                inside.add(box.index)
    return inside
