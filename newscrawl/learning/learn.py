"""From pages with gold to a model file: samples, one model a fold, out-of-fold answers, confidence, and the model of all pages."""

from __future__ import annotations

import multiprocessing
import platform
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from multiprocessing.pool import Pool
from typing import Any, TypeVar

from newscrawl import __version__
from newscrawl.extraction.body import block_model
from newscrawl.extraction.body.block_model import BlockModel, ModelFile
from newscrawl.learning import confidence, samples
from newscrawl.learning.corpora import Entry
from newscrawl.learning.folds import Answer, answer, rows
from newscrawl.learning.samples import Read, Sample
from newscrawl.learning.training import Plan, Trained, assigned, train

NESTED = 2
"""Copies of each page with other pages' furniture in its article."""
DONORS = 24
"""Pieces of furniture, of other sites, that one copy chooses from."""
LEAST_PAGES = 20
"""Pages with gold text below which nothing is learned that holds elsewhere."""

Tick = Callable[[int], None]
T = TypeVar("T")


class TooLittle(Exception):
    """The corpora have too few pages or sites to learn from; the message is one line."""


@dataclass(slots=True)
class Learned:
    """A model and how it does on sites that it was not learned from."""

    file: ModelFile
    troubles: list[str]
    """Pages from which nothing could be learned, each with the reason."""
    answers: list[Answer]
    """One for each page with gold, by the model of its fold, with the held-out confidence."""
    folds: list[ModelFile]
    """The model of each fold, learned without its sites."""

    def encoded(self) -> bytes:
        """The model file's bytes."""
        return block_model.encode(self.file)


def steps(count: int, plan: Plan) -> int:
    """How many ticks :func:`learn` makes of so many pages: each is read, nested and answered, and each fold is trained."""
    return 3 * count + TRAINED * (plan.folds + 1)


TRAINED = 200
"""Ticks that one training is worth."""


def learn(
    entries: Sequence[Entry], plan: Plan, workers: int, *, peers: bool = True, tick: Tick = lambda _: None
) -> Learned:
    """Learns from the entries. Raises :class:`TooLittle`."""
    made, troubles = samples_of(entries, plan, workers, tick)
    folds = assigned({entry.site for entry in entries}, plan.folds)
    _shared[:] = [made, entries, folds]
    try:
        with _pool(workers) as pool:
            trained: dict[int, tuple[Trained, list[Answer]]] = {}
            for fold, forests, found_answers in pool.imap_unordered(
                _fold, [(fold, plan, peers) for fold in (-1, *range(plan.folds))]
            ):
                trained[fold] = (forests, found_answers)
                tick(TRAINED + len(found_answers))
    finally:
        _shared.clear()
    answers = [one for fold in range(plan.folds) for one in trained[fold][1]]
    judge, others = confidence.learn(answers, plan, folds)
    told = provenance(entries, plan)
    files = [
        _file(trained[fold][0], one, told) for fold, one in zip((-1, *range(plan.folds)), (judge, *others), strict=True)
    ]
    for fold, one in enumerate(others):
        own = confidence.judged(trained[fold][1])
        for found_answer, value in zip(own, one.confidence(rows(own)) if own else (), strict=True):
            found_answer.result = replace(found_answer.result, confidence=float(value))
    return Learned(files[0], troubles, answers, files[1:])


def samples_of(
    entries: Sequence[Entry], plan: Plan, workers: int, tick: Tick = lambda _: None
) -> tuple[list[Sample], list[str]]:
    """All pages as samples, with their copies; and the pages that could not be read, with the reason. Raises :class:`TooLittle`."""
    if not entries:
        raise TooLittle("there is no page with gold")
    with _pool(workers) as pool:
        found = list(_ticking(pool.imap(_read, [(entry, plan.seed) for entry in entries], chunksize=4), tick))
        made = [sample for read in found for sample in read.samples]
        _check(made)
        chosen = _given(entries, found, plan)
        for group in _ticking(
            pool.imap(
                _nest, [(entry, *picked, plan.seed) for entry, picked in zip(entries, chosen, strict=True)], chunksize=4
            ),
            tick,
        ):
            made += group
    return made, [read.trouble for read in found if read.trouble]


def _file(trained: Trained, judge: confidence.Judge, told: dict[str, str]) -> ModelFile:
    return ModelFile(
        vocabularies=trained.vocabularies,
        first=trained.first,
        second=trained.second,
        page=judge.forest,
        calibration=judge.calibration,
        provenance=told,
    )


def measure(
    entries: Sequence[Entry],
    models: Sequence[BlockModel],
    workers: int,
    *,
    peers: bool = True,
    tick: Tick = lambda _: None,
) -> list[Answer]:
    """The answers to the entries by the models of an earlier run's folds: each page by the one that saw no page of its site."""
    _shared[:] = [models, assigned({entry.site for entry in entries}, len(models))]
    try:
        with _pool(workers) as pool:
            return list(_ticking(pool.imap(_measure, [(entry, peers) for entry in entries], chunksize=4), tick))
    finally:
        _shared.clear()


def provenance(entries: Sequence[Entry], plan: Plan) -> dict[str, str]:
    """What a model was learned from: corpora with their pages and sites, the plan, the versions."""
    pages: defaultdict[str, set[str]] = defaultdict(set)
    sites: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        pages[entry.corpus].add(entry.page.url or str(len(pages[entry.corpus])))
        sites[entry.corpus].add(entry.site)
    return {
        "corpora": ", ".join(f"{name} {len(pages[name])} pages of {len(sites[name])} sites" for name in sorted(pages)),
        "plan": f"{plan.first_trees} trees at rate {plan.first_rate}, {plan.second_rounds} rounds at {plan.second_rate}, {plan.folds} folds, seed {plan.seed}",
        "versions": f"newscrawl {__version__}, lightgbm {version('lightgbm')}, numpy {version('numpy')}, trafilatura {version('trafilatura')}",
    }


def _check(made: Sequence[Sample]) -> None:
    pages = [sample for sample in made if sample.made == "page"]
    sites = {sample.site for sample in pages}
    if len(pages) < LEAST_PAGES or len(sites) < 2:
        raise TooLittle(
            f"{len(pages)} pages of {len(sites)} site{'s' * (len(sites) != 1)} have gold; at least {LEAST_PAGES} pages of 2 sites are wanted"
        )


def _given(entries: Sequence[Entry], found: Sequence[Read], plan: Plan) -> list[list[list[str]]]:
    """For each copy of each page, furniture of other sites to choose from."""
    pieces: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry, read in zip(entries, found, strict=True):
        pieces[read.script] += [(entry.site, piece) for piece in read.donors]
    chosen = []
    for entry, read in zip(entries, found, strict=True):
        pool = pieces[read.script] if read.samples else []
        copies: list[list[str]] = []
        for copy in range(NESTED if pool else 0):
            rng = samples.generator(entry.page.url or "", plan.seed + copy, "donors")
            copies.append([piece for site, piece in (rng.choice(pool) for _ in range(DONORS)) if site != entry.site])
        chosen.append(copies)
    return chosen


# --- what runs in worker processes -----------------------------------------------------------------------------------------

_shared: list[Any] = []
"""The samples and entries; forked workers have them without a copy."""


@contextmanager
def _pool(workers: int) -> Iterator[Pool]:
    """Forked workers: gigabytes of samples need no copying. Nothing but this command runs in the process, so forking is safe."""
    method = "fork" if platform.system() == "Linux" else None
    with multiprocessing.get_context(method).Pool(workers, _prepare) as pool:
        yield pool


def _ticking(found: Iterable[T], tick: Tick) -> Iterator[T]:
    for one in found:
        tick(1)
        yield one


def _prepare() -> None:
    """The parent alone decides when to stop, and cleans up; its own handlers would print a traceback for each worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _read(job: tuple[Entry, int]) -> Read:
    entry, seed = job
    try:
        return samples.read(entry.page, entry.gold, entry.corpus, entry.site, seed)
    except Exception as error:  # a page that cannot be read costs itself, not an hour's training
        return Read(trouble=f"{entry.page.url}: {type(error).__name__}: {error}"[:300])


def _nest(job: tuple[Any, ...]) -> list[Sample]:
    entry, *copies, seed = job
    if not copies:
        return []
    made = [
        samples.nested(entry.page, entry.gold, entry.corpus, entry.site, donors, seed + at)
        for at, donors in enumerate(copies)
    ]
    return [one for one in made if one is not None]


def _measure(job: tuple[Entry, bool]) -> Answer:
    entry, peers = job
    models, folds = _shared
    return answer(entry, models[folds[entry.site]], peers)


def _fold(job: tuple[int, Plan, bool]) -> tuple[int, Trained, list[Answer]]:
    """Trains without a fold, and answers the fold's pages; fold -1 is the training on all pages."""
    fold, plan, peers = job
    made, entries, folds = _shared
    trained = train([sample for sample in made if folds.get(sample.site) != fold], plan)
    if fold < 0:
        return fold, trained, []
    model = BlockModel(ModelFile(vocabularies=trained.vocabularies, first=trained.first, second=trained.second))
    return fold, trained, [answer(entry, model, peers) for entry in entries if folds[entry.site] == fold]
