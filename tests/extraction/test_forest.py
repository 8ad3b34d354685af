"""A forest stored as tables says what LightGBM's own trees say, for every row and class."""

from __future__ import annotations

import lightgbm
import msgspec
import numpy as np
import pytest

from newscrawl.extraction.body.forest import LEAVES, Forest, from_dump, probability, shares

RANDOM = np.random.default_rng(1)
ROWS = RANDOM.normal(size=(2000, 12)).astype(np.float32)
SETTINGS = {"num_leaves": LEAVES, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}


def grown(labels: np.ndarray, rounds: int = 30, **more: object) -> lightgbm.Booster:
    return lightgbm.train(SETTINGS | more, lightgbm.Dataset(ROWS, labels), rounds)


def picked(forest: Forest, rows: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(rows[:, [int(name.removeprefix("Column_")) for name in forest.features]])


def test_two_classes() -> None:
    booster = grown((ROWS[:, 0] + ROWS[:, 1] * ROWS[:, 2] > 0.3).astype(int), objective="binary")
    forest = from_dump(booster.dump_model())
    assert np.allclose(
        probability(forest.tables().scores(picked(forest, ROWS)))[:, 0], booster.predict(ROWS), atol=1e-6
    )


def test_several_classes() -> None:
    booster = grown((ROWS[:, 0] > 0).astype(int) + (ROWS[:, 1] > 0.5), objective="multiclass", num_class=3)
    forest = from_dump(booster.dump_model(), 3)
    said = shares(forest.tables().scores(picked(forest, ROWS)))
    assert np.allclose(said, booster.predict(ROWS), atol=1e-6)
    assert np.allclose(said.sum(axis=1), 1)


def test_a_row_on_the_threshold_goes_where_training_put_it() -> None:
    labels = (ROWS[:, 3] > 0).astype(int)
    booster = grown(labels, 1, objective="binary", num_leaves=2)
    forest = from_dump(booster.dump_model())
    edge = float(booster.dump_model()["tree_info"][0]["tree_structure"]["threshold"])
    rows = np.zeros((3, 12), np.float32)
    rows[:, 3] = [
        np.nextafter(np.float32(edge), np.float32(-9)),
        np.float32(edge),
        np.nextafter(np.float32(edge), np.float32(9)),
    ]
    assert np.allclose(
        probability(forest.tables().scores(picked(forest, rows)))[:, 0], booster.predict(rows.astype(np.float64))
    )


def test_a_forest_survives_being_stored() -> None:
    forest = from_dump(grown((ROWS[:, 0] > 0).astype(int), objective="binary").dump_model())
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(forest), type=Forest)
    assert np.array_equal(again.tables().scores(picked(again, ROWS)), forest.tables().scores(picked(forest, ROWS)))


def test_no_row_is_no_score() -> None:
    forest = from_dump(grown((ROWS[:, 0] > 0).astype(int), objective="binary").dump_model())
    assert forest.tables().scores(np.zeros((0, len(forest.features)), np.float32)).shape == (0, 1)


def test_trees_that_learned_nothing_say_the_same_of_every_row() -> None:
    forest = from_dump(grown(np.tile([0, 1], 1000), 3, objective="binary", min_data_in_leaf=5000).dump_model())
    said = probability(forest.tables().scores(picked(forest, ROWS)))
    assert forest.features == [] and np.allclose(said, 0.5)


def test_a_tree_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves"):
        from_dump(
            grown((np.sin(3 * ROWS[:, 0]) > 0).astype(int), num_leaves=4 * LEAVES, objective="binary").dump_model()
        )
