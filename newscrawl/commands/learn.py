"""``scrapy learn``: trains the block model from pages with gold, and says how it does on sites that it did not see."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from newscrawl.commands.guarded import guarded
from newscrawl.commands.numbers import page_bytes, positive, trouble
from newscrawl.commands.terminal import CommandError, refuse, say, show
from newscrawl.console.standalone import StandaloneCommand
from newscrawl.extraction.pool import cores

if TYPE_CHECKING:
    from newscrawl.learning.folds import Answer

MODEL = "block.model"


class Command(StandaloneCommand):
    def syntax(self) -> str:
        return "[options] CORPUS..."

    def short_desc(self) -> str:
        return "Train the block model from pages with gold, and measure it on sites that it did not see"

    def long_desc(self) -> str:
        return (
            "A CORPUS is a corpus of fixtures, an archive (NAME.warc.gz) beside its gold (NAME.gold.jsonl), a folder of such, or a folder of the "
            "article-extraction-benchmark. Writes the model that all pages give, for -s MODEL=FILE and --model FILE, and FILE.json with what it "
            "was learned from and its figures. These are out of fold by site: each page is extracted by a model that saw no page of its site. "
            "Needs LightGBM (pip install 'newscrawl[learn]'). Exit status: 0 fine; 1 failed, or too few pages; 2 usage; 74 disk; 130 stopped."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="MODEL", default=MODEL, help=f"the file that gets the model (default: {MODEL})"
        )
        parser.add_argument(
            "--folds", metavar="N", type=positive, default=4, help="parts into which the sites are divided (default: 4)"
        )
        parser.add_argument(
            "--fold-models", metavar="FOLDER", help="keep the model of each fold too, as FOLDER/0.model and so on"
        )
        parser.add_argument(
            "--measure",
            metavar="FOLDER",
            help="train nothing: measure the models that --fold-models kept in FOLDER, fold by fold",
        )
        parser.add_argument(
            "--seed",
            metavar="N",
            type=int,
            default=1,
            help="of all chance; same data, same seed: the same model (default: 1)",
        )
        parser.add_argument("--workers", metavar="N", type=positive, help="worker processes (default: one a core)")
        parser.add_argument(
            "--no-peers", action="store_true", help="leave out trafilatura's figures, which take a third of the time"
        )
        parser.add_argument("--json", action="store_true", help="print the figures, with every page, as JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._run(args, opts))

    def _run(self, args: list[str], opts: argparse.Namespace) -> int:
        if wrong := trouble(self.settings):
            refuse(wrong)
        if unknown := next((arg for arg in args if arg.startswith("-")), None):
            refuse(f"unknown option {unknown}")
        if not args:
            refuse("name at least one CORPUS")
        if opts.folds < 2:
            refuse("--folds: at least 2")
        for place in filter(None, (opts.output, opts.fold_models and os.path.join(opts.fold_models, "0"))):
            if not Path(place).resolve().parent.is_dir():
                refuse(f"{place}: its folder does not exist")
        try:
            if not opts.measure:
                import lightgbm  # noqa: F401 - an extra: a crawl has no need of it
        except (ImportError, OSError) as error:  # its library may be there without the system's OpenMP
            raise CommandError(f"learning needs LightGBM: pip install 'newscrawl[learn]' ({error})") from error
        return self._measure(args, opts) if opts.measure else self._learn(args, opts)

    def _measure(self, args: list[str], opts: argparse.Namespace) -> int:
        """The figures of an earlier run's fold models, without a new training."""
        from newscrawl.extraction.body import block_model
        from newscrawl.learning import corpora, learn

        files = sorted(Path(opts.measure).glob("[0-9]*.model"), key=lambda path: (len(path.name), path.name))
        if len(files) < 2:
            raise CommandError(f"{opts.measure}: no models of folds (0.model, 1.model …) as --fold-models writes them")
        try:
            models = [block_model.read(path) for path in files]
        except block_model.ModelError as error:
            raise CommandError(str(error)) from error
        entries = list(corpora.read(args, page_bytes(self.settings)))
        with _bar(len(entries)) as bar:
            answers = learn.measure(entries, models, opts.workers or cores(), peers=not opts.no_peers, tick=bar.update)
        _show(answers, opts)
        return 0

    def _learn(self, args: list[str], opts: argparse.Namespace) -> int:
        from newscrawl.extraction.body import block_model
        from newscrawl.learning import corpora, learn
        from newscrawl.learning.figures import as_json
        from newscrawl.learning.training import Plan

        began = time.monotonic()
        entries = list(corpora.read(args, page_bytes(self.settings)))
        plan = Plan(folds=opts.folds, seed=opts.seed)
        with _bar(learn.steps(len(entries), plan)) as bar:
            try:
                learned = learn.learn(entries, plan, opts.workers or cores(), peers=not opts.no_peers, tick=bar.update)
            except learn.TooLittle as error:
                raise CommandError(str(error)) from error
        for page in learned.troubles:
            say(f"nothing is learned from {page}")
        figures = as_json(learned.answers)
        data = learned.encoded()
        _write(Path(opts.output), data)
        _write(
            Path(f"{opts.output}.json"),
            f"{json.dumps({'provenance': learned.file.provenance, 'figures': figures}, ensure_ascii=False, indent=1)}\n".encode(),
        )
        if opts.fold_models:
            for fold, file in enumerate(learned.folds):
                _write(Path(opts.fold_models) / f"{fold}.model", block_model.encode(file))
        _show(learned.answers, opts)
        say(
            f"{opts.output}: {len(data):,} bytes, learned from {len(entries):,} pages in {time.monotonic() - began:.0f} s"
        )
        return 0


def _bar(total: int) -> tqdm[Any]:
    return tqdm(total=total, unit="step", disable=not sys.stderr.isatty(), file=sys.stderr, dynamic_ncols=True)


def _show(answers: Sequence[Answer], opts: argparse.Namespace) -> None:
    from newscrawl.learning.figures import as_json, lines  # Scrapy loads each command's module at its start

    if opts.json:
        show(json.dumps(as_json(answers), ensure_ascii=False, indent=1))
        return
    for line in lines(answers):
        show(line)


def _write(path: Path, data: bytes) -> None:
    """Replaces a file whole."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
