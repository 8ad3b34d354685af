"""Trains the block model: vocabularies, two stages of boosted trees, and the forest that judges whole pages.

Everything is out of fold by *site*: the second stage learns from the first one's answers on sites that the first one did not see, a
page's vocabulary leaves its own site out, and confidence is calibrated on pages of sites that no stage saw. Same data, same seed, same
versions of LightGBM and NumPy: the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.extraction.body.block_model import CLASSES, LOOKED_AT, TEXT, with_words
from newscrawl.extraction.body.features import Floats
from newscrawl.extraction.body.forest import LEAVES, Forest, from_dump, probability
from newscrawl.extraction.body.surroundings import surroundings
from newscrawl.extraction.body.vocabulary import LOOKED_UP, SIZE, Vocabulary, log_odds
from newscrawl.learning.samples import Sample

COPY_WEIGHT = {"page": 1.0, "nested": 0.35, "text": 0.4, "alone": 0.3}
"""How much a copy counts beside a page as it was published."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is trained."""

    folds: int = 4
    inner_folds: int = 4
    """Parts into which the sites are divided for the first stage's answers that the second learns from."""
    first_trees: int = 200
    first_rate: float = 0.08
    second_rounds: int = 110
    """Rounds of the second stage; each grows a tree for each class."""
    second_rate: float = 0.05
    threads: int = 1
    seed: int = 1


def fold_of(site: str, folds: int) -> int:
    """The fold of a site, by a hash of its name: it stays when other sites come or go."""
    return blake2b(site.encode("utf-8", "replace"), digest_size=4).digest()[0] % folds


def assigned(sites: set[str], folds: int) -> dict[str, int]:
    """The fold of each site: by its hash, or dealt out evenly where a few sites leave a fold without any."""
    found = {site: fold_of(site, folds) for site in sites}
    return found if len(set(found.values())) == folds else _dealt(sites, folds)


def _dealt(sites: set[str], folds: int) -> dict[str, int]:
    """The sites dealt out evenly, in the order of their hashes: six sites must not fall into one fold of three."""
    ordered = sorted(sites, key=lambda site: (blake2b(site.encode("utf-8", "replace"), digest_size=8).digest(), site))
    return {site: at % folds for at, site in enumerate(ordered)}


@dataclass(slots=True)
class Trained:
    """The forests and vocabularies of one training set."""

    vocabularies: list[tuple[str, Vocabulary]]
    first: Forest
    second: Forest


Tick = Callable[[str], None]


def train(samples: Sequence[Sample], plan: Plan, tick: Tick = lambda _: None) -> Trained:
    """Both stages from the samples."""
    counts = Counts(samples)
    seen = [counts.looked_up(sample) for sample in samples]
    tick("vocabularies")
    inner = _dealt({sample.site for sample in samples}, plan.inner_folds)
    folds = [inner[sample.site] for sample in samples]
    probabilities: list[NDArray[np.float64]] = [np.zeros(0)] * len(samples)
    for fold in sorted(set(folds)):
        # Of a single site there are no others to learn from: its own answers, too sure as they are, must do.
        forest = _first([one for one, own in zip(seen, folds, strict=True) if own != fold] or seen, plan)
        for at, own in enumerate(folds):
            if own == fold:
                probabilities[at] = _asked(forest, seen[at])
        tick(f"first stage without fold {fold + 1}")
    first = _first(seen, plan)
    tick("first stage")
    second = _second(seen, probabilities, plan)
    tick("second stage")
    return Trained(counts.vocabularies(), first, second)


# --- vocabularies --------------------------------------------------------------------------------------------------------


class Counts:
    """On how many sites each run of characters stands inside articles, and around them."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.tables: list[tuple[str, int]] = list(
            dict.fromkeys((vocabulary, size) for _, vocabulary, size in LOOKED_UP)
        )
        self._sites: dict[str, NDArray[np.bool_]] = {}
        for sample in samples:
            if sample.made != "page":
                continue
            own = self._sites.setdefault(sample.site, np.zeros((len(self.tables), 2, SIZE), bool))
            for (_, vocabulary, size), runs in zip(LOOKED_UP, sample.runs, strict=True):
                text = np.isin(sample.labels, TEXT)
                for place, blocks in ((0, text), (1, (sample.labels >= 0) & ~text)):
                    said = np.isin(runs.owners, runs.of[blocks])
                    own[self.tables.index((vocabulary, size)), place, runs.hashes[said]] = True
        self._all = np.zeros((len(self.tables), 2, SIZE))
        for own in self._sites.values():
            self._all += own

    def looked_up(self, sample: Sample) -> Sample:
        """The sample with what the vocabularies of the *other* sites say of its blocks."""
        counts = self._all - self._sites[sample.site] if sample.site in self._sites else self._all
        tables = {table: log_odds(*counts[at]) for at, table in enumerate(self.tables)}
        return replace(sample, rows=with_words(sample.rows, sample.runs, tables))

    def vocabularies(self) -> list[tuple[str, Vocabulary]]:
        """The tables of all sites, as they are stored."""
        return [
            (name, Vocabulary(size, log_odds(*self._all[at]).astype("<f2").tobytes()))
            for at, (name, size) in enumerate(self.tables)
        ]


# --- the stages ----------------------------------------------------------------------------------------------------------


def _settings(plan: Plan, rate: float, **more: Any) -> dict[str, Any]:
    return {
        "learning_rate": rate,
        "num_leaves": LEAVES,
        "min_data_in_leaf": 40,
        "feature_fraction": 0.4,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "max_bin": 63,
        "verbose": -1,
        "num_threads": plan.threads,
        "seed": plan.seed,
        "deterministic": True,
        "force_row_wise": True,
    } | more


def _first(samples: Sequence[Sample], plan: Plan) -> Forest:
    """The first stage: whether a block is text."""
    return _grown(
        [(sample, sample.rows.values, sample.labels >= 0) for sample in samples],
        samples[0].rows.names,
        plan.first_trees,
        _settings(plan, plan.first_rate, objective="binary"),
    )


def _second(samples: Sequence[Sample], probabilities: Sequence[NDArray[np.float64]], plan: Plan) -> Forest:
    """The second stage: the class of a block, of those that the first one does not rule out."""
    names: list[str] = []
    parts = []
    for sample, text in zip(samples, probabilities, strict=True):
        values, more = surroundings(sample.rows, text)
        names = [*sample.rows.names, *more]
        parts.append(
            (sample, np.concatenate([sample.rows.values, values], axis=1), (sample.labels >= 0) & (text >= LOOKED_AT))
        )
    return _grown(
        parts,
        names,
        plan.second_rounds,
        _settings(plan, plan.second_rate, objective="multiclass", num_class=len(CLASSES)),
    )


def _grown(
    parts: Sequence[tuple[Sample, Floats, NDArray[np.bool_]]],
    names: list[str],
    rounds: int,
    settings: dict[str, Any],
) -> Forest:
    import lightgbm

    binary = settings["objective"] == "binary"
    counted = [(sample, values, mask & (sample.weights > 0)) for sample, values, mask in parts]
    values = np.concatenate([values[mask] for _, values, mask in counted])
    labels = np.concatenate([sample.labels[mask] for sample, _, mask in counted])
    weights = np.concatenate([sample.weights[mask] * COPY_WEIGHT[sample.made] for sample, _, mask in counted])
    data = lightgbm.Dataset(
        values,
        np.isin(labels, TEXT).astype(int) if binary else labels,
        weight=weights,
        feature_name=[f"f{at}" for at in range(len(names))],
    )
    dump = lightgbm.train(settings, data, rounds).dump_model()
    dump["feature_names"] = names
    return from_dump(dump, 1 if binary else len(CLASSES))


def _asked(forest: Forest, sample: Sample) -> NDArray[np.float64]:
    tables = forest.tables()
    at = {name: place for place, name in enumerate(sample.rows.names)}
    return probability(tables.scores(sample.rows.values[:, [at[name] for name in tables.names]]))[:, 0]
