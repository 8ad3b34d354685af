"""``scrapy extract``: saved pages and WARC archives into JSON lines, without a crawl."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from scrapy.exceptions import UsageError
from tqdm import tqdm

from newscrawl.archive import saved
from newscrawl.commands.batch import Sites, Tally, new_run_id, outcomes
from newscrawl.commands.numbers import add_model, model_path, page_bytes, positive, trouble
from newscrawl.commands.terminal import say
from newscrawl.console.standalone import StandaloneCommand
from newscrawl.extraction.pool import MEGABYTES, SECONDS, ExtractorPool
from newscrawl.items import Article
from newscrawl.monitor.confidence import doubt
from newscrawl.output.jsonl import LineWriter, encode_article, encode_rejection, rejects_path
from newscrawl.rejections import Rejection
from newscrawl.sites.registry import SiteError

FINE, FAILED, UNHEALTHY, DISK, PIPE = 0, 1, 3, 74, 128 + signal.SIGPIPE


class _Terminated(KeyboardInterrupt):
    """SIGTERM, handled as Ctrl-C is."""


class Command(StandaloneCommand):
    def syntax(self) -> str:
        return "[options] PATH..."

    def short_desc(self) -> str:
        return "Extract articles from saved pages and WARC archives"

    def long_desc(self) -> str:
        return (
            "Writes one JSON line for each article in the PATHs: pages (.html, .htm, .txt for text-only ones), archives (.warc), "
            "each also with .gz, folders of these, or - for one page from standard input. "
            "Exit status: 0 fine; 1 nothing came out; 2 usage; 3 an input was missing, cut or gave no article; 74 disk; "
            "130 or 143 stopped."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="replace FILE when the run has ended (default: standard output)"
        )
        add_model(parser)
        parser.add_argument(
            "--rejects", metavar="FILE", help="where rejections go (default: beside -o; else one line each on stderr)"
        )
        parser.add_argument("--workers", metavar="N", type=positive, help="worker processes (default: one a core)")
        parser.add_argument("--url", metavar="URL", help="where the page comes from, if there is only one")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        paths = _paths(args)
        wrong = trouble(self.settings)
        if wrong:
            raise UsageError(wrong)
        if opts.url and (len(paths) > 1 or os.path.isdir(paths[0]) or ".warc" in Path(paths[0]).suffixes):
            raise UsageError("--url is for a single page")
        if opts.rejects and opts.output and os.path.realpath(opts.rejects) == os.path.realpath(opts.output):
            raise UsageError("-o and --rejects are the same file")
        previous = signal.signal(signal.SIGTERM, _terminate)
        try:
            self.exitcode = self._extract(paths, opts)
        except KeyboardInterrupt as stop:
            left = f"; {opts.output} is as it was" if opts.output else ""
            say(f"stopped by a signal before the end{left}")
            self.exitcode = 128 + (signal.SIGTERM if isinstance(stop, _Terminated) else signal.SIGINT)
        except BrokenPipeError:  # such as `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.exitcode = PIPE
        except SiteError as error:
            say(str(error))
            self.exitcode = FAILED
        except OSError as error:
            say(f"cannot write {error.filename or 'the output'}: {error.strerror}")
            self.exitcode = DISK if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG} else FAILED
        finally:
            signal.signal(signal.SIGTERM, previous)

    def _extract(self, paths: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        started = time.monotonic()
        sites = Sites(self.settings.get("NEWSCRAWL_SITES"))
        with ExitStack() as stack:
            run = stack.enter_context(_Run(opts.output, opts.rejects, self.settings.getfloat("MIN_CONFIDENCE")))
            bar = stack.enter_context(_progress_bar(paths))
            limit = page_bytes(self.settings)
            pool = ExtractorPool(
                opts.workers,
                self.settings.getfloat("EXTRACT_TIMEOUT", SECONDS),
                self.settings.getint("EXTRACT_MEGABYTES", MEGABYTES),
                page_bytes=limit,
                model=model_path(self.settings, opts),
            )
            stack.callback(pool.close)
            for candidate, outcome in outcomes(saved.candidates(paths, opts.url, limit, bar.update), pool, sites):
                run.take(candidate, outcome)
                bar.set_postfix(records=run.tally.records, refresh=False)
        say(run.tally.summary(time.monotonic() - started))
        if not run.tally.records:
            say("no article came out" + (f"; {opts.output} is as it was" if opts.output else ""))
            return FAILED
        return UNHEALTHY if run.tally.failed_inputs else FINE


class _Run:
    """The outputs of one run, and its counts. The files take their place when the run has ended and something came out."""

    def __init__(self, output: str | None, rejects: str | None, wanted: float) -> None:
        self.tally = Tally()
        self._wanted = wanted
        now = datetime.now(UTC)
        self._run_id = new_run_id(now)
        self._now = now.isoformat(timespec="seconds")
        self._articles = LineWriter(output, overwrite=True) if output else None
        special = output and os.path.exists(output) and not os.path.isfile(output)  # /dev/stdout has nothing beside it
        beside = rejects or (rejects_path(output) if output and not special else None)
        try:
            self._rejects = LineWriter(beside, overwrite=True) if beside else None
        except OSError:
            if self._articles:
                self._articles.abort()
            raise

    def take(self, candidate: saved.Candidate, outcome: Article | Rejection) -> None:
        """Writes an outcome where it belongs."""
        if isinstance(outcome, Article):
            outcome = doubt(outcome, self._wanted) or outcome
        outcome.run_id = self._run_id
        outcome.fetched_at = outcome.fetched_at or self._now
        if isinstance(outcome, Article):
            self._write(encode_article(outcome))
            self.tally.records += 1
            return
        self.tally.rejected[outcome.name] += 1
        self.tally.failed_inputs += candidate.own
        if self._rejects:
            self._rejects.write(encode_rejection(outcome))
        if candidate.own:
            say(": ".join(part for part in (candidate.source, outcome.name, outcome.detail) if part))
        elif not self._rejects:
            say(": ".join(part for part in (candidate.source, outcome.url, outcome.name, outcome.detail) if part))

    def _write(self, line: bytes) -> None:
        if self._articles:
            self._articles.write(line)
        else:
            sys.stdout.buffer.write(line)

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._rejects:
            (self._rejects.abort if kind else self._rejects.commit)()
        if self._articles:
            (self._articles.abort if kind or not self.tally.records else self._articles.commit)()
        elif not kind:
            sys.stdout.buffer.flush()


def _paths(args: list[str]) -> list[str]:
    cut = args.index("--") if "--" in args else len(args)
    unknown = [arg for arg in args[:cut] if arg.startswith("-") and arg != saved.STDIN]
    if unknown:
        raise UsageError(f"unknown option {unknown[0]}")
    paths = args[:cut] + args[cut + 1 :]
    if not paths:
        raise UsageError("no PATH: name pages, archives or folders, or - for standard input")
    if paths.count(saved.STDIN) > 1:
        raise UsageError("- can be read only once")
    return paths


def _progress_bar(paths: list[str]) -> Any:
    shown = sys.stderr.isatty()
    total = saved.size(paths) if shown else None
    return tqdm(total=total, unit="B", unit_scale=True, disable=not shown, file=sys.stderr, dynamic_ncols=True)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise _Terminated
