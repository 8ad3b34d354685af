"""Records against gold: what each page is worth, the figures of many, and which of two files is better.

Precision is the mean over the pages with any text, recall the mean over all, F1 that of the two means: the convention of the
article-extraction-benchmark. A page without a record counts as an empty extraction.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from newscrawl.evaluate.agreement import Agreement, agreements
from newscrawl.evaluate.intervals import Interval, bootstrap, share_interval
from newscrawl.evaluate.shingles import BodyScore, f1, score
from newscrawl.urls import host, registrable

Row = dict[str, Any]
REJECTED = "rejected"
"""The field of a page that is to give no record."""


class Segments(NamedTuple):
    """Sentences that must, and must not, stand in a text (the convention of trafilatura's evaluation)."""

    hits: int
    misses: int
    leaks: int
    clean: int


@dataclass(frozen=True, slots=True)
class PageResult:
    """What one page of the gold was worth."""

    url: str
    site: str
    matched: bool
    body: BodyScore | None = None
    segments: Segments | None = None
    fields: dict[str, Agreement] = field(default_factory=dict)
    leaks: tuple[int, int] = (0, 0)
    """Sentences of the gold's ``must_not`` that stand in the text, and how many it names."""
    confidence: float | None = None
    """As the record has it; None where it has none."""

    @property
    def value(self) -> float | None:
        """The body's worth from 0 to 1: F1, or that of the segments."""
        if self.body is not None:
            return self.body.f1
        return segment_figures([self.segments])[2] if self.segments is not None else None


class Records:
    """Records by the names that gold may have for them; of two with one name the later counts."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by: dict[str, dict[str, int]] = {"url": {}, "requested_url": {}, "id": {}}
        self._rows: list[Row] = []
        self._used: set[int] = set()
        for row in rows:
            for name, known in self._by.items():
                if row.get(name):
                    known[str(row[name])] = len(self._rows)
            self._rows.append(row)

    def __len__(self) -> int:
        return len(self._rows)

    def of(self, gold: Row) -> Row | None:
        """The record of a row of gold: by ``url``, ``requested_url``, ``id``, in that order."""
        url, key = str(gold.get("url") or ""), str(gold.get("id") or "")
        for name, value in (("url", url), ("requested_url", url), ("id", key)):
            if value and (place := self._by[name].get(value)) is not None:
                self._used.add(place)
                return self._rows[place]
        return None

    def unmatched(self) -> list[str]:
        """The names of the records for which nothing asked; of two records with one URL the earlier is none."""
        last = set(self._by["url"].values()) | {place for place, row in enumerate(self._rows) if not row.get("url")}
        return [str(self._rows[place].get("url") or self._rows[place].get("id")) for place in sorted(last - self._used)]


def evaluate(gold: Iterable[Row], records: Records) -> list[PageResult]:
    """Each page of the gold, in its order."""
    return [_page(row, records.of(row)) for row in gold]


def _page(gold: Row, record: Row | None) -> PageResult:
    url = str(gold.get("url") or gold.get("id") or "")
    site = gold.get("site") if isinstance(gold.get("site"), str) else None
    found = PageResult(url=url, site=site or registrable(host(url)) or "", matched=record is not None)
    if "reason" in gold:
        right = record is None
        return _with(found, fields={REJECTED: Agreement(right, right)})
    text = (record or {}).get("text") or ""
    body = score(gold_text(gold), text) if gold_text(gold) is not None else None
    segments = _segments(gold, text) if isinstance(gold.get("with"), list) else None
    confidence = (record or {}).get("confidence")
    return _with(
        found,
        body=body,
        segments=segments,
        fields=dict(agreements(gold, record)),
        leaks=_leaks(gold, text),
        confidence=confidence,
    )


def _with(page: PageResult, **values: Any) -> PageResult:
    return PageResult(url=page.url, site=page.site, matched=page.matched, **values)


def gold_text(gold: Row) -> str | None:
    """The gold's body: ``text``, or ``paragraphs``, or the benchmark's ``articleBody``; None where it has none."""
    for name in ("text", "articleBody", "paragraphs"):
        value = gold.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return "\n\n".join(str(paragraph) for paragraph in value)
    return None


def _segments(gold: Row, text: str) -> Segments:
    squeezed = _squeezed(text)
    wanted, unwanted = gold["with"], gold.get("without") or []
    hits = sum(_squeezed(segment) in squeezed for segment in wanted)
    leaks = sum(_squeezed(segment) in squeezed for segment in unwanted)
    return Segments(hits, len(wanted) - hits, leaks, len(unwanted) - leaks)


def _leaks(gold: Row, text: str) -> tuple[int, int]:
    foreign = gold.get("must_not") or []
    squeezed = _squeezed(text)
    return sum(_squeezed(line) in squeezed for line in foreign), len(foreign)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def body_figures(scores: Sequence[BodyScore]) -> tuple[float, float, float]:
    """Precision, recall, F1 of many bodies."""
    texts = right = recall = 0.0
    for one in scores:
        recall += one[1]
        if not one[2]:
            texts += 1
            right += one[0]
    precision = right / texts if texts else 0.0
    recall = recall / len(scores) if scores else 0.0
    return precision, recall, f1(precision, recall)


def segment_figures(found: Sequence[Segments]) -> tuple[float, float, float]:
    """Precision, recall, F1 of many pages' segments, counted together."""
    hits, misses, leaks = (sum(one[place] for one in found) for place in range(3))
    precision, recall = hits / max(1, hits + leaks), hits / max(1, hits + misses)
    return precision, recall, f1(precision, recall)


@dataclass(slots=True)
class Figures:
    """Precision, recall and F1 of many pages' bodies or segments, each with its interval; ``exact`` and ``empty`` count pages."""

    measure: str
    pages: int
    precision: float
    recall: float
    f1: float
    intervals: tuple[Interval, ...]
    exact: int = 0
    empty: int = 0


def figures(pages: Sequence[PageResult]) -> Figures | None:
    """The figures of pages' texts: by shingles where the gold has a text, else by segments; None where it judges neither."""
    bodies = [page.body for page in pages if page.body is not None]
    if bodies:
        return Figures(
            "shingles",
            len(bodies),
            *body_figures(bodies),
            bootstrap(bodies, body_figures),
            sum(one.exact for one in bodies),
            sum(one.empty for one in bodies),
        )
    segments = [page.segments for page in pages if page.segments is not None]
    if segments:
        return Figures("segments", len(segments), *segment_figures(segments), bootstrap(segments, segment_figures))
    return None


def by_site(pages: Iterable[PageResult]) -> dict[str, list[PageResult]]:
    """The pages of each site, the sites in alphabetical order."""
    found: defaultdict[str, list[PageResult]] = defaultdict(list)
    for page in pages:
        found[page.site].append(page)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """On how many pages a field is judged, and on which share it is right."""

    judged: int
    exact: float
    exact_interval: Interval
    normalised: float
    normalised_interval: Interval


def field_figures(pages: Iterable[PageResult]) -> dict[str, FieldFigures]:
    """Each field that the gold judges."""
    found: defaultdict[str, list[Agreement]] = defaultdict(list)
    for page in pages:
        for name, agreement in page.fields.items():
            found[name].append(agreement)
    result = {}
    for name, values in found.items():
        exact, normalised, total = sum(one.exact for one in values), sum(one.normalised for one in values), len(values)
        result[name] = FieldFigures(
            total, exact / total, share_interval(exact, total), normalised / total, share_interval(normalised, total)
        )
    return result
