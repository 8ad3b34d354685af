"""Boosted trees as plain tables, evaluated with NumPy: how the block model is stored and run.

Each tree has at most 16 leaves, numbered from left to right. A node that a row fails (its value is above the threshold) rules out the leaves
to its left; the row ends in the first leaf that no node ruled out. So a tree needs no walk from node to node: all nodes of all trees are
compared at once and their masks joined with AND (QuickScorer, Lucchese et al., SIGIR 2015).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

LEAVES = 16
NODES = LEAVES - 1
AT_ONCE = 256
"""Rows that are compared at once: a usual page; what is compared stays in the processor's cache, and a page of 50,000 blocks in memory."""
Floats = NDArray[np.float32]
_NO_MASK = 0xFFFF


class Forest(msgspec.Struct, frozen=True):
    """Trees that read the named features and add up to one number for each output, in log-odds."""

    features: list[str]
    outputs: int
    """How many numbers a row gets; tree ``t`` adds to output ``t % outputs``."""
    feature: bytes
    """For each node of each tree, the place of its feature in ``features`` (uint16, little-endian, as all tables)."""
    threshold: bytes
    """For each node, the largest value that goes to its left (float32); infinite for a node that a small tree does not need."""
    mask: bytes
    """For each node, the leaves that stay possible where the value is above the threshold (uint16, one bit a leaf)."""
    leaf: bytes
    """For each leaf of each tree, what it adds (float32)."""

    def tables(self) -> Tables:
        """The forest ready to run."""
        return Tables(self)


class Tables:
    """A forest's tables as arrays."""

    def __init__(self, forest: Forest) -> None:
        self.names = forest.features
        self.outputs = forest.outputs
        self.leaf = np.frombuffer(forest.leaf, "<f4").astype(np.float64)
        self.trees = len(self.leaf) // LEAVES
        # Node by node instead of tree by tree: the masks of all trees' first nodes lie side by side, so joining them is fast.
        self.feature = _by_node(np.frombuffer(forest.feature, "<u2").astype(np.int64), self.trees)
        self.threshold = _by_node(np.frombuffer(forest.threshold, "<f4"), self.trees)[:, None]
        self.mask = _by_node(np.frombuffer(forest.mask, "<u2"), self.trees)[:, None]

    def scores(self, rows: Floats) -> NDArray[np.float64]:
        """For each row of features (in the order of ``names``), its outputs in log-odds."""
        if not len(rows):
            return np.zeros((0, self.outputs))
        if not self.names:  # trees that learned nothing have leaves alone
            rows = np.zeros((len(rows), 1), np.float32)
        return np.concatenate([self._scores(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE)])

    def _scores(self, rows: Floats) -> NDArray[np.float64]:
        count = len(rows)
        values = np.take(np.ascontiguousarray(rows.T), self.feature, axis=0)
        # A comparison that holds is all ones, which no mask narrows; numpy.where does the same twenty times as slowly.
        possible = np.negative((values <= self.threshold).view(np.int8), dtype=np.int16).view(np.uint16) | self.mask
        ended = _first_leaf().take(np.bitwise_and.reduce(possible.reshape(NODES, self.trees, count), axis=0))
        added = self.leaf.take(ended + (np.arange(self.trees) * LEAVES)[:, None])
        return np.ascontiguousarray(added.reshape(-1, self.outputs, count).sum(axis=0).T)


def _by_node(table: NDArray[Any], trees: int) -> NDArray[Any]:
    return np.ascontiguousarray(table.reshape(trees, NODES).T).ravel()


@cache
def _first_leaf() -> NDArray[np.int64]:
    """For each set of possible leaves, the first of them."""
    sets = np.arange(1 << LEAVES, dtype=np.int64)
    first = np.zeros(len(sets), np.int64)
    first[1:] = np.log2(sets[1:] & -sets[1:]).astype(np.int64)
    return first


def probability(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds as probabilities."""
    return 1.0 / (1.0 + np.exp(-np.clip(scores, -40, 40)))


def shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's scores as probabilities that add up to one (softmax)."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
    return powers / powers.sum(axis=1, keepdims=True) if len(scores) else scores


def from_dump(dump: dict[str, Any], outputs: int = 1) -> Forest:
    """A forest from LightGBM's ``Booster.dump_model()``; only the features that a node asks for are kept.

    :raises ValueError: for a tree of more than 16 leaves, or one that splits by category.
    """
    names: list[str] = dump["feature_names"]
    used: dict[int, int] = {}
    feature: list[int] = []
    threshold: list[float] = []
    mask: list[int] = []
    leaf: list[float] = []
    for tree in dump["tree_info"]:
        nodes: list[tuple[int, float, int]] = []
        values: list[float] = []
        _walk(tree["tree_structure"], nodes, values)
        if len(values) > LEAVES:
            raise ValueError(f"a tree has {len(values)} leaves; {LEAVES} fit")
        nodes += [(-1, np.inf, _NO_MASK)] * (NODES - len(nodes))
        feature += [used.setdefault(at, len(used)) if at >= 0 else 0 for at, _, _ in nodes]
        threshold += [_below(value) for _, value, _ in nodes]
        mask += [bits for _, _, bits in nodes]
        leaf += values + [0.0] * (LEAVES - len(values))
    return Forest(
        [names[at] for at in used],
        outputs,
        np.array(feature, "<u2").tobytes(),
        np.array(threshold, "<f4").tobytes(),
        np.array(mask, "<u2").tobytes(),
        np.array(leaf, "<f4").tobytes(),
    )


def _walk(node: dict[str, Any], nodes: list[tuple[int, float, int]], values: list[float]) -> None:
    """Adds a node's subtree, its leaves from left to right."""
    if "leaf_value" in node:
        values.append(float(node["leaf_value"]))
        return
    if node["decision_type"] != "<=":
        raise ValueError("a tree splits by category")
    place, first = len(nodes), len(values)
    nodes.append((0, 0.0, 0))
    _walk(node["left_child"], nodes, values)
    ruled_out = ((1 << len(values)) - 1) & ~((1 << first) - 1)
    nodes[place] = (int(node["split_feature"]), float(node["threshold"]), _NO_MASK & ~ruled_out)
    _walk(node["right_child"], nodes, values)


def _below(value: float) -> float:
    """The largest float32 that is not above the value, so that float32 rows fall on the side where training put them."""
    near = np.float32(value)
    return float(np.nextafter(near, np.float32(-np.inf))) if float(near) > value else float(near)
