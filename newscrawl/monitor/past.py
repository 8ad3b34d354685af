"""A site's past as health sees it: the comparable runs, pooled into windows and units large enough to be compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from newscrawl.monitor.deviation import share_scale
from newscrawl.monitor.measures import moment
from newscrawl.monitor.reports import DOUBTFUL, RunReport, SiteReport

DAYS = 56
"""How far the past reaches: eight of each weekday, and no season ago."""
HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
_SLOT = 1.5 * HOUR
"""Runs that begin within this of each other are of the same hour: crontabs are changed and machines wake late."""
_SAME_SLOT, _SAME_HOUR = 4, 7
_REACH = 2 * DAY
"""How far a news sitemap goes back: what is older has to be left out of it."""
UNIT = 10
"""Records that make a unit: fewer say little of a share."""
BODYLESS = frozenset(("empty", "video_only", "pictures_only", "licence_only"))
"""Rejections of pages in which no body was found."""
UNSURPRISING = frozenset(("limit", "duplicate", "redirect", "gone", "quarantined"))
"""Rejections that say nothing of how a site is read."""


@dataclass(slots=True)
class Point:
    """One site in one run. ``when`` counts seconds since 1970, ``elapsed`` since the run before (None for the first)."""

    when: float
    run: RunReport
    site: SiteReport
    elapsed: float | None = None
    flags: frozenset[tuple[str, str | None]] = field(init=False)

    def __post_init__(self) -> None:
        self.flags = frozenset((alert.kind, alert.field) for alert in self.site.alerts)

    @property
    def found(self) -> int:
        """Articles that the run brought: new ones, or all of a full run."""
        return self.site.counts.records if self.run.full else self.site.counts.articles

    @property
    def listed(self) -> int:
        """Candidates that the entry points listed, known ones too."""
        return max(self.site.counts.listed, self.site.counts.candidates)

    @property
    def lists_nothing(self) -> bool:
        """Whether an entry point could be read, and none lists a candidate."""
        return not self.listed and self.site.starts.failed + self.site.starts.put_off < self.site.starts.asked

    @property
    def bodyless(self) -> int:
        """Pages without a body."""
        return sum(number for reason, number in self.site.reasons.items() if reason in BODYLESS)

    @property
    def weighed(self) -> int:
        """Articles whose confidence is known: none of a run before there was one."""
        return sum(self.site.confidence.values())

    @property
    def doubtful(self) -> int:
        """Articles whose texts are rather wrong than right."""
        return self.site.confidence.get(DOUBTFUL, 0)

    @property
    def refused(self) -> int:
        """Pages whose rejection says something of the site."""
        return sum(number for reason, number in self.site.reasons.items() if reason not in UNSURPRISING)


def comparable(now: RunReport, then: RunReport) -> bool:
    """Whether a run did the same as another: a full run, another spider or a bounded run finds other numbers."""

    def task(run: RunReport) -> object:
        return (
            run.spider,
            run.full,
            run.replay,
            {name: value for name, value in run.arguments.items() if name != "site"},
        )

    return then.outcome in ("healthy", "unhealthy") and task(now) == task(then)


def points(now: RunReport, site: SiteReport, runs: Iterable[RunReport]) -> list[Point]:
    """The comparable runs of the site in the last weeks, oldest first, and the present one as the last."""
    began = _seconds(now)
    found = [
        Point(_seconds(run), run, part)
        for run in runs
        if run.run_id != now.run_id and comparable(now, run) and (part := run.site(site.label)) and not part.starts.idle
    ]
    found = sorted((one for one in found if began - DAYS * DAY <= one.when <= began), key=lambda one: one.when)
    found.append(Point(began, now, site))
    for before, after in pairwise(found):
        after.elapsed = after.when - before.when
    return found


def _seconds(run: RunReport) -> float:
    when = moment(run.began)
    return when.timestamp() if when else 0.0


def sound(past: Sequence[Point], kind: str, name: str | None = None) -> list[Point]:
    """The runs that gave no alert of a kind."""
    return [one for one in past if (kind, name) not in one.flags]


def may_be_empty(past: Sequence[Point]) -> bool:
    """Whether entry points that list nothing in the last of the runs may be as they should be.

    A news sitemap is empty after a quiet weekend. That is no explanation in a first run, nor while the newest article is younger than
    two days, nor where the lists have kept older ones, nor for more than a week, unless such a silence has passed by before.
    """
    newest, heard, held = -math.inf, past[0].when, 0.0
    age: float | None = None
    silences: list[tuple[float, float]] = []
    for one in past:
        if one.lists_nothing:
            # As it was when the silence began: a fault does not become right by lasting until the articles are old enough.
            age = one.when - newest if age is None else age
        elif one.listed:
            if age is not None:
                silences.append((age, one.when - newest))
                age = None
            if one.site.counts.candidates:
                heard = one.when
            held = max(held, one.when - heard)
        if one.found:
            date = moment(one.site.newest)
            newest = max(newest, min(date.timestamp(), one.when) if date else one.when)
    if age is None or math.isinf(newest) or past[-1].when - newest > max(WEEK, *(end for _, end in silences), 0.0):
        return False
    if len(silences) > 1 and 2 * age >= median(begin for begin, _ in silences):  # one alone may have been a fault
        return True
    return age >= _REACH > held


def same_slot(past: Sequence[Point], now: Point) -> tuple[list[Point], bool]:
    """The runs of the same weekday and hour, and True; too few of them: of the same hour, or all, and False."""
    if len(week := every(WEEK, past, now)) >= _SAME_SLOT:
        return week, True
    return (day if len(day := every(DAY, past, now)) >= _SAME_HOUR else list(past)), False


def every(length: float, past: Sequence[Point], now: Point) -> list[Point]:
    """The runs that began whole spans of a length (a day, a week) before another."""
    return [one for one in past if min((gap := (now.when - one.when) % length), length - gap) <= _SLOT]


def days(past: Sequence[Point], end: float) -> list[list[Point]]:
    """The runs in spans of 24 hours before ``end``, the oldest span first; without spans that have half the usual runs or fewer."""
    spans: dict[int, list[Point]] = {}
    for one in past:
        spans.setdefault(int((end - one.when) // DAY), []).append(one)
    usual = median(map(len, spans.values())) if spans else 0
    return [spans[number] for number in sorted(spans, reverse=True) if 2 * len(spans[number]) > usual]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole in each run, compared as an angle."""

    part: Callable[[Point], int]
    whole: Callable[[Point], int]

    def size(self, runs: Iterable[Point]) -> int:
        """How many things the runs have."""
        return sum(map(self.whole, runs))

    def value(self, runs: Sequence[Point]) -> float:
        """The share of the runs together."""
        return share_scale(sum(map(self.part, runs)), self.size(runs))

    def raw(self, runs: Sequence[Point]) -> float:
        """The share itself."""
        return sum(map(self.part, runs)) / self.size(runs)

    def noise(self, size: int, units: Sequence[tuple[float, int]]) -> float:
        """The deviation that chance gives a share of so many."""
        return 0.5 / math.sqrt(size)


@dataclass(frozen=True, slots=True)
class Length:
    """The middle length of the records' texts, compared by its logarithm."""

    def size(self, runs: Iterable[Point]) -> int:
        """How many records the runs have."""
        return sum(one.site.counts.records for one in runs if one.site.median_length)

    def value(self, runs: Sequence[Point]) -> float:
        """The logarithm of the runs' middle length, each run with the weight of its records."""
        return sum(
            one.site.counts.records * math.log(one.site.median_length) for one in runs if one.site.median_length
        ) / self.size(runs)

    def raw(self, runs: Sequence[Point]) -> float:
        """Characters."""
        return math.exp(self.value(runs))

    def noise(self, size: int, units: Sequence[tuple[float, int]]) -> float:
        """The deviation of a median of so many, from how far the past medians lie from each other."""
        middle = median(value for value, _ in units)
        single = 1.4826 * median(abs(value - middle) * math.sqrt(number) for value, number in units)
        return single / math.sqrt(size)


Metric = Share | Length


def units(
    metric: Metric, past: Sequence[Point], groups: Sequence[Sequence[Point]] | None = None
) -> list[tuple[float, int]]:
    """Value and size of each group of runs; by default of runs in a row that have at least :data:`UNIT` records together."""
    if groups is None:
        rows: list[list[Point]] = [[]]
        for one in past:
            rows[-1].append(one)
            if metric.size(rows[-1]) >= UNIT:
                rows.append([])
        groups = rows[:-1]
    return [(metric.value(group), size) for group in groups if (size := metric.size(group)) >= UNIT]
