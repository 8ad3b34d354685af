"""How far a value lies from what is usual: by median and median absolute deviation, on scales where chance is equally wide everywhere.

A count is compared on Anscombe's scale (2 √(x + 3/8); a Poisson count has deviation 1 on it), a share by its angle (arcsine of the
root; k of n has deviation 1 / (2 √n) on it), a length by its logarithm. F. J. Anscombe, Biometrika 35 (1948), 246-254. The median
and the MAD bear that up to half of the past was itself out of order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median

LIMIT = 5.0
"""Deviations from which on a value is out of order. A normal value is so once in 3,500,000 times; runs are many, and so are fields."""


def count_scale(count: float) -> float:
    """A count on Anscombe's scale."""
    return 2 * math.sqrt(count + 0.375)


def share_scale(part: float, whole: float) -> float:
    """``part`` of ``whole`` as an angle."""
    return math.asin(math.sqrt((part + 0.375) / (whole + 0.75)))


def share_of(angle: float) -> float:
    """The share that an angle stands for, between 0 and 1."""
    return math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2


def spread(values: Sequence[float]) -> float:
    """1.4826 MAD: the standard deviation, were the values normal."""
    middle = median(values)
    return 1.4826 * median(abs(value - middle) for value in values)


def seasonal_spread(values: Iterable[tuple[int, float]]) -> float:
    """The spread about the median of each value's own season (an hour of the week, a weekday): of all seasons together, because
    the few values of one may lie close by chance."""
    seasons: dict[int, list[float]] = {}
    for season, value in values:
        seasons.setdefault(season, []).append(value)
    rests = [
        abs(value - median(same)) * math.sqrt(len(same) / (len(same) - 1))
        for same in seasons.values()
        if len(same) > 1
        for value in same
    ]
    return 1.4826 * median(rests) if rests else 0.0


def falls(
    now: float, past: Sequence[float], deviation: float, lowest: float | None = None, limit: float = LIMIT
) -> bool:
    """Whether ``now`` lies below what is usual by ``limit`` deviations of a single value or more.

    When the past is a mixture (weekdays and Sundays, noon and night), ``lowest`` is what now has to lie below besides.
    """
    wide = deviation * math.sqrt(1 + math.pi / 2 / len(past))  # the median of a few values is itself uncertain
    return median(past) - now >= limit * wide and (lowest is None or now < lowest)


def chance_of_at_least(part: int, whole: int, share: float) -> float:
    """How likely ``part`` or more of ``whole`` are, each with the probability ``share``."""
    return math.fsum(math.comb(whole, k) * share**k * (1 - share) ** (whole - k) for k in range(part, whole + 1))
