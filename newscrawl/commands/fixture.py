"""``scrapy fixture``: frozen pages that hold the extractor to what it gives."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from newscrawl.commands import fixture_add, fixture_check, fixture_exchange
from newscrawl.commands.guarded import guarded
from newscrawl.commands.numbers import positive, trouble
from newscrawl.commands.terminal import refuse
from newscrawl.console.standalone import StandaloneCommand

Verb = Callable[[list[str], argparse.Namespace, Any], int]
VERBS: dict[str, tuple[Verb, frozenset[str]]] = {
    "add": (fixture_add.add, frozenset(("name", "site", "fields", "dir", "url", "yes", "workers"))),
    "check": (fixture_check.check, frozenset(("fields", "dir", "workers"))),
    "accept": (fixture_check.accept, frozenset(("fields", "dir", "yes", "workers"))),
    "import": (fixture_exchange.bring_in, frozenset(("site", "dir", "format"))),
    "export": (fixture_exchange.send_out, frozenset(("dir", "format"))),
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"metavar": "CASE", "help": "add: the case's folder (default: the last step of the URL's path)"},
    "site": {
        "metavar": "NAME",
        "help": "add, import: the folder above it (default: the site file's name, else the host)",
    },
    "fields": {"metavar": "A,B", "help": "add: expect only these; check, accept: look only at these"},
    "dir": {"metavar": "DIR", "help": "where the fixtures are (default: fixtures)"},
    "url": {"metavar": "URL", "help": "add FILE: where the page comes from"},
    "yes": {"action": "store_true", "help": "add, accept: write without asking"},
    "workers": {"metavar": "N", "type": positive, "help": "worker processes (default: one a core)"},
    "format": {
        "choices": ("aeb",),
        "help": "import, export: the other form (aeb: article-extraction-benchmark, the only one)",
    },
}


class Command(StandaloneCommand):
    def syntax(self) -> str:
        return (
            "add URL|FILE|ARCHIVE[#URL] | check [PATH...] | accept [PATH...] | import FOLDER | export FOLDER [PATH...]"
        )

    def short_desc(self) -> str:
        return "Freeze pages, and check that they still give the same"

    def long_desc(self) -> str:
        return (
            "add freezes a page in DIR/SITE/CASE with the record that comes out of it, after showing it; an ARCHIVE without #URL gets a "
            "file of expectations for all its pages beside it. check extracts all frozen pages again and reports every field that "
            "differs; accept makes what comes out now the expectation, after showing it. import and export exchange corpora with the "
            "article-extraction-benchmark (ground-truth.json, html/). PATHs are cases, folders of them, or archives with their "
            "expectations. Exit status: 0 fine; 1 it could not be done; 2 usage; 3 something differs or a fixture is broken; 74 disk; "
            "130 or 143 stopped."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        for name, options in _OPTIONS.items():
            parser.add_argument(*(("-y",) if name == "yes" else ()), f"--{name}", **options)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._run(args, opts))

    def _run(self, args: list[str], opts: argparse.Namespace) -> int:
        if wrong := trouble(self.settings):
            refuse(wrong)
        unknown = next((arg for arg in args if arg.startswith("-")), None)
        if unknown:
            refuse(f"unknown option {unknown}")
        if not args or args[0] not in VERBS:
            refuse(f"{f'{args[0]!r} is none of' if args else 'name one of'} {', '.join(VERBS)}")
        verb, allowed = VERBS[args[0]]
        for name in _OPTIONS:
            if getattr(opts, name) and name not in allowed:
                refuse(f"fixture {args[0]} takes no --{name}")
        opts.dir = opts.dir or "fixtures"
        paths = args[1:]
        if args[0] in ("check", "accept"):
            paths = paths or [opts.dir]
        return verb(paths, opts, self.settings)
