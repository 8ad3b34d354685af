"""What the block model sees of a page: one row of numbers for each block, each number named and explained in :data:`MEANING`.

Everything here is evidence and nothing a verdict: no feature knows a site, a data set or what an earlier rule decided. Text is described
by the classes of its characters (Unicode's categories), which hold in every script; names of elements, words of page furniture and the
field readers' finds are bits beside them. All of it is linear in the page's size: one pass over the blocks, one over their characters.
"""
from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.extract.byline import byline_parts
from newscrawl.extract.credits import credit_of
from newscrawl.extract.marks import Mark
from newscrawl.extract.page import Container, Line, Page
from newscrawl.extract.blocks import HEADINGS
from newscrawl.extract.roles import is_caption, is_title
from newscrawl.extract.vocabulary import Strings
from newscrawl.writing import COMMAS, TERMINALS, fold

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# --- classes of characters -------------------------------------------------------------------------------------------------

_CLASSES = ("other", "space", "upper", "lower", "letter", "ideograph", "digit", "terminal", "comma", "colon", "quote", "open", "close", "dash", "divider", "symbol")
OTHER, SPACE, UPPER, LOWER, LETTER, IDEOGRAPH, DIGIT, TERMINAL, COMMA, COLON, QUOTE, OPEN, CLOSE, DASH, DIVIDER, SYMBOL = range(len(_CLASSES))
_COLONS = ":：︰"
_QUOTES = "\"'“”„‟‘’‚‛«»‹›「」『』〝〞＂＇"
_DIVIDERS = "/|\\•·‧∙●■◆▪►▶»›>→丨｜／︱▸▹◦‣⁃"


@cache
def _class_table() -> NDArray[np.uint8]:
    """The class of each code point of the basic plane; beyond it are emoji (symbols) and rare ideographs."""
    table = np.zeros(0x10000, np.uint8)
    by_category = {"Zs": SPACE, "Zl": SPACE, "Zp": SPACE, "Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Lm": LETTER, "Lo": LETTER, "Mn": LETTER, "Mc": LETTER,
                   "Nd": DIGIT, "Nl": DIGIT, "No": DIGIT, "Pi": QUOTE, "Pf": QUOTE, "Ps": OPEN, "Pe": CLOSE, "Pd": DASH, "Sc": SYMBOL, "So": SYMBOL, "Sm": SYMBOL, "Sk": SYMBOL}
    for code in range(0x10000):
        table[code] = by_category.get(unicodedata.category(chr(code)), OTHER)
    for first, last in ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF)):
        table[first:last + 1] = IDEOGRAPH
    for marks, kind in ((_DIVIDERS, DIVIDER), (_QUOTES, QUOTE), (COMMAS, COMMA), (_COLONS, COLON), (TERMINALS, TERMINAL)):
        for char in marks:
            table[ord(char)] = kind
    return table


def _classes(texts: Sequence[str]) -> tuple[Floats, Ints, Ints]:
    """For each text: how many characters of each class it has, the class of its first, and of its last character that closes nothing."""
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _class_table()[np.minimum(codes, 0xFFFF)]
    kinds[codes > 0xFFFF] = SYMBOL
    owner = np.repeat(np.arange(len(texts)), sizes)
    counts = np.bincount(owner * len(_CLASSES) + kinds, minlength=len(texts) * len(_CLASSES)).reshape(-1, len(_CLASSES)).astype(np.float32)
    ends = np.cumsum(sizes)
    first = kinds[np.minimum(ends - sizes, len(kinds) - 1)].astype(np.int64)
    last = kinds[np.maximum(ends - 1, 0)].astype(np.int64)
    closed = ((last == QUOTE) | (last == CLOSE) | (last == SPACE)) & (sizes > 1)
    last[closed] = kinds[ends[closed] - 2]
    return counts, first, last


# --- the table of features -----------------------------------------------------------------------------------------------

class Columns:
    """Collects named columns; the names are the same, in the same order, for every page."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.names: list[str] = []
        self.values: list[Any] = []

    def add(self, name: str, values: Any) -> None:
        self.names.append(name)
        self.values.append(values)

    def add_all(self, names: Sequence[str], values: NDArray[Any]) -> None:
        """Several columns at once: a row a block, a column a name."""
        self.names += names
        self.values += list(values.T)

    def get(self, name: str) -> Any:
        return self.values[self.names.index(name)]

    def matrix(self) -> Floats:
        return np.stack([np.asarray(v, np.float32) for v in self.values], 1) if self.count else np.zeros((0, len(self.values)), np.float32)


@dataclass(slots=True)
class Context:
    """What the page's metadata says that its blocks can be compared with; folded texts."""

    titles: Sequence[str] = ()
    title_at: int = -1
    description: str = ""
    article_body: str = ""
    """JSON-LD's ``articleBody``."""
    summary: str = ""
    """A feed's summary of the article."""
    full_text: str = ""
    """A feed's whole text of it."""
    votes: Sequence[float] = ()
    """trafilatura's vote on each block: 1, 0.5 or 0."""


_TAGS = ("p", "div", "li", "td", "h1", "h2", "h3", "h4", "blockquote", "pre", "figcaption", "section", "article", "dd", "span")
_TAG_AT = {tag: at for at, tag in enumerate(_TAGS)}
_WITHIN = ("article", "main", "aside", "footer", "header", "nav", "table", "ul", "ol", "blockquote", "figure", "form", "details", "section", "button", "a")
_WITHIN_BIT = {tag: 1 << at for at, tag in enumerate(_WITHIN)}
_WITHIN_BITS = np.array(list(_WITHIN_BIT.values()), np.int64)
_MARK_NAMES = [(name.lower(), value) for name, value in vars(Mark).items() if isinstance(value, int) and value]
_MARK_BITS = np.array([bit for _, bit in _MARK_NAMES], np.int64)
LEVELS = 4
PROSE = 50.0


@dataclass(slots=True)
class Rows:
    """The features of a page's blocks, and what the second stage needs to look around each."""

    values: Floats
    names: list[str]
    length: Floats
    homes: Ints
    """For each block the numbers of its container and of the two above it (three columns); -1 without one."""
    headed: Ints
    """The place of the nearest heading at or before each block; -1 before the first."""
    shape: Ints
    """Number of each block's shape: blocks of one kind share it."""
    hidden: NDArray[np.bool_]
    strings: Strings

    def column(self, name: str) -> Floats:
        """One feature of all blocks."""
        return self.values[:, self.names.index(name)]


def rows(page: Page, context: Context) -> Rows:
    """The features of the page's blocks."""
    lines = page.lines
    n = len(lines)
    c = Columns(n)
    if not n:
        nothing = np.zeros(0, np.int64)
        return Rows(np.zeros((0, 0), np.float32), [], np.zeros(0, np.float32), np.zeros((0, 3), np.int64), nothing, nothing, np.zeros(0, bool), Strings([], [], []))
    texts = [line.text for line in lines]
    counts, first, last = _classes(texts)
    size = counts.sum(1)
    solid = np.maximum(1, size - counts[:, SPACE])
    length = solid + counts[:, IDEOGRAPH]
    link_share = np.minimum(1, np.fromiter((line.link_chars for line in lines), np.float32, n) / solid)
    hidden = np.fromiter((line.hidden for line in lines), bool, n)
    punctuated = (counts[:, TERMINAL] + counts[:, COMMA]) > 0
    ends = last == TERMINAL
    prose = (link_share < 0.5) & (length >= PROSE) & punctuated & ~hidden
    told = np.where(prose, length, 0)
    seen = np.where(hidden, 0, length)
    # text
    c.add("length", length)
    c.add("words", counts[:, SPACE] + 1)
    c.add("word_length", solid / (counts[:, SPACE] + 1))
    for kind in (UPPER, LETTER, IDEOGRAPH, DIGIT, SYMBOL):
        c.add(f"{_CLASSES[kind]}_share", counts[:, kind] / solid)
    for kind in (TERMINAL, COMMA, COLON, QUOTE, OPEN, DASH, DIVIDER, DIGIT):
        c.add(f"{_CLASSES[kind]}s", counts[:, kind])
    c.add("first_class", first)
    c.add("last_class", last)
    c.add("ends_sentence", ends)
    c.add("prose", prose)
    c.add("terminals_per_length", counts[:, TERMINAL] / length)
    # markup
    links = np.fromiter((line.links for line in lines), np.float32, n)
    c.add("links", links)
    c.add("link_share", link_share)
    c.add("emphasised_share", np.minimum(1, np.fromiter((line.emphasised_chars for line in lines), np.float32, n) / solid))
    c.add("hidden", hidden)
    c.add("after_picture", [line.after_picture for line in lines])
    c.add("has_time", [line.has_time for line in lines])
    c.add("breaks_before", [line.breaks_before for line in lines])
    tags = [line.tag for line in lines]
    kinds = np.fromiter((_TAG_AT.get(tag, -1) for tag in tags), np.int64, n)
    c.add_all([f"tag_{tag}" for tag in _TAGS], kinds[:, None] == np.arange(len(_TAGS)))
    heading = np.fromiter((tag in HEADINGS for tag in tags), bool, n)
    # names and containers
    home = np.fromiter((line.container.index if line.container is not None else -1 for line in lines), np.int64, n)
    _containers(c, page, home, float(told.sum()) or 1.0, length, told)
    # shape
    shapes = [_shape(line) for line in lines]
    ids: dict[tuple[str, str, str], int] = {}
    shape = np.fromiter((ids.setdefault(s, len(ids)) for s in shapes), np.int64, n)
    vote = np.asarray(context.votes, np.float32) if len(context.votes) == n else np.zeros(n, np.float32)
    per_shape = np.bincount(shape)
    all_told = float(told.sum()) or 1.0
    shape_told = np.bincount(shape, told)
    c.add("shape_count", per_shape[shape])
    c.add("shape_prose", (shape_told / all_told)[shape])
    c.add("shape_length", (np.bincount(shape, length) / per_shape)[shape])
    c.add("shape_links", (np.bincount(shape, link_share) / per_shape)[shape])
    c.add("shape_ends", (np.bincount(shape, ends) / per_shape)[shape])
    run = np.ones(n, np.int64)
    change = np.flatnonzero(np.diff(shape)) + 1
    bounds = np.concatenate([[0], change, [n]])
    run = np.repeat(np.diff(bounds), np.diff(bounds))
    c.add("shape_run", run)
    c.add("shape_run_at", np.arange(n) - np.repeat(bounds[:-1], np.diff(bounds)))
    # vote
    big = (length >= 40) & ~hidden
    voted = np.bincount(shape, np.where(big, vote * length, 0))
    could = np.bincount(shape, np.where(big, length, 0))
    support = np.where(could > 0, voted / np.maximum(could, 1e-6), -1)[shape]
    vw = vote * seen
    total_vote = float(vw.sum()) or 1.0
    c.add("vote", vote)
    c.add("vote_support", support)
    c.add("vote_before", np.cumsum(vw) / total_vote)
    c.add("vote_page", np.full(n, vw.sum() / (seen.sum() or 1)))
    c.add("vote_page_prose", np.full(n, float((vote * told).sum()) / all_told))
    # position
    at = np.arange(n)
    c.add("at", at)
    c.add("at_share", at / n)
    c.add("blocks", np.full(n, n))
    c.add("page_prose", np.full(n, all_told))
    c.add("page_links", np.full(n, float((link_share * seen).sum() / (seen.sum() or 1))))
    c.add("prose_before", np.cumsum(told) / all_told)
    c.add("text_before", np.cumsum(seen) / (seen.sum() or 1))
    c.add("from_title", at - context.title_at if context.title_at >= 0 else np.full(n, 999))
    c.add("has_title", np.full(n, context.title_at >= 0))
    since = _since(prose)
    c.add("since_prose", since)
    c.add("until_prose", _since(prose[::-1])[::-1])
    heads = _since(heading)
    c.add("since_heading", heads)
    h1 = np.fromiter((tag == "h1" for tag in tags), bool, n)
    c.add("h1_before", np.cumsum(h1))
    # what other witnesses say
    keys = [fold(text) if not hid else "" for text, hid in zip(texts, hidden, strict=True)]
    for name, whole in (("body", context.article_body), ("description", context.description), ("summary", context.summary), ("full", context.full_text)):
        if whole:
            c.add(f"in_{name}", [len(key) >= 12 and (key in whole or (len(key) > 60 and key[:40] in whole)) for key in keys])
            c.add(f"has_{name}", np.full(n, len(whole)))
        else:
            c.add(f"in_{name}", np.full(n, -1))
            c.add(f"has_{name}", np.zeros(n))
    count = Counter(keys)
    c.add("repeats", [count[key] for key in keys])
    c.add("said_before", _said_before(keys))
    # readers
    c.add("is_title", [len(key) > 3 and is_title(key, line.tag in HEADINGS, context.titles) for line, key in zip(lines, keys, strict=True)])
    title = np.abs(at - context.title_at) <= NEAR if context.title_at >= 0 else np.zeros(n, bool)
    _read(c, lines, (length <= MAX_READ) & ~hidden & ((since <= NEAR) | (c.get("until_prose") <= NEAR) | title))
    base = c.matrix()
    values = np.concatenate([base, _neighbours(c, base, shape, home)], 1)
    headed = np.maximum.accumulate(np.where(heading | ((c.get("emphasised_share") > EMPHASISED) & (length < PROSE)), at, -1))
    return Rows(values, c.names, length, _homes(page, home), headed, shape, hidden, _strings(lines, texts))


EMPHASISED = 0.9
"""Share of a short block in bold from which it is a heading whatever its tag."""


def _homes(page: Page, home: Ints) -> Ints:
    parent = np.array([*(box.parent.index if box.parent is not None else -1 for box in page.containers), -1], np.int64)
    return np.stack([home, parent[home], parent[parent[home]]], axis=1)


def _strings(lines: Sequence[Line], texts: list[str]) -> Strings:
    known: dict[int, str] = {-1: ""}
    names, above = [], []
    for line in lines:
        box = line.container
        names.append(_names(box, known))
        up = box.parent if box is not None else None
        above.append(f"{_names(up, known)} {_names(up.parent, known)}" if up is not None else "")
    return Strings(texts, names, above)


MAX_NAMES = 120
"""Characters of class and id that are looked up."""


def _names(box: Container | None, known: dict[int, str]) -> str:
    """Class and id of a container, read once for all of its blocks."""
    if box is None:
        return ""
    found = known.get(box.index)
    if found is None:
        element = box.element
        known[box.index] = found = f"{element.get('class') or ''} {element.get('id') or ''}".strip()[:MAX_NAMES]
    return found


def _said_before(keys: Sequence[str]) -> list[bool]:
    """For each folded text, whether it stands on the page before."""
    seen: set[str] = set()
    found = []
    for key in keys:
        found.append(len(key) >= MIN_REPEATED and key in seen)
        seen.add(key)
    return found


MIN_REPEATED = 12
"""Letters of a text that is no chance repetition."""
_REACHES = (2, 5, 10, 20)
_STEPS = (1, 2, 3, 4)
SURE = 0.8


def surroundings(rows: Rows, text: NDArray[np.float64]) -> tuple[Floats, list[str]]:
    """What the first stage's probabilities say around each block: over its container, its shape, windows, the best run, the page."""
    n, weight = len(text), np.minimum(rows.length, 600.0).astype(np.float64) + 5.0
    at = np.arange(n)
    held = text * weight
    found: dict[str, Any] = {"text": text}
    for name, kinds in (*((f"box{level}", rows.homes[:, level] - rows.homes.min()) for level in range(3)), ("shape", rows.shape)):
        found[f"text_{name}"] = (np.bincount(kinds, held) / np.maximum(np.bincount(kinds, weight), 1.0))[kinds]
    before = np.cumsum(held)
    total = before[-1] + 1e-9
    found["text_before"] = before / total
    sums, weights = np.concatenate([[0.0], before]), np.concatenate([[0.0], np.cumsum(weight)])
    for reach in _REACHES:
        low, high = np.maximum(0, at - reach), np.minimum(n, at + reach + 1)
        found[f"text_within_{reach}"] = (sums[high] - sums[low]) / np.maximum(1.0, weights[high] - weights[low])
    found["text_heading"] = np.where(rows.headed >= 0, text[rows.headed], -1.0)
    first, last = best_run(((text - 0.5) * weight).tolist())
    found["in_run"], found["from_run"], found["until_run"] = (at >= first) & (at <= last), at - first, last - at
    for step in _STEPS:
        found[f"text-{step}"] = np.concatenate([np.full(min(step, n), -1.0), text[:-step]])[:n]
        found[f"text+{step}"] = np.concatenate([text[step:], np.full(min(step, n), -1.0)])[:n]
    sure = text > SURE
    found["since_sure"], found["until_sure"] = _since(sure), _since(sure[::-1])[::-1]
    found["most_before"], found["most_after"] = np.maximum.accumulate(text), np.maximum.accumulate(text[::-1])[::-1]
    found["text_page"] = np.full(n, held.sum())
    found["doubt_page"] = np.full(n, (np.minimum(text, 1 - text) * weight).sum() / weight.sum())
    return np.stack([np.asarray(values, np.float32) for values in found.values()], axis=1), list(found)


def best_run(scores: Sequence[float]) -> tuple[int, int]:
    """The run with the greatest sum (Kadane's algorithm); (0, -1) when nothing scores above zero."""
    best, run, total, start = 0.0, (0, -1), 0.0, 0
    for place, score in enumerate(scores):
        if total <= 0:
            total, start = 0.0, place
        total += score
        if total > best:
            best, run = total, (start, place)
    return run


def _containers(c: Columns, page: Page, home: Ints, told: float, length: Floats, line_told: Floats) -> None:
    boxes = page.containers
    m = len(boxes)
    if not m:
        boxes = []
    parent = np.fromiter((box.parent.index if box.parent is not None else -1 for box in boxes), np.int64, m)
    stats = np.array([(box.chars, box.link_chars, box.links, box.blocks, box.prose, box.images, box.depth, box.first, box.last) for box in boxes] or np.zeros((0, 9)), np.float32)
    marks = np.fromiter((box.marks for box in boxes), np.int64, m)
    inherited = np.fromiter((box.inherited for box in boxes), np.int64, m)
    within = np.zeros(m + 1, np.int64)
    for box in boxes:
        up = box.parent
        within[box.index] = _WITHIN_BIT.get(box.tag, 0) | (within[up.index] if up is not None else 0)
    stats = np.concatenate([stats, np.zeros((1, 9), np.float32)])
    marks, inherited, parent = np.append(marks, 0), np.append(inherited, 0), np.append(parent, -1)
    here = home
    for level in range(LEVELS):
        s = stats[here]
        c.add(f"box{level}_prose", s[:, 4] / told)
        c.add(f"box{level}_links", s[:, 1] / np.maximum(1, s[:, 0]))
        c.add(f"box{level}_blocks", s[:, 3])
        c.add(f"box{level}_block_length", s[:, 0] / np.maximum(1, s[:, 3]))
        c.add(f"box{level}_images", s[:, 5])
        c.add(f"box{level}_at", (np.arange(len(home)) - s[:, 7]) / np.maximum(1, s[:, 8] - s[:, 7] + 1))
        if level == 0:
            c.add("depth", s[:, 6])
        here = parent[here]
    c.add_all([f"named_{name}" for name, _ in _MARK_NAMES], (marks[home][:, None] & _MARK_BITS) > 0)
    c.add_all([f"above_{name}" for name, _ in _MARK_NAMES], (inherited[home][:, None] & _MARK_BITS) > 0)
    c.add_all([f"within_{tag}" for tag in _WITHIN], (within[home][:, None] & _WITHIN_BITS) > 0)


_READ = ("date", "modified", "authors", "editors", "source", "rest", "labels", "caption", "credit")
_UNREAD = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
MAX_READ = 340
"""Length of the longest block that the field readers look at."""
NEAR = 20
"""Blocks between one that they look at and the nearest prose or headline: navigation and footers are most of a page, and hold no by-line."""


def _read(c: Columns, lines: Sequence[Line], wanted: NDArray[np.bool_]) -> None:
    """What the field readers find in each block."""
    found = [_reading(line) if read else _UNREAD for line, read in zip(lines, wanted.tolist(), strict=True)]
    c.add_all([f"reads_{name}" for name in _READ], np.array(found, np.float32))


def _reading(line: Line) -> tuple[float, ...]:
    text = line.text
    parts = byline_parts(line.spaced or text)
    return (
        parts.date is not None or parts.bare_date is not None, parts.modified is not None, len(parts.authors), len(parts.editors), parts.source is not None,
        len("".join(parts.rest)) / len(text), len(parts.labelled), is_caption(line), credit_of(text) is not None)


_CONTEXT = ("length", "link_share", "ends_sentence", "vote", "vote_support", "prose", "repeats", "reads_date", "tag_p", "shape_run")


def _neighbours(c: Columns, base: Floats, shape: Ints, home: Ints) -> Floats:
    n = c.count
    known = [c.names.index(name) for name in _CONTEXT]
    picked = base[:, known]
    out = []
    for d in (-3, -2, -1, 1, 2, 3):
        moved = np.full((n, len(known) + 2), -1, np.float32)
        if d < 0 and n > -d:
            moved[-d:, :-2] = picked[:d]
            moved[-d:, -2] = shape[-d:] == shape[:d]
            moved[-d:, -1] = home[-d:] == home[:d]
        elif d > 0 and n > d:
            moved[:-d, :-2] = picked[d:]
            moved[:-d, -2] = shape[:-d] == shape[d:]
            moved[:-d, -1] = home[:-d] == home[d:]
        out.append(moved)
        c.names += [f"{name}_{d:+d}" for name in (*_CONTEXT, "same_shape", "same_box")]
    return np.concatenate(out, 1)


def _since(flags: NDArray[np.bool_]) -> Ints:
    """For each place, how many places ago the flag was last set before or at it; at most 99."""
    at = np.arange(len(flags))
    latest = np.maximum.accumulate(np.where(flags, at, -1))
    return np.minimum(np.where(latest < 0, 99, at - latest), 99)


def _shape(line: Line) -> tuple[str, str, str]:
    """What blocks of one kind share: tag, class of the container, tag of the one above."""
    box = line.container
    up = box.parent if box is not None else None
    return (line.tag, (box.element.get("class") or "") if box is not None else "", up.tag if up is not None else "")
