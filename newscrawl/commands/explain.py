"""``scrapy explain``: what became of each block of a page and why, as text or as one self-contained HTML page."""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from scrapy.exceptions import UsageError

from newscrawl.archive import saved
from newscrawl.commands.batch import Sites
from newscrawl.commands.named_page import is_url, load
from newscrawl.commands.numbers import add_model, model_path, page_bytes, trouble
from newscrawl.commands.terminal import CommandError, coloured, say
from newscrawl.console.standalone import StandaloneCommand
from newscrawl.explain import explain_page, explain_text
from newscrawl.explain.explanation import Explanation
from newscrawl.extraction.pool import MEGABYTES, SECONDS, ExtractorPool
from newscrawl.extraction.worker import Task
from newscrawl.items import RawPage
from newscrawl.monitor.confidence import doubt
from newscrawl.rejections import Rejection
from newscrawl.sites import registry
from newscrawl.sites.registry import Site, SiteError

FINE, FAILED, USAGE, DISK, PIPE = 0, 1, 2, 74, 128 + signal.SIGPIPE
STDOUT = "-"
PATIENCE = 2
"""How many times the extractor's seconds an explanation may take, which looks at every block again."""


class Command(StandaloneCommand):
    def syntax(self) -> str:
        return "[options] URL|FILE|ARCHIVE#URL"

    def short_desc(self) -> str:
        return "Show what became of each block of a page, and why"

    def long_desc(self) -> str:
        return (
            "Says of one page which blocks are the article's text and which are not, by which rule and on what evidence, where each field "
            "came from and which candidates lost; of a page that is no article, why. A URL is fetched once, through robots.txt and the "
            "address guard; a FILE is .html, .htm or .txt, also with .gz; ARCHIVE is a .warc or .warc.gz. "
            "Exit status: 0 explained, also a rejection; 1 no page; 2 usage; 74 disk."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="write one HTML page to FILE (- for standard output) instead of text"
        )
        parser.add_argument("--text", action="store_true", help="text, the form without -o; with -o, text into FILE")
        add_model(parser)
        parser.add_argument(
            "--site", metavar="NAME", help="apply this site file (default: the one that covers the URL)"
        )
        parser.add_argument("--url", metavar="URL", help="where the page in FILE comes from")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one page: URL, FILE or ARCHIVE#URL")
        wrong = trouble(self.settings)
        if wrong:
            raise UsageError(wrong)
        try:
            self._explain(args[0], opts)
            self.exitcode = FINE
        except CommandError as error:
            say(str(error))
            self.exitcode = error.status
        except SiteError as error:
            say(str(error))
            self.exitcode = USAGE if str(error).startswith("unknown site") else FAILED
        except KeyboardInterrupt:
            self.exitcode = 128 + signal.SIGINT
        except BrokenPipeError:  # such as `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.exitcode = PIPE
        except OSError as error:
            say(f"cannot write {opts.output or 'the output'}: {error.strerror}")
            self.exitcode = DISK if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG} else FAILED

    def _explain(self, place: str, opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if opts.output and opts.output != STDOUT and not Path(opts.output).absolute().parent.is_dir():
            raise CommandError(f"cannot write {opts.output}: its folder does not exist")
        self.model = model_path(self.settings, opts)
        folder = self.settings["NEWSCRAWL_SITES"]
        named = registry.load(opts.site, folder) if opts.site else None
        sites = Sites(folder)
        page, notes = load(
            place, self.settings, site=named or (sites.of(place) if is_url(place) else None), url=opts.url
        )
        site = named or sites.of(page.url)
        told = self._told(page, site)
        told.url = told.url or saved.file_url(place)
        told.notes = [*notes, *([f"with the site file {site.name}"] if site is not None else []), *told.notes]
        if opts.output and not opts.text:
            _write(explain_page.render(told), opts.output)
        elif opts.output and opts.output != STDOUT:
            _write(explain_text.render(told), opts.output)
        else:
            width = (
                shutil.get_terminal_size((explain_text.WIDTH, 0)).columns if sys.stdout.isatty() else explain_text.WIDTH
            )
            _write(explain_text.render(told, width, colours=coloured()), STDOUT)

    def _told(self, page: RawPage, site: Site | None) -> Explanation:
        """The explanation, made in a worker process: a page that hangs the extractor must not hang the command."""
        assert self.settings is not None
        seconds = self.settings.getfloat("EXTRACT_TIMEOUT", SECONDS)
        megabytes = self.settings.getint("EXTRACT_MEGABYTES", MEGABYTES)
        with ExtractorPool(
            1,
            PATIENCE * seconds,
            megabytes,
            page_bytes=page_bytes(self.settings),
            model=self.model,
            task=cast(Task, _explained),
        ) as pool:
            outcome: Any = pool.submit(page, site).result()
        if isinstance(outcome, Rejection):  # a limit of the extraction, which a crawl meets as well
            return Explanation(
                page.url or "", reason=outcome.name, detail=outcome.detail or "", meaning=outcome.meaning()
            )
        told = cast(Explanation, outcome)
        if (
            told.article is not None
            and not told.reason
            and (unsure := doubt(told.article, self.settings.getfloat("MIN_CONFIDENCE")))
        ):
            told.notes.append(f"a crawl would reject it as {unsure.name}: {unsure.detail} (MIN_CONFIDENCE)")
        if told.seconds > seconds:
            told.notes.append(
                f"the extraction took {told.seconds:.0f} s: a crawl gives a page {seconds:g} (EXTRACT_TIMEOUT) and would reject it"
            )
        return told


def _explained(page: RawPage, site: Site | None = None) -> Explanation:
    from newscrawl.explain.examination import explained  # the parent has no need of the extractor's libraries

    return explained(page, site)


def _write(text: str, output: str) -> None:
    """The whole text or nothing: a regular file takes its place when it is complete."""
    data = text.encode("utf-8", "replace")
    if output == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if path.exists() and not path.is_file():  # such as /dev/stdout
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644 if not path.exists() else path.stat().st_mode & 0o777)
        os.replace(name, os.path.realpath(path))
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
