"""What ``scrapy explain`` shows of one page, as plain values: written by :mod:`newscrawl.explain.explain_page` and ``explain_text``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from newscrawl.items import Article

MAX_SHOWN = 2_000
"""Blocks that are shown; of a page with more, those nearest to the article."""
MAX_TEXT = 3_000
"""Characters of a block that are shown."""


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block of the page, in order. ``reason`` is a key of the record's ``removed``, or ``body``."""

    index: int
    text: str
    kept: bool
    reason: str
    evidence: str
    link_share: float
    """0 to 1."""
    path: str
    """The elements that hold it; empty on a text-only page."""
    fields: tuple[str, ...] = ()
    """Fields that were read from it."""


@dataclass(frozen=True, slots=True)
class Other:
    """A candidate of a field beside the one that was taken: ``verdict`` is ``agrees`` or ``lost``."""

    value: str
    place: str
    verdict: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field as it stands in the record, where it came from, how it stood there, and the other candidates."""

    name: str
    value: str
    place: str = ""
    raw: str = ""
    others: tuple[Other, ...] = ()


@dataclass(slots=True)
class Explanation:
    """One page: what came out, and why."""

    url: str
    reason: str = ""
    """Why it is no article: the reason of its rejection; empty for an article."""
    detail: str = ""
    meaning: str = ""
    """What the reason means, in a sentence."""
    article: Article | None = None
    """The record; of a rejected page, as it stood before the verdict; None where the page could not be read."""
    blocks: list[BlockRow] = field(default_factory=list)
    fields: list[FieldRow] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    """Credits cut from the ends of paragraphs that stay."""
    numbers: dict[str, int] = field(default_factory=dict)
    """The page in numbers, as the verdict looks at it."""
    extractor: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """Where the page came from, and what a reader has to know of that."""

    seconds: float = 0.0
    """What the extraction took, without the explanation."""

    @property
    def size(self) -> str:
        """How much text there is, and how likely it is right, in words; empty where the page could not be read."""
        if self.article is None:
            return ""
        return f"{len(self.article.text):,} characters in {len(self.paragraphs)} paragraphs, confidence {self.article.confidence:.3f}"

    @property
    def paragraphs(self) -> list[str]:
        """The article's paragraphs; empty where there is no text."""
        return self.article.text.split("\n\n") if self.article is not None and self.article.text else []

    def reasons(self) -> list[tuple[str, int, int]]:
        """For each reason, the body first and then by size: (reason, blocks, characters)."""
        blocks: Counter[str] = Counter(row.reason for row in self.blocks)
        chars: Counter[str] = Counter()
        for row in self.blocks:
            chars[row.reason] += len(row.text)
        return sorted(
            ((reason, count, chars[reason]) for reason, count in blocks.items()),
            key=lambda item: (item[0] != "body", -item[2], item[0]),
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """Blocks that are left out of what is shown."""

    first: int
    last: int
    reasons: str


def shown(blocks: Sequence[BlockRow], limit: int = MAX_SHOWN) -> Iterator[BlockRow | Gap]:
    """The blocks in order; of more than ``limit``, those nearest to blocks that stay, with a :class:`Gap` in each place of others."""
    if len(blocks) <= limit:
        yield from blocks
        return
    distance = [len(blocks)] * len(blocks)
    for order in (range(len(blocks)), range(len(blocks) - 1, -1, -1)):
        far = len(blocks)
        for at in order:
            far = 0 if blocks[at].kept else far + 1
            distance[at] = min(distance[at], far)
    chosen = set(sorted(range(len(blocks)), key=lambda at: (distance[at], at))[:limit])
    left: list[BlockRow] = []
    for at, row in enumerate(blocks):
        if at not in chosen:
            left.append(row)
            continue
        if left:
            yield _gap(left)
            left = []
        yield row
    if left:
        yield _gap(left)


def _gap(rows: Sequence[BlockRow]) -> Gap:
    count = Counter(row.reason for row in rows)
    return Gap(
        rows[0].index, rows[-1].index, ", ".join(f"{reason} {number}" for reason, number in count.most_common(6))
    )
