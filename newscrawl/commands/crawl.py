"""``scrapy crawl``: Scrapy's command, with the user's errors in one line before anything starts, and a true exit status."""
from __future__ import annotations

import argparse
import errno
import logging
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from scrapy.commands.crawl import Command as ScrapyCrawlCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from newscrawl.commands.numbers import trouble
from newscrawl.download.replay import Archive, ReplayError, locate
from newscrawl.progress import EXIT_STATUS, FAILED, USAGE
from newscrawl.serialize.feeds import LineFile, local_path
from newscrawl.spiders.arguments import ArgumentError, Arguments, read

BUSY = 75


def fail(text: str, status: int) -> NoReturn:
    """Ends with one line on the error stream."""
    print(f"newscrawl: error: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(status)


class Command(ScrapyCrawlCommand):
    """Runs a spider and ends with DESIGN section 5's exit status."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Reads the options and checks all that can be checked before the first request."""
        for name in ("output", "overwrite_output"):
            given: list[str] | None = getattr(opts, name)
            # Scrapy takes the format from the last suffix alone.
            setattr(opts, name, [f"{uri}:jsonl" if re.search(r"\.(jsonl|jl)\.gz$", uri) else uri for uri in given] if given else None)
        try:
            super().process_options(args, opts)
        except UsageError as error:
            fail(str(error), USAGE)
        spider = self._spider_name(args)
        try:
            arguments = read(spider, opts.spargs, self._setting("NEWSCRAWL_SITES"))
        except ArgumentError as error:
            fail(str(error), error.status)
        wrong = trouble(self.settings)
        if wrong:
            fail(wrong, USAGE)
        self._check_archive(arguments)
        self._check_outputs()
        self._quiet_start()

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Runs the crawl; the exit status is the run's own, not Scrapy's."""
        assert self.crawler_process
        crawler = self._create_crawler(args[0])
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        stats: dict[str, Any] = crawler.stats.get_stats() if crawler.stats else {}
        stopped = stats.get("newscrawl/signal")
        self.exitcode = stats.get(EXIT_STATUS, 128 + stopped if stopped else FAILED)

    def _setting(self, name: str) -> Any:
        assert self.settings is not None
        return self.settings[name]

    def _spider_name(self, args: list[str]) -> str:
        assert self.settings is not None
        known = get_spider_loader(self.settings).list()
        if len(args) != 1:
            fail(f"name one spider of: {', '.join(sorted(known))}", USAGE)
        if args[0] not in known:
            fail(f"unknown spider {args[0]!r}; there are: {', '.join(sorted(known))}", USAGE)
        return args[0]

    def _quiet_start(self) -> None:
        """Leaves out fifty lines on which versions, settings and components a run begins with, unless details are asked for."""
        if str(self._setting("LOG_LEVEL")).upper() != "DEBUG":
            for name in ("scrapy.utils.log", "scrapy.addons", "scrapy.middleware", "scrapy.crawler"):
                logging.getLogger(name).addFilter(lambda record: record.levelno > logging.INFO)

    def _check_archive(self, arguments: Arguments) -> None:
        folder = self._setting("REPLAY_DIR")
        if not folder and not arguments.site.replay:
            return
        try:
            Archive(Path(folder) if folder else locate(str(arguments.site.replay)))
        except ReplayError as error:
            fail(str(error), FAILED)

    def _check_outputs(self) -> None:
        assert self.settings is not None
        feeds = self.settings.getdict("FEEDS") or {"output/.check.jsonl": {"overwrite": True}}
        for uri, options in feeds.items():
            uri = str(uri)
            if "%(" in uri or re.match(r"(?!file:)[a-z][a-z0-9+.-]+:", uri):
                continue  # named when the run begins, or not a local file
            path = local_path(uri)
            try:
                LineFile(path, bool(options.get("overwrite", False))).end(keep=False)
            except OSError as error:
                busy = error.errno == errno.EBUSY
                why = f"{path.parent} is no folder" if path.parent.exists() and not path.parent.is_dir() else error.strerror or error
                fail(f"cannot write {path}: {why}", BUSY if busy else FAILED)
