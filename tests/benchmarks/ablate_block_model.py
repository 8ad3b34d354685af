"""What each kind of evidence is worth to the block model, and how it grows with pages: out-of-fold F1 of the kept blocks. Not a test.

usage: python tests/benchmarks/ablate_block_model.py [--folds N] [--workers N] CORPUS...

The samples are made once; then models are trained with some columns blank, or on some of the pages, and asked about the sites left out.
The text is the kept blocks' own, without the field readers' and the verdict's say, so the figures lie a little below `scrapy learn`'s.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from newscrawl.evaluate.evaluation import body_figures, gold_text
from newscrawl.evaluate.shingles import BodyScore, score
from newscrawl.extraction.body.block_model import TEXT, BlockModel, ModelFile
from newscrawl.extraction.body.selection import IS_TEXT
from newscrawl.learning import corpora, learn
from newscrawl.learning.samples import Sample
from newscrawl.learning.training import Plan, fold_of, train

BLANK = {
    "all evidence": None,
    "without trafilatura's vote": r"^vote",
    "without names and words": r"^named_|^above_|^says_|_words_|_worst_",
    "without neighbours": r"[-+]\d$",
    "without the second stage": None,
}
PAGES = (100, 300, 700)


def blanked(sample: Sample, pattern: str | None) -> Sample:
    """The sample with the features of one kind set to one value."""
    if pattern is None:
        return sample
    values = sample.rows.values.copy()
    values[:, [at for at, name in enumerate(sample.rows.names) if re.search(pattern, name)]] = 0
    strings = (
        replace(sample, runs=[replace(runs, hashes=runs.hashes[:0], owners=runs.owners[:0]) for runs in sample.runs])
        if "words" in pattern
        else sample
    )
    return replace(
        strings,
        rows=replace(
            sample.rows,
            values=values,
            strings=type(sample.rows.strings)(*[[""] * len(values)] * 3) if "words" in pattern else sample.rows.strings,
        ),
    )


def asked(job: tuple[str, int, int]) -> tuple[str, int, list[tuple[str, BodyScore]]]:
    """One fold of one row of the table."""
    name, fold, pages = job
    made, gold, plan = SHARED
    pattern = BLANK.get(name)
    known = [blanked(sample, pattern) for sample in made if fold_of(sample.site, plan.folds) != fold]
    urls = sorted({sample.url for sample in known})
    if pages:
        kept = set(np.random.default_rng(1).permutation(urls)[:pages].tolist())
        known = [sample for sample in known if sample.url in kept]
    trained = train(known, plan)
    model = BlockModel(ModelFile(vocabularies=trained.vocabularies, first=trained.first, second=trained.second))
    found = []
    for sample in made:
        if sample.made != "page" or fold_of(sample.site, plan.folds) != fold or (sample.corpus, sample.url) not in gold:
            continue
        rows = blanked(sample, pattern).rows
        text = (
            model.first_stage(model.looked_up(rows))
            if name == "without the second stage"
            else model.classes(rows)[:, TEXT].sum(axis=1)
        )
        kept_text = "\n".join(
            words
            for words, sure, hidden in zip(sample.rows.strings.text, text, rows.hidden, strict=True)
            if sure >= IS_TEXT and not hidden
        )
        found.append((sample.corpus, score(gold[sample.corpus, sample.url], kept_text)))
    return name, fold, found


SHARED: list[object] = []


def main(paths: Sequence[str], folds: int, workers: int) -> None:
    """Prints the table as Markdown."""
    entries = list(corpora.read(paths))
    plan = Plan(folds=folds, first_trees=120, second_rounds=40, rate=0.12)
    made, _ = learn.samples_of(entries, plan, workers)
    gold = {(entry.corpus, entry.page.url): text for entry in entries if (text := gold_text(entry.gold)) is not None}
    SHARED[:] = [made, gold, plan]
    jobs = [(name, fold, 0) for name in BLANK for fold in range(folds)] + [
        (f"{pages} pages", fold, pages) for pages in PAGES for fold in range(folds)
    ]
    table: defaultdict[str, list[tuple[str, BodyScore]]] = defaultdict(list)
    with get_context("fork").Pool(workers) as pool:
        for name, _, found in pool.imap(asked, jobs, chunksize=1):
            table[name] += found
    sets = sorted({corpus for corpus, _ in table["all evidence"]})
    print("| | " + " | ".join(sets) + " | mean |\n|" + "---|" * (len(sets) + 2))
    for name, found in table.items():
        values = [body_figures([one for corpus, one in found if corpus == wanted])[2] for wanted in sets]
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) + f" | {np.mean(values):.4f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="CORPUS")
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    main(options.paths, options.folds, options.workers)
