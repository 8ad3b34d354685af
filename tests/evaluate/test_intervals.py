"""Bootstrap intervals."""

from __future__ import annotations

import random

from newscrawl.evaluate.intervals import bootstrap, share_interval


def mean(values):
    return (sum(values) / len(values),)


def test_the_same_pages_give_the_same_interval_and_it_holds_the_mean():
    pages = [0.5, 0.9, 1.0, 0.8, 0.2, 0.95]
    ((low, high),) = bootstrap(pages, mean)
    assert bootstrap(pages, mean) == ((low, high),)
    assert low < mean(pages)[0] < high
    assert low >= 0.2 and high <= 1


def test_more_pages_give_a_narrower_one():
    draw = random.Random(1)
    few = [draw.random() for _ in range(20)]
    many = [draw.random() for _ in range(500)]
    widths = [high - low for pages in (few, many) for low, high in bootstrap(pages, mean)]
    assert widths[0] > 3 * widths[1]


def test_pages_without_spread_have_none():
    assert bootstrap([0.75] * 8, mean) == ((0.75, 0.75),)
    assert bootstrap([], mean) == ()


def test_a_shares_interval_is_that_of_drawing():
    hits, total = 30, 40
    values = [1.0] * hits + [0.0] * (total - hits)
    ((low, high),) = bootstrap(values, mean, resamples=4000)
    exact = share_interval(hits, total)
    assert abs(exact[0] - low) <= 1 / total and abs(exact[1] - high) <= 1 / total
    assert share_interval(5, 5) == (1, 1)
    assert share_interval(0, 0) == (0, 0)
    assert share_interval(9_000, 10_000)[0] > 0.893
