"""Two evaluations of the same gold, page by page: what got better, what got worse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from newscrawl.evaluate.evaluation import PageResult, body_figures, segment_figures
from newscrawl.evaluate.intervals import Interval, bootstrap

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class PageChange:
    """A page that changed. ``effect`` is the new F1 less the old; ``better`` and ``worse`` name the fields that agree now, or no longer."""

    url: str
    site: str
    old: float | None
    new: float | None
    better: tuple[str, ...]
    worse: tuple[str, ...]

    @property
    def effect(self) -> float:
        """The change of the body."""
        return (self.new or 0.0) - (self.old or 0.0)

    @property
    def direction(self) -> int:
        """1: better, -1: worse; the body decides before the fields do; 0 where as many fields got better as worse."""
        if abs(self.effect) > _TOLERANCE:
            return 1 if self.effect > 0 else -1
        return (len(self.better) > len(self.worse)) - (len(self.better) < len(self.worse))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changed pages, those of the greatest effect first, and the difference of F1 with the interval of a paired bootstrap."""

    changes: list[PageChange]
    same: int
    difference: float | None
    interval: Interval | None


def compare(old: Sequence[PageResult], new: Sequence[PageResult]) -> Comparison:
    """Two evaluations of one gold, whose pages come in the same order."""
    changes = [change for before, after in zip(old, new, strict=True) if (change := _change(before, after))]
    changes.sort(key=lambda change: (-abs(change.effect), -len(change.better) - len(change.worse), change.url))
    difference, interval = _difference(old, new)
    return Comparison(changes, len(old) - len(changes), difference, interval)


def _change(old: PageResult, new: PageResult) -> PageChange | None:
    names = new.fields.keys() & old.fields.keys()
    better = tuple(sorted(name for name in names if new.fields[name].normalised > old.fields[name].normalised))
    worse = tuple(sorted(name for name in names if new.fields[name].normalised < old.fields[name].normalised))
    change = PageChange(new.url, new.site, old.value, new.value, better, worse)
    return change if better or worse or abs(change.effect) > _TOLERANCE else None


def _difference(old: Sequence[PageResult], new: Sequence[PageResult]) -> tuple[float | None, Interval | None]:
    """Of the same measure as the figures: pages with a gold text, or else with segments."""
    bodies = [(before.body, after.body) for before, after in zip(old, new, strict=True) if before.body and after.body]
    if bodies:
        return _paired(bodies, body_figures)
    segments = [
        (before.segments, after.segments)
        for before, after in zip(old, new, strict=True)
        if before.segments and after.segments
    ]
    return _paired(segments, segment_figures) if segments else (None, None)


def _paired(
    pairs: Sequence[tuple[Any, Any]], measure: Callable[[Sequence[Any]], tuple[float, float, float]]
) -> tuple[float, Interval]:
    def difference(drawn: Sequence[tuple[Any, Any]]) -> tuple[float, ...]:
        return (measure([new for _, new in drawn])[2] - measure([old for old, _ in drawn])[2],)

    return difference(pairs)[0], bootstrap(pairs, difference)[0]
