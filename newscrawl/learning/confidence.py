"""Learns how far a page's text can be trusted: a small forest over the signs of certainty, calibrated on pages that it did not see."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newscrawl.extract.certainty import SIGNS
from newscrawl.extract.forest import LEAVES, Forest, from_dump, probability
from newscrawl.learning.folds import Answer, rows
from newscrawl.learning.training import Plan, fold_of
from newscrawl.quality.calibration import RIGHT

ROUNDS = 80
FEWEST = 40
"""Pages without which nothing can be said of certainty; a block of the calibration holds as many."""
Floats = NDArray[np.float64]


def judged(answers: Sequence[Answer]) -> list[Answer]:
    """The answers that can be learned from: records whose gold has a text."""
    return [one for one in answers if one.signs and one.result.body is not None]


def learn(answers: Sequence[Answer], plan: Plan) -> tuple[Forest | None, list[tuple[float, float]], Floats]:
    """The forest, its calibration, and for each judged answer the confidence that a forest without its site gives it.

    None and no points where there are too few pages.
    """
    known = judged(answers)
    right = np.array([one.result.body is not None and one.result.body.f1 >= RIGHT for one in known], float)
    if len(known) < 2 * FEWEST or right.min() == right.max():
        return None, [], np.ones(len(known))
    values = rows(known)
    folds = np.array([fold_of(f"confidence {one.entry.site}", plan.folds) for one in known])
    said = np.zeros(len(known))
    for fold in range(plan.folds):
        if (folds == fold).any():
            said[folds == fold] = _say(_grown(values[folds != fold], right[folds != fold], plan), values[folds == fold])
    held_out = np.zeros(len(known))
    for fold in range(plan.folds):
        points = calibrated(said[folds != fold], right[folds != fold])
        held_out[folds == fold] = np.interp(said[folds == fold], [point[0] for point in points], [point[1] for point in points])
    return _grown(values, right, plan), calibrated(said, right), held_out


def _grown(values: NDArray[np.float32], right: Floats, plan: Plan) -> Forest:
    import lightgbm

    settings = {
        "objective": "binary", "learning_rate": 0.05, "num_leaves": min(8, LEAVES), "min_data_in_leaf": 15, "feature_fraction": 0.5, "bagging_fraction": 0.8,
        "bagging_freq": 1, "lambda_l2": 5.0, "max_bin": 63, "verbose": -1, "num_threads": plan.threads, "seed": plan.seed, "deterministic": True,
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
        part = order[start:start + FEWEST]
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
