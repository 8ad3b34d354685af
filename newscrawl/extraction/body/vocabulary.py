"""Which strings of letters stand in articles and which in furniture: learned counts of short character runs, for texts and for class names.

In place of word lists. A run of characters weighs as much as the log-odds of the *sites* that use it in their articles against those that use
it around them, so a word that one site repeats on each page counts once. Runs are hashed into a table of fixed size (Weinberger et al., ICML
2009); the hash is arithmetic on code points, so it is the same everywhere and all runs of a page are hashed at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BITS = 15
SIZE = 1 << BITS
HEAD, TAIL = 56, 24
"""Characters at a text's beginning and end that are looked at: furniture is short or says there what it is."""
_FACTORS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], np.uint32)
SMOOTHING = 1.0
_BREAK = "\x00"


class Vocabulary(msgspec.Struct, frozen=True):
    """The weights of runs of ``run`` characters."""

    run: int
    weights: bytes
    """For each hash, the log-odds of standing in an article (float16, little-endian)."""

    def table(self) -> Floats:
        """The weights as an array."""
        return np.frombuffer(self.weights, "<f2").astype(np.float32)


@dataclass(slots=True)
class Strings:
    """The strings of a page's blocks that are looked up: what they say, and the names of what holds them."""

    text: list[str]
    names: list[str]
    """Class and id of each block's container."""
    above: list[str]
    """Those of the two containers above it."""


LOOKED_UP: tuple[tuple[str, str, int], ...] = (
    ("text", "text", 2),
    ("text", "text", 3),
    ("text", "text", 5),
    ("names", "names", 4),
    ("above", "names", 4),
)
"""Which strings are looked up in which vocabulary: the strings' name, the vocabulary's, and the length of its runs."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The hashed runs of the strings of a page's blocks: ``hashes[i]`` stands in the string ``owners[i]``. Blocks share strings (the names of
    what holds them), so each string is hashed once."""

    hashes: NDArray[np.uint16]
    owners: NDArray[np.int32]
    of: NDArray[np.int32]
    """For each block the place of its string."""
    count: int
    """How many strings there are."""

    def mean_and_lowest(self, table: Floats) -> tuple[Floats, Floats]:
        """For each block, the mean weight of its string's runs and the lowest: one telling word in a line of neutral ones. Both are 0
        for a string that is shorter than a run."""
        weights = table.take(self.hashes)
        mean = np.bincount(self.owners, weights, minlength=self.count) / np.maximum(
            1, np.bincount(self.owners, minlength=self.count)
        )
        lowest = np.zeros(self.count, np.float32)
        if len(self.owners):
            starts = np.flatnonzero(np.diff(self.owners, prepend=-1))
            lowest[self.owners[starts]] = np.minimum.reduceat(weights, starts)
        return mean.astype(np.float32)[self.of], lowest[self.of]


def edges(texts: Sequence[str]) -> list[str]:
    """The parts of the texts that are looked at, between spaces so that words' beginnings and ends count, in lower case and with one
    digit for all: ``00:09`` and ``3.5k`` stand for their kind."""
    return [
        f" {(text if len(text) <= HEAD + TAIL else f'{text[:HEAD]}{_BREAK}{text[-TAIL:]}').lower().translate(_DIGITS)} "
        for text in texts
    ]


_DIGITS = {ord("0") + digit: "0" for digit in range(1, 10)}


def _distinct(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
    places: dict[str, int] = {}
    of = np.fromiter((places.setdefault(text, len(places)) for text in texts), np.int32, len(texts))
    return list(places), of


class _Characters:
    """Several strings as one array of code points."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        self.owners = np.repeat(
            np.arange(len(texts), dtype=np.int32), np.fromiter(map(len, texts), np.int64, len(texts))
        )
        self.broken = np.concatenate([[0], np.cumsum(self.codes == 0)])
        self.count = len(texts)

    def runs(self, size: int, of: NDArray[np.int32]) -> Runs:
        """The hashed runs of ``size`` characters, none across a break or from one string into the next."""
        last = len(self.codes) - size + 1
        if last <= 0:
            return Runs(np.zeros(0, np.uint16), np.zeros(0, np.int32), of, self.count)
        hashed = np.zeros(last, np.uint32)
        for place in range(size):
            hashed += self.codes[place : place + last] * _FACTORS[place]
        hashed ^= hashed >> np.uint32(15)
        hashed *= np.uint32(0x2C1B3C6D)
        whole = self.owners[:last] == self.owners[size - 1 :]
        whole &= self.broken[size : size + last] == self.broken[:last]
        return Runs(
            (hashed >> np.uint32(32 - BITS)).astype(np.uint16)[whole], self.owners[:last][whole], of, self.count
        )


def log_odds(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> Floats:
    """The weights of a table: on how many sites each run stands inside articles, and on how many around them."""
    return np.log((inside + SMOOTHING) / (outside + SMOOTHING)).astype(np.float32)


def strings_runs(strings: Strings) -> list[Runs]:
    """The hashed runs of a page's strings, in the order of :data:`LOOKED_UP`."""
    parts = {}
    for name in dict.fromkeys(name for name, _, _ in LOOKED_UP):
        distinct, of = _distinct(getattr(strings, name))
        parts[name] = _Characters(edges(distinct)), of
    return [characters.runs(size, of) for characters, of, size in ((*parts[name], size) for name, _, size in LOOKED_UP)]


def columns(found: Sequence[Runs], tables: Mapping[tuple[str, int], Floats]) -> tuple[Floats, list[str]]:
    """For each block, the mean and the lowest weight of its strings' runs; and the columns' names."""
    values: list[Floats] = []
    names: list[str] = []
    for (name, vocabulary, size), one in zip(LOOKED_UP, found, strict=True):
        table = tables[vocabulary, size]
        values += one.mean_and_lowest(table)
        names += [f"{name}_words_{size}", f"{name}_worst_{size}"]
    return np.stack(values, axis=1), names
