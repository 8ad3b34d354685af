"""``scrapy evaluate``: records against gold, and one file of records against another."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from newscrawl.commands import gold
from newscrawl.commands.guarded import guarded
from newscrawl.commands.numbers import add_model, model_path, page_bytes, positive, trouble
from newscrawl.commands.terminal import CommandError, refuse, show
from newscrawl.console.standalone import StandaloneCommand
from newscrawl.evaluate.comparison import compare
from newscrawl.evaluate.evaluation import PageResult, Records, evaluate
from newscrawl.evaluate.evaluation_text import as_json, calibration_as_json, calibration_lines, lines, named

Sets = dict[str, list[gold.Row]]


class Command(StandaloneCommand):
    def syntax(self) -> str:
        return "[options] RECORDS GOLD... | CORPUS"

    def short_desc(self) -> str:
        return "Measure records against gold: precision, recall and F1 of the text, fields, sites"

    def long_desc(self) -> str:
        return (
            "RECORDS is a file of records (.jsonl, .jsonl.gz), or of an extractor's outputs ({id: {articleBody}}, .json). GOLD is JSON lines "
            "with url or id and text (or paragraphs, or with/without) and any fields of the record, or a corpus of fixtures, or a folder "
            "of the article-extraction-benchmark. A CORPUS alone is extracted now. The text is measured by shingles of four tokens, CJK by "
            "character; a page without a record counts as empty; the intervals are those of 1,000 bootstrap resamples (95 %). "
            "Exit status: 0 fine; 1 nothing could be measured; 2 usage; 3 a fixture is broken; 130 stopped."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--against", metavar="FILE", help="older records: what got better, what got worse, page by page"
        )
        add_model(parser)
        parser.add_argument("--json", action="store_true", help="everything, with every page, as JSON")
        parser.add_argument(
            "--pages",
            metavar="N",
            type=positive,
            default=10,
            help="sites, and changed pages, that are listed (default: 10)",
        )
        parser.add_argument(
            "--workers", metavar="N", type=positive, help="CORPUS: worker processes (default: one a core)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._run(args, opts))

    def _run(self, args: list[str], opts: argparse.Namespace) -> int:
        if wrong := trouble(self.settings):
            refuse(wrong)
        if unknown := next((arg for arg in args if arg.startswith("-")), None):
            refuse(f"unknown option {unknown}")
        if not args:
            refuse("name RECORDS and GOLD, or a CORPUS")
        if opts.model:
            assert self.settings is not None
            self.settings.set("MODEL", model_path(self.settings, opts), "cmdline")
        status = 0
        if len(args) == 1:
            if not os.path.isdir(args[0]) and not args[0].endswith((".warc", ".warc.gz", ".expected.jsonl")):
                refuse(f"name the GOLD for {args[0]}; only a corpus of fixtures stands alone")
            records, rows, broken = gold.extract_corpus(args[:1], self.settings, opts.workers)
            sets = {_name(args[0]): rows}
            status = 3 if broken else 0
            if not rows:
                raise CommandError(f"{args[0]}: no case could be read")
        else:
            records = gold.read_records(args[0])
            sets = _sets(args[1:], page_bytes(self.settings))
            gold.check_matches(records, [row for rows in sets.values() for row in rows], args[0])
        self._report(sets, records, opts)
        return status

    def _report(self, sets: Sets, records: Records, opts: argparse.Namespace) -> None:
        found = {name: evaluate(rows, records) for name, rows in sets.items()}
        old: dict[str, list[PageResult]] = {}
        if opts.against:
            before = gold.read_records(opts.against)
            gold.check_matches(before, [row for rows in sets.values() for row in rows], opts.against)
            old = {name: evaluate(rows, before) for name, rows in sets.items()}
        if not any(page.value is not None or page.fields for pages in found.values() for page in pages):
            raise CommandError(
                "the gold judges nothing: it has neither text, paragraphs nor with, and no field of the record"
            )
        compared = {name: compare(old[name], pages) if old else None for name, pages in found.items()}
        others, together = records.unmatched(), [page for pages in found.values() for page in pages]
        if opts.json:
            result = {
                "sets": {name: as_json(pages, compared[name]) for name, pages in found.items()},
                "calibration": calibration_as_json(together),
                "without_gold": others,
            }
            show(json.dumps(result, ensure_ascii=False, indent=1))
            return
        for name, pages in found.items():
            for line in lines(name, pages, compared[name], opts.pages):
                show(line)
        if len(found) > 1 and (told := list(calibration_lines(together, opts.pages))):
            for line in (f"all {len(found)} sets together:", *told):
                show(line)
        if others:
            show(f"{len(others)} record{'s' * (len(others) != 1)} without gold: {named(others)}")


def _sets(names: list[str], limit: int) -> Sets:
    sets: Sets = {}
    for name in names:
        key = _name(name)
        sets[name if key in sets else key] = gold.read_gold(name, limit)
    return sets


def _name(path: str) -> str:
    name = Path(path).resolve().name
    for ending in (".gz", ".jsonl", ".expected", ".warc", ".gold", ".json"):
        name = name.removesuffix(ending)
    return name
