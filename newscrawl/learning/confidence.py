"""Learns how far a page's text can be trusted: a small forest over the signs of certainty, calibrated on pages that it did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from newscrawl.evaluate.calibration import RIGHT
from newscrawl.extraction.body.certainty import SIGNS
from newscrawl.extraction.body.forest import LEAVES, Forest, from_dump, probability
from newscrawl.learning.folds import Answer, rows
from newscrawl.learning.training import Plan

ROUNDS = 80
FEWEST = 40
"""Pages without which nothing can be said of certainty; a block of the calibration holds as many."""
Floats = NDArray[np.float64]


def judged(answers: Sequence[Answer]) -> list[Answer]:
    """The answers that can be learned from: records whose gold has a text."""
    return [one for one in answers if one.signs and one.result.body is not None]


@dataclass(frozen=True, slots=True)
class Judge:
    """A forest that judges pages, and its calibration; without a forest every page is trusted."""

    forest: Forest | None = None
    calibration: list[tuple[float, float]] = field(default_factory=list)

    def confidence(self, values: NDArray[np.float32]) -> Floats:
        """The confidence of rows of signs."""
        if self.forest is None:
            return np.ones(len(values))
        said = _say(self.forest, values)
        return (
            np.interp(said, [point[0] for point in self.calibration], [point[1] for point in self.calibration])
            if self.calibration
            else said
        )


def learn(answers: Sequence[Answer], plan: Plan, assigned: Mapping[str, int]) -> tuple[Judge, list[Judge]]:
    """The judge learned from all judged answers, and for each fold the one learned from the answers of the others;
    ``assigned`` are the folds of the sites.

    A calibration is taken from pages that its forest did not see. Where there are too few pages, nothing is judged.
    """
    known = judged(answers)
    right = np.array([one.result.body is not None and one.result.body.f1 >= RIGHT for one in known], float)
    if len(known) < 2 * FEWEST or right.min() == right.max():
        return Judge(), [Judge()] * plan.folds
    values = rows(known)
    folds = np.array([assigned[one.entry.site] for one in known])
    everything = np.ones(len(known), bool)
    return _judge(values, right, folds, everything, plan), [
        _judge(values, right, folds, folds != fold, plan) for fold in range(plan.folds)
    ]


def _judge(
    values: NDArray[np.float32], right: Floats, folds: NDArray[np.int64], used: NDArray[np.bool_], plan: Plan
) -> Judge:
    said = np.full(len(values), np.nan)
    for fold in np.unique(folds[used]):
        inner, held_out = used & (folds != fold), used & (folds == fold)
        if right[inner].min(initial=1) < right[inner].max(initial=0):
            said[held_out] = _say(_grown(values[inner], right[inner], plan), values[held_out])
    told = ~np.isnan(said)
    return Judge(_grown(values[used], right[used], plan), calibrated(said[told], right[told]))


def _grown(values: NDArray[np.float32], right: Floats, plan: Plan) -> Forest:
    import lightgbm

    settings = {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": min(8, LEAVES),
        "min_data_in_leaf": 15,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "max_bin": 63,
        "verbose": -1,
        "num_threads": plan.threads,
        "seed": plan.seed,
        "deterministic": True,
        "force_row_wise": True,
    }
    dump = lightgbm.train(settings, lightgbm.Dataset(values, right), ROUNDS).dump_model()
    dump["feature_names"] = list(SIGNS)
    return from_dump(dump)


def _say(forest: Forest, values: NDArray[np.float32]) -> Floats:
    tables = forest.tables()
    return probability(tables.scores(values[:, [SIGNS.index(name) for name in tables.names]]))[:, 0]


def calibrated(said: Floats, right: Floats) -> list[tuple[float, float]]:
    """Rising points (what the forest says, share that was right): isotonic regression by pooling neighbours, in blocks of enough pages."""
    order = np.argsort(said, kind="stable")
    blocks: list[list[float]] = []
    for start in range(0, len(order), FEWEST):
        part = order[start : start + FEWEST]
        if len(part) < FEWEST and blocks:
            blocks[-1] = _joined(blocks[-1], [float(said[part].sum()), float(right[part].sum()), float(len(part))])
        else:
            blocks.append([float(said[part].sum()), float(right[part].sum()), float(len(part))])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            last = blocks.pop()
            blocks[-1] = _joined(blocks[-1], last)
    return [(round(total / count, 6), round(good / count, 6)) for total, good, count in blocks]


def _joined(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [a + b for a, b in zip(one, other, strict=True)]
