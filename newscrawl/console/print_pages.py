"""``newscrawl URL|FILE|-...``: pages to records on standard output, in this process."""

from __future__ import annotations

import argparse
import gc
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

from newscrawl.archive import saved
from newscrawl.commands.batch import Sites, new_run_id, placed
from newscrawl.commands.guarded import guarded
from newscrawl.commands.named_page import is_url
from newscrawl.commands.numbers import add_model, model_path, page_bytes, trouble
from newscrawl.commands.terminal import refuse, say
from newscrawl.console.standalone import StandaloneCommand
from newscrawl.extraction.worker import describe
from newscrawl.items import Article, RawPage
from newscrawl.monitor.confidence import doubt
from newscrawl.output.documents import FORMS
from newscrawl.rejections import ExtractCrash, ExtractTimeout, Rejection
from newscrawl.sites import registry

if TYPE_CHECKING:
    from newscrawl.extraction.body.block_model import BlockModel
    from newscrawl.sites.registry import Site

FINE, UNHEALTHY = 0, 3


class Command(StandaloneCommand):
    """What the program does with arguments that are no command."""

    def syntax(self) -> str:
        return "[options] URL|FILE|-..."

    def short_desc(self) -> str:
        return "Print the articles of pages"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--format", choices=tuple(FORMS), default="jsonl")
        parser.add_argument("--site", metavar="NAME")
        parser.add_argument("--url", metavar="URL")
        add_model(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._run(args, opts))

    def _run(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        if wrong := trouble(self.settings):
            refuse(wrong)
        if unknown := next((arg for arg in args if arg.startswith("-") and arg != saved.STDIN), None):
            refuse(f"unknown option {unknown}")
        if not args and sys.stdin.isatty():
            refuse("name a URL, a file or a command; newscrawl --help tells more")
        places = list(_places(args or [saved.STDIN]))
        if opts.url and (len(places) > 1 or is_url(places[0])):
            refuse("--url is for a single page in a file")
        if not self.settings.getbool("LOG_ENABLED"):
            logging.disable(logging.CRITICAL)  # what libraries say of a bad page would stand between the user's lines
        printer = _Printer(self.settings, opts, places)
        urls = {at: place for at, place in enumerate(places) if is_url(place)}
        if urls and (stopped := _fetch(urls, self.settings, printer)):
            say("stopped by a signal before the end")
            return 128 + stopped
        printer.finish()
        return UNHEALTHY if printer.rejected else FINE


def _fetch(urls: dict[int, str], settings: Any, printer: _Printer) -> int:
    """Fetches what has a URL; returns the signal that stopped it, or 0."""
    from newscrawl.addon import installed
    from newscrawl.download.one_page import fetch_each  # both bring half of Scrapy, which a file does without

    numbers = list(urls)
    return fetch_each(
        list(urls.values()),
        installed(settings),
        lambda at, page: printer.take(numbers[at], page),
        printer.site,
        meanwhile=lambda: importlib.import_module("newscrawl.extraction.pipeline"),
    )


def _places(args: list[str]) -> Iterator[str]:
    """The pages that are named, also in the list on standard input. Refuses what can be none before anything is fetched."""
    if args.count(saved.STDIN) > 1:
        refuse("- can be read only once")
    for arg in args:
        if arg == saved.STDIN:
            yield from _listed(sys.stdin.buffer.read().decode("utf-8-sig", "replace"))
        elif is_url(arg) or os.path.exists(arg):
            yield arg
        else:
            refuse(f"{arg} is neither a URL (https://…) nor a file; newscrawl --help lists the commands")


def _listed(text: str) -> list[str]:
    """The URLs of a list, one a line; lines that are blank or begin with # are none."""
    lines = [line.strip() for line in text.splitlines()]
    urls = [line for line in lines if line and not line.startswith("#")]
    if not urls:
        refuse("there is no URL on standard input")
    if wrong := next((line for line in urls if not is_url(line)), None):
        if wrong.startswith("<"):
            refuse("standard input has a page, not a list of URLs: newscrawl extract - reads it")
        refuse(f"on standard input, {wrong[:200]!r} is no URL (https://…)")
    return urls


class _Printer:
    """Extracts pages as they come in, and prints them in the order in which they were named."""

    def __init__(self, settings: Any, opts: argparse.Namespace, places: list[str]) -> None:
        self.rejected = 0
        folder = settings["NEWSCRAWL_SITES"]
        self._named = registry.load(opts.site, folder) if opts.site else None
        self._sites = Sites(folder)
        self._model = _model(model_path(settings, opts))
        self._seconds: float = settings.getfloat("EXTRACT_TIMEOUT")
        self._wanted: float = settings.getfloat("MIN_CONFIDENCE")
        self._page_bytes = page_bytes(settings)
        self._url: str | None = opts.url
        self._form = FORMS[opts.format]
        self._places = places
        self._came: dict[int, Article | Rejection] = {}
        self._next = self._printed = 0
        now = datetime.now(UTC)
        self._now, self._run_id = now.isoformat(timespec="seconds"), new_run_id(now)

    def site(self, url: str | None) -> Site | None:
        """What is known of the site that a URL belongs to."""
        return self._named or self._sites.of(url)

    def take(self, at: int, page: RawPage | Rejection) -> None:
        """A page that was fetched. Prints what has its turn."""
        self._came[at] = self._outcome(page)
        while (outcome := self._came.pop(self._next, None)) is not None or not self._awaited():
            self._turn(outcome)

    def finish(self) -> None:
        """Prints what is left, when all pages have come in."""
        while self._next < len(self._places):
            self._turn(self._came.pop(self._next, None))
        if self._printed:
            _write(self._form.tail)

    def _awaited(self) -> bool:
        """Whether what comes next has to be fetched, or there is nothing more."""
        return self._next >= len(self._places) or is_url(self._places[self._next])

    def _turn(self, outcome: Article | Rejection | None) -> None:
        place = self._places[self._next]
        self._next += 1
        if outcome is not None:
            self._print(place, outcome)
        elif is_url(place):
            self._print(place, ExtractCrash(url=place, detail="the request ended without an answer"))
        else:
            for candidate in saved.candidates([place], self._url, self._page_bytes):
                self._print(place, placed(candidate, self._outcome(candidate.found)))

    def _outcome(self, page: RawPage | Rejection) -> Article | Rejection:
        if isinstance(page, Rejection):
            return page
        outcome = _extracted(page, self.site(page.url), self._model, self._seconds)
        gc.enable()  # the program starts without it
        return (doubt(outcome, self._wanted) or outcome) if isinstance(outcome, Article) else outcome

    def _print(self, place: str, outcome: Article | Rejection) -> None:
        outcome.run_id = self._run_id
        outcome.fetched_at = outcome.fetched_at or self._now
        if isinstance(outcome, Rejection):
            self.rejected += 1
            where = outcome.url if outcome.url and not is_url(place) and is_url(outcome.url) else place
            say(": ".join(part for part in (where, outcome.name, outcome.detail) if part))
            return
        _write((self._form.between if self._printed else self._form.head(outcome)) + self._form.article(outcome))
        self._printed += 1


def _extracted(page: RawPage, site: Site | None, model: BlockModel | None, seconds: float) -> Article | Rejection:
    """A page's outcome, within its seconds. What is loaded with the first page takes none of them."""
    pipeline = importlib.import_module("newscrawl.extraction.pipeline")

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise _Late

    before: Callable[[int, FrameType | None], Any] | int | None = signal.signal(signal.SIGALRM, late)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again and again: a library may swallow the first
        try:
            found: Article | Rejection = pipeline.extract(page, site=site, model=model)
            return found
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _Late:
        return ExtractTimeout(url=page.url, detail=f"took longer than {seconds:g} s", fetched_at=page.fetched_at)
    except Exception as error:  # any exception of the extraction is the page's, as in a worker
        return ExtractCrash(url=page.url, detail=describe(error), fetched_at=page.fetched_at)
    finally:
        signal.signal(signal.SIGALRM, before)


class _Late(BaseException):
    """A page has used up its seconds. No Exception, since libraries catch these."""


def _model(path: str) -> BlockModel | None:
    return importlib.import_module("newscrawl.extraction.body.block_model").read(path) if path else None


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
