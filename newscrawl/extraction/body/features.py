"""What the block model sees of a page: one row of numbers for each block, each number named and explained in :data:`MEANING`.

Everything here is evidence and nothing a verdict: no feature knows a site, a data set or what an earlier rule decided. Text is described
by the classes of its characters (Unicode's categories), which hold in every script; names of elements, words of page furniture and the
field readers' finds are bits beside them. All of it is linear in the page's size: one pass over the blocks, one over their characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.extraction.body import character_classes as kinds
from newscrawl.extraction.body.phrases import by_words
from newscrawl.extraction.body.vocabulary import Strings
from newscrawl.extraction.fields.byline import byline_parts
from newscrawl.extraction.fields.credits import credit_of
from newscrawl.extraction.fields.roles import is_caption, is_title
from newscrawl.extraction.page import Container, Line, Page
from newscrawl.extraction.read.blocks import HEADINGS
from newscrawl.extraction.read.class_hints import Mark
from newscrawl.writing import PROSE, Finder, fold

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

MEANING: tuple[tuple[str, str, str], ...] = (
    (r"[-+]\d$|[-+]\d_", "what the blocks one to four places before and after are", "the blocks next to it"),
    (
        r"^text|^doubt|^in_run|^from_run|^until_run|_sure$|^most_",
        "the first stage's probabilities around the block: in its containers, its shape, windows of several widths, the likeliest run, the page",
        "that the blocks around it are no text",
    ),
    (
        r"link",
        "links in the block, its share of characters in them, and that of its containers, its shape and the page",
        "how much of it, and of what holds it, is links ({link_share:.0%} of the block)",
    ),
    (
        r"^vote",
        "how much of the block, of blocks of its shape and of the page trafilatura keeps, and where",
        "that trafilatura leaves it out",
    ),
    (
        r"_words_|_worst_|^heading_words|^named_|^above_|^says_",
        "what the vocabularies, the lists of furniture's words and of class names say of the block's words and of the names of what holds it",
        "the words in it and the names of the elements that hold it",
    ),
    (
        r"^in_|^has_(?:body|description|summary|full)",
        "whether the text stands in JSON-LD articleBody, the description, the feed's summary or its whole text",
        "what the page's metadata says of its text",
    ),
    (
        r"^reads_|^is_title",
        "what the field readers find in it: headline, date, names, source, caption, credit",
        "that it reads like a headline, by-line, caption or credit",
    ),
    (
        r"^repeats|^said_before",
        "how often its words stand on the page, and whether before it",
        "that its words stand on the page more than once",
    ),
    (
        r"^at|_before$|^since|^until|^from_title|^has_title|^blocks$|^page_|^h1_",
        "its place: from the page's beginning, headline, headings, prose; and how much text there is before it and on the page",
        "where on the page it stands",
    ),
    (
        r"^box|^shape|^depth|^within|^tag_|^hidden|^after_picture|^has_time|^breaks|^emphasised",
        "its element and those that hold it: tags, prose, blocks and pictures in them, its place in them; blocks of the same shape",
        "the elements that it stands in",
    ),
    (
        r"^length|^words|^word_|_share$|s$|^first_class|^last_class|^ends_|^prose|_per_length",
        "its length and the classes of its characters: letters, ideographs, digits, marks that end sentences and clauses",
        "its length and the characters in it",
    ),
)
"""Kinds of features: a pattern of their names, what they tell, and the words for a block that they speak against."""


@cache
def kind_of(name: str) -> int:
    """The place in :data:`MEANING` of the kind that a feature belongs to."""
    return next(at for at, (pattern, _, _) in enumerate(MEANING) if re.search(pattern, name))


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
        return (
            np.stack([np.asarray(v, np.float32) for v in self.values], 1)
            if self.count
            else np.zeros((0, len(self.values)), np.float32)
        )


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


_TAGS = (
    "p",
    "div",
    "li",
    "td",
    "h1",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "pre",
    "figcaption",
    "section",
    "article",
    "dd",
    "span",
)
_TAG_AT = {tag: at for at, tag in enumerate(_TAGS)}
_WITHIN = (
    "article",
    "main",
    "aside",
    "footer",
    "header",
    "nav",
    "table",
    "ul",
    "ol",
    "blockquote",
    "figure",
    "form",
    "details",
    "section",
    "button",
    "a",
)
_WITHIN_BIT = {tag: 1 << at for at, tag in enumerate(_WITHIN)}
_WITHIN_BITS = np.array(list(_WITHIN_BIT.values()), np.int64)
_MARK_NAMES = [(name.lower(), value) for name, value in vars(Mark).items() if isinstance(value, int) and value]
_MARK_BITS = np.array([bit for _, bit in _MARK_NAMES], np.int64)
LEVELS = 4
"""Containers above a block whose contents are described."""


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


@dataclass(slots=True)
class _Measured:
    """The blocks of one page as arrays, from which several groups of features are made."""

    lines: Sequence[Line]
    length: Floats
    solid: Floats
    link_share: Floats
    hidden: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    prose: NDArray[np.bool_]
    told: Floats
    """Length of the blocks that read like prose, 0 for others."""
    seen: Floats
    """Length of the blocks that are shown, 0 for others."""
    heading: NDArray[np.bool_]
    home: Ints
    shape: Ints
    keys: list[str]
    """The folded texts; empty for hidden blocks."""

    @property
    def all_told(self) -> float:
        return float(self.told.sum()) or 1.0

    @property
    def all_seen(self) -> float:
        return float(self.seen.sum()) or 1.0


def rows(page: Page, context: Context) -> Rows:
    """The features of the page's blocks."""
    lines = page.lines
    if not lines:
        nothing = np.zeros(0, np.int64)
        return Rows(
            np.zeros((0, 0), np.float32),
            [],
            np.zeros(0, np.float32),
            np.zeros((0, 3), np.int64),
            nothing,
            nothing,
            np.zeros(0, bool),
            Strings([], [], []),
        )
    c = Columns(len(lines))
    texts = [line.text for line in lines]
    m = _text(c, lines, texts)
    _markup(c, m)
    _containers(c, page, m)
    _shapes(c, m)
    _votes(c, m, context.votes)
    _place(c, m, context.title_at)
    _witnesses(c, m, context)
    at = np.arange(len(lines))
    title = np.abs(at - context.title_at) <= NEAR if context.title_at >= 0 else np.zeros(len(lines), bool)
    _read(
        c,
        lines,
        (m.length <= MAX_READ) & ~m.hidden & ((c.get("since_prose") <= NEAR) | (c.get("until_prose") <= NEAR) | title),
    )
    base = c.matrix()
    values = np.concatenate([base, _neighbours(c, base, m.shape, m.home)], axis=1)
    headed = np.maximum.accumulate(
        np.where(m.heading | ((c.get("emphasised_share") > EMPHASISED) & (m.length < PROSE)), at, -1)
    )
    return Rows(values, c.names, m.length, _homes(page, m.home), headed, m.shape, m.hidden, _strings(lines, texts))


def _text(c: Columns, lines: Sequence[Line], texts: list[str]) -> _Measured:
    """What the characters say, and the arrays that the other groups are made from."""
    n = len(lines)
    counts, first, last = kinds.counted(texts)
    size = counts.sum(axis=1)
    solid = np.maximum(1, size - counts[:, kinds.SPACE])
    length = solid + counts[:, kinds.IDEOGRAPH]
    link_share = np.minimum(1, np.fromiter((line.link_chars for line in lines), np.float32, n) / solid)
    hidden = np.fromiter((line.hidden for line in lines), bool, n)
    # Thai and Lao end sentences with a space: what is long enough in such a script is told.
    punctuated = (counts[:, kinds.TERMINAL] + counts[:, kinds.COMMA] > 0) | (counts[:, kinds.UNSPACED] >= PROSE)
    prose = (link_share < 0.5) & (length >= PROSE) & punctuated & ~hidden
    ends = last == kinds.TERMINAL
    words = counts[:, kinds.SPACE] + 1
    c.add("length", length)
    c.add("words", words)
    c.add("word_length", solid / words)
    for kind in (kinds.UPPER, kinds.LETTER, kinds.IDEOGRAPH, kinds.UNSPACED, kinds.DIGIT, kinds.SYMBOL):
        c.add(f"{kinds.NAMES[kind]}_share", counts[:, kind] / solid)
    for kind in (
        kinds.TERMINAL,
        kinds.COMMA,
        kinds.COLON,
        kinds.QUOTE,
        kinds.OPEN,
        kinds.DASH,
        kinds.DIVIDER,
        kinds.DIGIT,
    ):
        c.add(f"{kinds.NAMES[kind]}s", counts[:, kind])
    c.add("first_class", first)
    c.add("last_class", last)
    c.add("ends_sentence", ends)
    c.add("prose", prose)
    c.add("terminals_per_length", counts[:, kinds.TERMINAL] / length)
    ids: dict[tuple[str, str, str], int] = {}
    return _Measured(
        lines,
        length,
        solid,
        link_share,
        hidden,
        ends,
        prose,
        np.where(prose, length, 0),
        np.where(hidden, 0, length),
        heading=np.fromiter((line.tag in HEADINGS for line in lines), bool, n),
        home=np.fromiter((line.container.index if line.container is not None else -1 for line in lines), np.int64, n),
        shape=np.fromiter((ids.setdefault(_shape(line), len(ids)) for line in lines), np.int64, n),
        keys=[fold(text) if not hid else "" for text, hid in zip(texts, hidden, strict=True)],
    )


def _markup(c: Columns, m: _Measured) -> None:
    """Links, emphasis, what stands before the block, its tag."""
    n = c.count
    c.add("links", np.fromiter((line.links for line in m.lines), np.float32, n))
    c.add("link_share", m.link_share)
    c.add(
        "emphasised_share",
        np.minimum(1, np.fromiter((line.emphasised_chars for line in m.lines), np.float32, n) / m.solid),
    )
    c.add("hidden", m.hidden)
    c.add("after_picture", [line.after_picture for line in m.lines])
    c.add("has_time", [line.has_time for line in m.lines])
    c.add("breaks_before", [line.breaks_before for line in m.lines])
    tags = np.fromiter((_TAG_AT.get(line.tag, -1) for line in m.lines), np.int64, n)
    c.add_all([f"tag_{tag}" for tag in _TAGS], tags[:, None] == np.arange(len(_TAGS)))


def _shapes(c: Columns, m: _Measured) -> None:
    """What the blocks of the same shape are like together, and the run of such blocks in which this one stands."""
    shape = m.shape
    count = np.bincount(shape)
    c.add("shape_count", count[shape])
    c.add("shape_prose", (np.bincount(shape, m.told) / m.all_told)[shape])
    c.add("shape_length", (np.bincount(shape, m.length) / count)[shape])
    c.add("shape_links", (np.bincount(shape, m.link_share) / count)[shape])
    c.add("shape_ends", (np.bincount(shape, m.ends) / count)[shape])
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(shape)) + 1, [c.count]])
    sizes = np.diff(bounds)
    c.add("shape_run", np.repeat(sizes, sizes))
    c.add("shape_run_at", np.arange(c.count) - np.repeat(bounds[:-1], sizes))


VOTED = 40
"""Length from which a block tells how trafilatura takes blocks of its shape."""


def _votes(c: Columns, m: _Measured, votes: Sequence[float]) -> None:
    """trafilatura's vote on the block, on blocks of its shape, before it, and on the page; all 0 where it was not asked."""
    n = c.count
    vote = np.asarray(votes, np.float32) if len(votes) == n else np.zeros(n, np.float32)
    big = (m.length >= VOTED) & ~m.hidden
    voted = np.bincount(m.shape, np.where(big, vote * m.length, 0))
    could = np.bincount(m.shape, np.where(big, m.length, 0))
    held = vote * m.seen
    c.add("vote", vote)
    c.add("vote_support", np.where(could > 0, voted / np.maximum(could, 1e-6), -1)[m.shape])
    c.add("vote_before", np.cumsum(held) / (float(held.sum()) or 1.0))
    c.add("vote_page", np.full(n, held.sum() / m.all_seen))
    c.add("vote_page_prose", np.full(n, float((vote * m.told).sum()) / m.all_told))


NO_TITLE = 999
"""Distance from a headline that the page does not show."""


def _place(c: Columns, m: _Measured, title_at: int) -> None:
    """Where the block stands: on the page, among its prose, after its headline and headings."""
    n = c.count
    at = np.arange(n)
    c.add("at", at)
    c.add("at_share", at / n)
    c.add("blocks", np.full(n, n))
    c.add("page_prose", np.full(n, m.all_told))
    c.add("page_links", np.full(n, float((m.link_share * m.seen).sum() / m.all_seen)))
    c.add("prose_before", np.cumsum(m.told) / m.all_told)
    c.add("length_before", np.cumsum(m.seen) / m.all_seen)
    c.add("from_title", at - title_at if title_at >= 0 else np.full(n, NO_TITLE))
    c.add("has_title", np.full(n, title_at >= 0))
    c.add("since_prose", since(m.prose))
    c.add("until_prose", since(m.prose[::-1])[::-1])
    c.add("since_heading", since(m.heading))
    c.add("h1_before", np.cumsum(np.fromiter((line.tag == "h1" for line in m.lines), bool, n)))


def _witnesses(c: Columns, m: _Measured, context: Context) -> None:
    """Whether the page's metadata, or its feed, has the block's text; how often the page has it; whether it is the headline."""
    n = c.count
    for name, whole in (
        ("body", context.article_body),
        ("description", context.description),
        ("summary", context.summary),
        ("full", context.full_text),
    ):
        holds = Finder(whole)
        c.add(f"in_{name}", [_held(key, holds) for key in m.keys] if whole else np.full(n, -1))
        c.add(f"has_{name}", np.full(n, len(whole)))
    count = Counter(m.keys)
    c.add("repeats", [count[key] for key in m.keys])
    c.add("said_before", _said_before(m.keys))
    c.add(
        "is_title",
        [
            len(key) > 3 and is_title(key, line.tag in HEADINGS, context.titles)
            for line, key in zip(m.lines, m.keys, strict=True)
        ],
    )


MIN_HELD, CUT, BEGINNING = 12, 60, 40
"""Letters of a text that is looked for in another; letters from which its beginning is enough, and how long that is."""


def _held(key: str, holds: Finder) -> bool:
    return len(key) >= MIN_HELD and (holds(key) or (len(key) > CUT and holds(key[:BEGINNING])))


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


def _containers(c: Columns, page: Page, m: _Measured) -> None:
    """What holds the block: the contents of the nearest containers, their names, the tags all the way up."""
    home, told = m.home, m.all_told
    boxes = page.containers
    count = len(boxes)
    parent = np.fromiter((box.parent.index if box.parent is not None else -1 for box in boxes), np.int64, count)
    stats = np.array(
        [
            (box.chars, box.link_chars, box.links, box.blocks, box.prose, box.images, box.depth, box.first, box.last)
            for box in boxes
        ]
        or np.zeros((0, 9)),
        np.float32,
    )
    marks = np.fromiter((box.marks for box in boxes), np.int64, count)
    inherited = np.fromiter((box.inherited for box in boxes), np.int64, count)
    within = np.zeros(count + 1, np.int64)
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
NEAR = 10
"""Blocks between one that they look at and the nearest prose or headline: navigation and footers are most of a page, and hold no by-line."""


def _read(c: Columns, lines: Sequence[Line], wanted: NDArray[np.bool_]) -> None:
    """What the field readers, and the words of page furniture, find in each block."""
    found = [_reading(line) if read else _UNREAD for line, read in zip(lines, wanted.tolist(), strict=True)]
    c.add_all([f"reads_{name}" for name in _READ], np.array(found, np.float32))
    said = np.fromiter(
        (
            _SAID_AT.get(by_words(line.text, line.link_share) or "", -1) if read else -1
            for line, read in zip(lines, wanted.tolist(), strict=True)
        ),
        np.int64,
        len(lines),
    )
    c.add_all([f"says_{name}" for name in _SAID], said[:, None] == np.arange(len(_SAID)))
    c.add("says_any", said >= 0)


_SAID = (
    "share-bar",
    "navigation",
    "licence",
    "comment",
    "newsletter",
    "recommended",
    "app-prompt",
    "advert",
    "tags",
    "author-box",
    "caption",
)
_SAID_AT = {name: at for at, name in enumerate(_SAID)}


def _reading(line: Line) -> tuple[float, ...]:
    text = line.text
    parts = byline_parts(line.spaced or text)
    return (
        parts.date is not None or parts.bare_date is not None,
        parts.modified is not None,
        len(parts.authors),
        len(parts.editors),
        parts.source is not None,
        len("".join(parts.rest)) / len(text),
        len(parts.labelled),
        is_caption(line),
        credit_of(text) is not None,
    )


_CONTEXT = (
    "length",
    "link_share",
    "ends_sentence",
    "vote",
    "vote_support",
    "prose",
    "repeats",
    "reads_date",
    "says_any",
    "tag_p",
    "shape_run",
)


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


def since(flags: NDArray[np.bool_]) -> Ints:
    """For each place, how many places ago the flag was last set before or at it; at most 99."""
    at = np.arange(len(flags))
    latest = np.maximum.accumulate(np.where(flags, at, -1))
    return np.minimum(np.where(latest < 0, 99, at - latest), 99)


def _shape(line: Line) -> tuple[str, str, str]:
    """What blocks of one kind share: tag, class of the container, tag of the one above."""
    box = line.container
    up = box.parent if box is not None else None
    return (line.tag, (box.element.get("class") or "") if box is not None else "", up.tag if up is not None else "")
