"""Bootstrap intervals (percentile method, Efron 1979): how far a figure would move with another choice of pages.

Seeded: the same pages give the same interval. numpy is not among the project's libraries, and a thousand resamples of ten thousand
pages take some seconds without it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import exp, lgamma, log
from typing import TypeVar

RESAMPLES = 1000
LEVEL = 0.95
SEED = 20200
Page = TypeVar("Page")
Interval = tuple[float, float]


def bootstrap(
    pages: Sequence[Page], statistic: Callable[[Sequence[Page]], tuple[float, ...]], resamples: int = RESAMPLES
) -> tuple[Interval, ...]:
    """The intervals of a statistic's values over pages: of ``resamples`` drawings with replacement, the middle :data:`LEVEL`.

    For a paired comparison ``pages`` holds pairs and the statistic is a difference. Empty without pages.
    """
    if not pages:
        return ()
    draw = random.Random(SEED)
    rows = [statistic(draw.choices(pages, k=len(pages))) for _ in range(resamples)]
    return tuple(_middle(sorted(column)) for column in zip(*rows, strict=True))


def _middle(values: Sequence[float]) -> Interval:
    tail = (1 - LEVEL) / 2
    last = len(values) - 1
    return values[round(tail * last)], values[round((1 - tail) * last)]


@lru_cache(maxsize=4096)
def share_interval(hits: int, total: int) -> Interval:
    """The interval of a share. Its bootstrap distribution is the binomial one, whose quantiles need no drawing."""
    if hits in (0, total):
        return (hits / total, hits / total) if total else (0.0, 0.0)
    tail = (1 - LEVEL) / 2
    share, below, low = hits / total, 0.0, 0
    first = True
    for count in range(total + 1):
        below += exp(
            lgamma(total + 1)
            - lgamma(count + 1)
            - lgamma(total - count + 1)
            + count * log(share)
            + (total - count) * log(1 - share)
        )
        if first and below >= tail:
            low, first = count, False
        if below >= 1 - tail:
            return low / total, count / total
    return low / total, 1.0
