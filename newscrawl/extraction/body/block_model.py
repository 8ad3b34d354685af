"""The learned block model: what kind of block each block of a page is, decided for all of them together, and how sure that is.

Two stages of boosted trees (:mod:`newscrawl.extraction.body.forest`). The first sees each block by itself and in its place; the second sees the first
one's answers around the block as well, so a lone sure block among furniture is doubted and a doubtful one among sure ones is kept. A third,
small forest judges the page as a whole: the record's confidence. ``scrapy learn`` writes the file; the one in ``data/`` is the default.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from newscrawl.extraction.body.features import Floats, Rows
from newscrawl.extraction.body.forest import Forest, Tables, probability, shares
from newscrawl.extraction.body.surroundings import surroundings
from newscrawl.extraction.body.vocabulary import Runs, Vocabulary, columns, strings_runs

FORMAT = "newscrawl/block-model/1"
CLASSES = ("other", "body", "standfirst", "title", "byline", "caption", "credit")
"""What a block can be; ``body`` and ``standfirst`` are text."""
TEXT = (CLASSES.index("body"), CLASSES.index("standfirst"))
LOOKED_AT = 0.003
"""Probability of being text, after the first stage, from which the second looks at a block: most blocks of a page are far below."""
MAX_FILE = 16_000_000
"""Bytes of the largest model that is read, on disk and unpacked."""


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored: the forests, the points of the calibration, and where the model comes from."""

    format: str = FORMAT
    vocabularies: list[tuple[str, Vocabulary]]
    first: Forest
    second: Forest
    page: Forest | None = None
    """Judges the whole page: the log-odds that the text is right."""
    calibration: list[tuple[float, float]] = []
    """Rising points (what :attr:`page` says, share of such pages that were right), both 0 to 1."""
    provenance: dict[str, str] = {}
    """What it was learned from, and by which versions."""


class ModelError(Exception):
    """A model file that cannot be used; the message is one line that says why."""


class BlockModel:
    """A model ready to run."""

    def __init__(self, file: ModelFile, name: str = "") -> None:
        self.first, self.second = file.first.tables(), file.second.tables()
        self.page = file.page.tables() if file.page is not None else None
        self.vocabularies = {(name, words.run): words.table() for name, words in file.vocabularies}
        self.calibration = file.calibration
        self.provenance = file.provenance
        self.name = name
        """The first digits of the file's hash."""

    def classes(self, rows: Rows) -> NDArray[np.float64]:
        """For each block the probability of each of :data:`CLASSES`."""
        found = np.zeros((len(rows.values), len(CLASSES)))
        found[:, 0] = 1.0
        if not len(found):
            return found
        rows = self.looked_up(rows)
        first = self.first_stage(rows)
        looked_at = np.flatnonzero(first >= LOOKED_AT)
        if len(looked_at):
            values, names = surroundings(rows, first)
            wide = np.concatenate([rows.values[looked_at], values[looked_at]], axis=1)
            found[looked_at] = shares(self.second.scores(_picked(self.second, [*rows.names, *names], wide)))
        return found

    def wide(self, rows: Rows) -> tuple[list[str], Floats]:
        """All that the second stage sees of each block, and the names of the columns."""
        rows = self.looked_up(rows)
        values, names = surroundings(rows, self.first_stage(rows))
        return [*rows.names, *names], np.concatenate([rows.values, values], axis=1)

    def text_score(self, names: Sequence[str], values: Floats) -> NDArray[np.float64]:
        """For rows of :meth:`looked_up`, the log-odds of being text by their own evidence, without the answers around them."""
        return self.first.scores(_picked(self.first, names, values))[:, 0]

    def looked_up(self, rows: Rows) -> Rows:
        """The rows with what the vocabularies say of the blocks' words and names."""
        return with_words(rows, strings_runs(rows.strings), self.vocabularies)

    def first_stage(self, rows: Rows) -> NDArray[np.float64]:
        """For each block the probability of being text, without a look at the answers around it."""
        return probability(self.first.scores(_picked(self.first, rows.names, rows.values)))[:, 0]

    def confidence(self, signs: Mapping[str, float]) -> float:
        """How likely a page's text is right, 0 to 1, by what :func:`newscrawl.extraction.body.certainty.signs` tells of it."""
        if self.page is None:
            return 1.0
        row = np.array([[signs[name] for name in self.page.names]], np.float32)
        said = float(probability(self.page.scores(row))[0, 0])
        if not self.calibration:
            return said
        return float(
            np.interp(said, [point[0] for point in self.calibration], [point[1] for point in self.calibration])
        )


def with_words(rows: Rows, found: Sequence[Runs], tables: Mapping[tuple[str, int], Floats]) -> Rows:
    """The rows with what vocabularies say of the blocks' words and names, and of the heading above each block."""
    values, names = columns(found, tables)
    heading = np.where(rows.headed >= 0, values[rows.headed, names.index("text_words_5")] if len(values) else 0.0, 0.0)
    return replace(
        rows,
        values=np.concatenate([rows.values, values, heading[:, None].astype(np.float32)], axis=1),
        names=[*rows.names, *names, "heading_words"],
    )


def _picked(forest: Tables, names: Sequence[str], values: Floats) -> Floats:
    return values[:, _places(tuple(forest.names), tuple(names))]


@cache
def _places(wanted: tuple[str, ...], names: tuple[str, ...]) -> NDArray[np.int64]:
    """Where the columns that a forest reads stand in a table; both lists are the same for every page."""
    at = {name: place for place, name in enumerate(names)}
    missing = next((name for name in wanted if name not in at), None)
    if missing is not None:
        raise ModelError(
            f"the model reads a feature that this version does not have: {missing}; train it again with learn"
        )
    return np.array([at[name] for name in wanted], np.int64)


def decode_file(data: bytes) -> ModelFile:
    """What a file's bytes hold. Raises zlib's and msgspec's errors."""
    stream = zlib.decompressobj()
    unpacked = stream.decompress(data, MAX_FILE)
    if not stream.eof:
        raise zlib.error("cut short, or too large")
    return msgspec.msgpack.decode(unpacked, type=ModelFile)


def decode(data: bytes, place: str) -> BlockModel:
    """A model from a file's bytes. Raises :class:`ModelError`."""
    try:
        file = decode_file(data)
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{place}: no block model: {error}") from error
    if file.format != FORMAT:
        raise ModelError(f"{place}: a block model of another version ({file.format[:60]}); train it again with learn")
    try:
        return BlockModel(file, sha256(data).hexdigest()[:12])
    except ValueError as error:
        raise ModelError(f"{place}: a damaged block model: {error}") from error


def encode(file: ModelFile) -> bytes:
    """A model as the bytes of its file: MessagePack, compressed by zlib."""
    return zlib.compress(msgspec.msgpack.encode(file), 9)


def read(path: str | os.PathLike[str]) -> BlockModel:
    """The model of a file. Raises :class:`ModelError`."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise ModelError(f"{os.fspath(path)}: {error.strerror}") from error
    if len(data) > MAX_FILE:
        raise ModelError(f"{os.fspath(path)}: larger than any block model ({MAX_FILE} bytes)")
    return decode(data, os.fspath(path))


_in_use: list[BlockModel] = []


def use(path: str | os.PathLike[str] | None) -> None:
    """Makes the model of a file this process's default; None brings back the package's own. Raises :class:`ModelError`."""
    _in_use[:] = [] if path is None else [read(path)]


def current() -> BlockModel:
    """The model that pages are read with where none is named."""
    return _in_use[0] if _in_use else packaged()


@cache
def packaged() -> BlockModel:
    """The model that comes with the package."""
    return decode(resources.files("newscrawl.extraction").joinpath("data/block.model").read_bytes(), "block.model")
