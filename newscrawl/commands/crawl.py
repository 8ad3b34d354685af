"""``scrapy crawl``: Scrapy's command, with the user's errors in one line before anything starts, and a true exit status."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from scrapy import Spider
from scrapy.addons import AddonManager
from scrapy.commands.crawl import Command as ScrapyCrawlCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from newscrawl import configuration
from newscrawl.archive.files import check_folder
from newscrawl.archive.replay import Archive, ReplayError, locate
from newscrawl.commands.numbers import trouble
from newscrawl.commands.terminal import say
from newscrawl.download.guard import unusable
from newscrawl.extraction.worker import start_fork_server
from newscrawl.monitor.counts import DISK, EXIT_STATUS, FAILED, USAGE
from newscrawl.output.feeds import LineFile, local_path
from newscrawl.printable import printable
from newscrawl.sites.registry import Site
from newscrawl.spiders.arguments import ArgumentError, described, read
from newscrawl.spiders.base import SiteSpider
from newscrawl.state import lock
from newscrawl.state.database import StateError
from newscrawl.state.revisit_policy import seconds, steps

BUSY = lock.BUSY


def fail(text: str, status: int) -> NoReturn:
    """Ends with one line on the error stream."""
    print(f"newscrawl: error: {printable(' '.join(text.split()))}", file=sys.stderr)
    sys.exit(status)


class Command(ScrapyCrawlCommand):
    """Runs a spider and ends with DESIGN section 5's exit status."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Reads the options and checks all that can be checked before the first request."""
        for name in ("output", "overwrite_output"):
            given: list[str] | None = getattr(opts, name)
            # Scrapy takes the format from the last suffix alone.
            setattr(
                opts,
                name,
                [f"{uri}:jsonl" if re.search(r"\.(jsonl|jl)\.gz$", uri) else uri for uri in given] if given else None,
            )
        try:
            super().process_options(args, opts)
        except UsageError as error:
            fail(str(error), USAGE)
        assert self.settings is not None
        # As the process will do: spiders and defaults that add-ons bring.
        AddonManager.load_pre_crawler_settings(self.settings)
        spider = self._spider(args)
        if issubclass(spider, SiteSpider):
            self._check(spider, opts.spargs)

    def _check(self, spider: type[SiteSpider], given: dict[str, Any]) -> None:
        """All that can be checked before a crawl of newscrawl's own; another spider's is Scrapy's matter."""
        if "help" in given and "help" not in spider.Arguments.__struct_fields__:
            print("\n".join(described(spider.Arguments)))
            sys.exit(0)
        assert self.settings is not None
        self._take_environment()
        try:
            arguments = read(spider.Arguments, given)
            sites, _ = spider.targets(arguments, self._setting("NEWSCRAWL_SITES"))
        except ArgumentError as error:
            fail(str(error), error.status)
        wrong = trouble(self.settings)
        if wrong:
            fail(wrong, USAGE)
        self._check_private()
        self._check_archive(sites)
        self._check_outputs()
        self._take_sites(sites)
        self._quiet_start()
        start_fork_server()  # loads the extractor's libraries on another core while this one loads the crawler's

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Runs the crawl; the exit status is the run's own. That of another spider is Scrapy's."""
        assert self.crawler_process
        if not issubclass(self._spider(args), SiteSpider):
            super().run(args, opts)
            return
        crawler = self._create_crawler(args[0])
        crawl: Any = self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        error = (
            crawl.exception() if isinstance(crawl, asyncio.Task) and crawl.done() and not crawl.cancelled() else None
        )
        if isinstance(error, ArgumentError):  # a state file that fails only when it is written, say
            fail(str(error), error.status)
        try:
            stats: dict[str, Any] = crawler.stats.get_stats() if crawler.stats else {}
        except RuntimeError:  # Scrapy has not come to making them
            fail(f"the run did not begin: {type(error).__name__}: {error}", FAILED)
        stopped = stats.get("newscrawl/signal")
        self.exitcode = stats.get(EXIT_STATUS, 128 + stopped if stopped else FAILED)

    def _take_environment(self) -> None:
        assert self.settings is not None
        try:
            told = configuration.apply_environment(self.settings)
        except configuration.ConfigurationError as error:
            fail(str(error), USAGE)
        for line in told:
            say(line)

    def _setting(self, name: str) -> Any:
        assert self.settings is not None
        return self.settings[name]

    def _spider(self, args: list[str]) -> type[Spider]:
        assert self.settings is not None
        loader = get_spider_loader(self.settings)
        known = loader.list()
        if len(args) != 1:
            fail(f"name one spider of: {', '.join(sorted(known))}", USAGE)
        if args[0] not in known:
            fail(f"unknown spider {args[0]!r}; there are: {', '.join(sorted(known))}", USAGE)
        return loader.load(args[0])

    def _quiet_start(self) -> None:
        """Leaves out fifty lines on which versions, settings and components a run begins with, unless details are asked for."""
        if str(self._setting("LOG_LEVEL")).upper() != "DEBUG":
            for name in ("scrapy.utils.log", "scrapy.addons", "scrapy.middleware", "scrapy.crawler"):
                logging.getLogger(name).addFilter(lambda record: record.levelno > logging.INFO)

    def _check_private(self) -> None:
        assert self.settings is not None
        wrong = unusable(self.settings.getlist("PRIVATE_HOSTS"))
        if wrong is not None:
            fail(f"-s PRIVATE_HOSTS={wrong}: expected host names, addresses, or networks such as 10.0.0.0/8", USAGE)

    def _check_archive(self, sites: tuple[Site, ...]) -> None:
        folder = self._setting("REPLAY_DIR")
        site = sites[0]
        kept = self._setting("ARCHIVE_DIR")
        if kept and folder and Path(kept).resolve() == Path(folder).resolve():
            fail(f"-s ARCHIVE_DIR={kept}: it is the archive that is replayed; name another folder", USAGE)
        if kept:
            try:
                check_folder(Path(kept))
            except OSError as error:
                fail(
                    f"cannot write the archive in {kept}: {error.strerror or error}",
                    DISK if error.errno in (errno.ENOSPC, errno.EDQUOT) else FAILED,
                )
        if not folder and not site.replay:
            return
        try:
            Archive(Path(folder) if folder else locate(str(site.replay)))
        except ReplayError as error:
            fail(str(error), FAILED)

    def _take_sites(self, sites: tuple[Site, ...]) -> None:
        """Takes the sites for this run before anything is touched; a site that another run has ends this one."""
        try:
            steps(self._setting("REVISIT"))
            seconds(self._setting("WITHDRAW_AFTER"))
        except ValueError as error:
            fail(f"-s REVISIT= or WITHDRAW_AFTER=: {error}", USAGE)
        for site in sites:
            if not self._setting("REPLAY_DIR"):
                try:
                    lock.acquire(Path(self._setting("STATE_DIR")) / f"{site.name}.lock", site.name)
                except StateError as error:
                    lock.release_all()
                    fail(str(error), error.status)

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
                why = (
                    f"{path.parent} is no folder"
                    if path.parent.exists() and not path.parent.is_dir()
                    else error.strerror or error
                )
                fail(f"cannot write {path}: {why}", BUSY if busy else FAILED)
