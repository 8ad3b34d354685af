"""What a site's records of one run measure together: fill of the fields, lengths, delays, repeated texts. Bounded in memory."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from datetime import UTC, datetime
from statistics import median

from newscrawl.items import Article
from newscrawl.monitor.confidence import band
from newscrawl.monitor.reports import BANDS
from newscrawl.rejections import Rejection, Unsure

FIELDS = (
    "title",
    "description",
    "authors",
    "editors",
    "source",
    "published",
    "modified",
    "section",
    "tags",
    "language",
    "canonical_url",
    "site_name",
    "access",
    "images",
    "syndication",
    "rights",
    "text",
)
_KEPT = 10_000
"""Values kept of each distribution: a random sample beyond that, whose median is off by less than 2 % of a deviation."""
_PARAGRAPHS = 50_000
"""Paragraphs told apart at a time; beyond that, those seen once are forgotten (lossy counting)."""
_SHORTEST = 20
"""Bytes of a paragraph that counts as text: a single word ("Advertisement") repeats on healthy pages too."""
_DATES = 5_000


class Sample:
    """A distribution of numbers in bounded memory: every value up to a bound, a uniform sample beyond (reservoir sampling)."""

    def __init__(self, kept: int = _KEPT) -> None:
        self.count = 0
        self._values: list[float] = []
        self._kept = kept
        self._random = random.Random(0)  # the same run, the same report

    def add(self, value: float) -> None:
        """One more value."""
        self.count += 1
        if len(self._values) < self._kept:
            self._values.append(value)
        elif (at := self._random.randrange(self.count)) < self._kept:
            self._values[at] = value

    def median(self) -> float | None:
        """The middle value; None without any."""
        return median(self._values) if self._values else None

    def quantile(self, share: float) -> float | None:
        """The value below which ``share`` of all lie (nearest rank); None without any."""
        if not self._values:
            return None
        return sorted(self._values)[min(len(self._values) - 1, int(share * len(self._values)))]


class Measures:
    """The records of one site in one run."""

    def __init__(self) -> None:
        self.lengths = Sample()
        self.delays = Sample()
        self.kept_chars = 0
        self.removed_chars = 0
        self.newest: datetime | None = None
        self.examples: dict[str, str] = {}
        """A URL for each thing that may need one: ``missing/<field>``, ``reason/<name>``, ``repeated``, ``same_date``, ``shortest``, ``doubtful``."""
        self._bands: Counter[str] = Counter()
        self._least_sure = 1.0
        self._dates: Counter[str] = Counter()
        self._paragraphs: Counter[bytes] = Counter()
        self._words: dict[bytes, tuple[str, str]] = {}
        self._shortest: int | None = None

    def article(self, article: Article, fresh: bool) -> None:
        """Measures a record; ``fresh`` says that it is a new article rather than a new version, for which alone a delay means something."""
        url, length = article.url, len(article.text)
        self.lengths.add(length)
        self.kept_chars += length
        self.removed_chars += sum(article.removed.values())
        for name in FIELDS:
            if not getattr(article, name):
                self.examples.setdefault(f"missing/{name}", url)
        if self._shortest is None or length < self._shortest:
            self._shortest = length
            self.examples["shortest"] = url
        if article.published:
            self._date(article, article.published, fresh)
        self._confidence(article.confidence, url)
        self._repeats(article)

    def rejection(self, rejection: Rejection) -> None:
        """Keeps an example of a reason; an article that was not sure enough to be written counts for what is known of it."""
        if rejection.url:
            self.examples.setdefault(f"reason/{rejection.name}", rejection.url)
        if isinstance(rejection, Unsure):
            self._confidence(rejection.confidence, rejection.url or "")

    def confidence(self) -> dict[str, int]:
        """Articles by their band of confidence, from the lowest; empty without any."""
        return {name: self._bands[name] for name in BANDS} if self._bands else {}

    def _confidence(self, confidence: float, url: str) -> None:
        self._bands[band(confidence)] += 1
        if confidence < self._least_sure:
            self._least_sure = confidence
            self.examples["doubtful"] = url

    def _date(self, article: Article, published: str, fresh: bool) -> None:
        if len(self._dates) < _DATES or published in self._dates:
            self._dates[published] += 1
        when, fetched = moment(published), moment(article.fetched_at)
        if when is None or fetched is None or when > fetched:
            return  # a clock that is ahead says nothing of how new the site is
        if self.newest is None or when > self.newest:
            self.newest = when
        # Without an offset or a time of day the delay would be off by hours.
        if fresh and "T" in published and datetime.fromisoformat(published).tzinfo:
            self.delays.add((fetched - when).total_seconds())

    def _repeats(self, article: Article) -> None:
        paragraphs = {" ".join(paragraph.split()) for paragraph in article.text.split("\n\n")}
        for words in paragraphs:
            data = words.encode("utf-8", "replace")
            if len(data) < _SHORTEST:
                continue
            key = hashlib.blake2b(data, digest_size=8).digest()
            self._paragraphs[key] += 1
            if self._paragraphs[key] == 2:  # most paragraphs come once, and need no words kept
                self._words[key] = words[:80], article.url
        if len(self._paragraphs) > _PARAGRAPHS:
            self._paragraphs = Counter({key: number for key, number in self._paragraphs.items() if number > 1})
            if len(self._paragraphs) > _PARAGRAPHS // 2:
                self._paragraphs = Counter(dict(self._paragraphs.most_common(_PARAGRAPHS // 4)))
            self._words = {key: words for key, words in self._words.items() if key in self._paragraphs}

    def repeated(self) -> tuple[int, str]:
        """On how many pages the most frequent paragraph stands, and its first words."""
        top = self._paragraphs.most_common(1)
        if not top or top[0][1] < 2:
            return 0, ""
        words, url = self._words[top[0][0]]
        self.examples["repeated"] = url
        return top[0][1], words

    def same_date(self) -> tuple[int, str]:
        """How many records share the most frequent date of publication, and that date."""
        top = self._dates.most_common(1)
        return (top[0][1], top[0][0]) if top else (0, "")


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time in UTC, read as UTC where it has no offset; None when there is none."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:  # year 1 with an offset
        return None
