"""What the first stage's answers say around each block: the second stage's own features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.extraction.body.features import Floats, Rows, since

_REACHES = (2, 5, 10, 20)
_STEPS = (1, 2, 3, 4)
SURE = 0.8


def surroundings(rows: Rows, text: NDArray[np.float64]) -> tuple[Floats, list[str]]:
    """What the first stage's probabilities say around each block: over its container, its shape, windows, the best run, the page."""
    n, weight = len(text), np.minimum(rows.length, 600.0).astype(np.float64) + 5.0
    at = np.arange(n)
    held = text * weight
    found: dict[str, Any] = {"text": text}
    for name, kinds in (
        *((f"box{level}", rows.homes[:, level] - rows.homes.min()) for level in range(3)),
        ("shape", rows.shape),
    ):
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
    found["since_sure"], found["until_sure"] = since(sure), since(sure[::-1])[::-1]
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
