"""The program ``newscrawl`` and ``python -m newscrawl``: finds what its arguments ask for, and loads only that."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newscrawl import __version__

if TYPE_CHECKING:
    from scrapy.commands import ScrapyCommand
    from scrapy.settings import Settings

COMMANDS = {
    "extract": "Extract articles from saved pages and WARC archives",
    "explain": "Show what became of each block of a page, and why",
    "evaluate": "Measure records against gold: precision, recall and F1 of the text, fields, sites",
    "fixture": "Freeze pages, and check that they still give the same",
    "learn": "Train the block model from pages with gold, and measure it on sites that it did not see",
    "report": "Show how the runs went",
    "state": "Show and mend what is known of the sites' pages",
}
"""The commands that need no project, the same as Scrapy's in one; what each does is said here so that the help loads none of them."""
START = "startproject"
FAILED, USAGE = 1, 2
PAGES = "newscrawl.console.print_pages"

HELP = f"""\
usage: newscrawl [options] URL|FILE|-...
       newscrawl COMMAND [options] ...

Prints the articles of pages, one JSON line each, in the order in which they are named. A URL is fetched through robots.txt and the
address guard; a FILE is .html, .htm or .txt, a WARC archive, each also with .gz, or a folder of these; - is a list of URLs on standard
input, one a line. What is no article is said on standard error, a line each. Exit status: 0 all are articles; 1 failed; 2 usage;
3 something was rejected; 74 disk; 130 or 143 stopped.

options:
  --format jsonl|markdown|text|html    what is printed (default: jsonl)
  --site NAME                          apply this site file (default: the one that covers the URL)
  --url URL                            where the page in a single FILE comes from
  --model FILE                         a block model that learn wrote (default: the package's own)
  -s, --set NAME=VALUE                 a setting; it may be repeated
  -h, --help                           this text; after a COMMAND, the command's
  --version                            the version

commands:
{{commands}}

A setting is taken from -s, else from the settings.py of the Scrapy project around the current folder, else from the environment as
NEWSCRAWL_NAME, else it has its default. Crawls run inside of a project: newscrawl {START} DIR makes one.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments ask for; returns the exit status."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    first = argv[0] if argv else ""
    if first in COMMANDS:
        return _run(f"newscrawl.commands.{first}", first, argv[1:])
    if first == START:
        from newscrawl.console import project

        return project.main(argv[1:])
    if first == "crawl":
        return _fail(f"a crawl runs inside of a project: newscrawl {START} DIR makes one, and says how to go on", USAGE)
    if "-h" in argv or "--help" in argv:
        summaries = {**COMMANDS, START: "Make a project for crawls: settings, a site file, lines for cron and systemd"}
        print(HELP.format(commands="\n".join(f"  {name:14}{words}" for name, words in summaries.items())), end="")
        return 0
    if "--version" in argv:
        print(f"newscrawl {__version__}")
        return 0
    return _run(PAGES, "", argv)


def _run(module: str, name: str, argv: list[str]) -> int:
    """Runs a command's class as Scrapy does, without a project too."""
    import argparse
    import gc

    gc.disable()  # what is loaded is kept: to look through it again and again would take a tenth of a page's time
    from scrapy.commands import ScrapyHelpFormatter
    from scrapy.exceptions import UsageError

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> None:  # type: ignore[override]  # argparse says that it never returns, and so it is
            sys.exit(_fail(f"{' '.join(message.split())}; {self.prog} --help tells more", USAGE))

    command: ScrapyCommand = importlib.import_module(module).Command()
    settings = _settings()
    if settings is None:
        return FAILED
    settings.setdict(command.default_settings, priority="command")
    command.settings = settings
    prog = f"newscrawl {name}".strip()
    parser = Parser(
        prog=prog,
        usage=f"{prog} {command.syntax()}",
        description=command.long_desc(),
        formatter_class=ScrapyHelpFormatter,
        conflict_handler="resolve",
    )
    command.add_options(parser)
    opts, args = parser.parse_known_args(argv)
    if name:
        gc.enable()
    try:
        command.process_options(args, opts)
        if opts.profile:
            import cProfile

            with cProfile.Profile() as profile:
                command.run(args, opts)
            profile.dump_stats(opts.profile)
        else:
            command.run(args, opts)
    except UsageError as error:
        parser.error(str(error))
    return command.exitcode


def _settings() -> Settings | None:
    """The settings of the Scrapy project around the current folder, or Scrapy's own; None, with a line for the user, for broken ones."""
    from scrapy.settings import Settings
    from scrapy.utils.project import get_project_settings, inside_project

    try:
        return get_project_settings() if inside_project() else Settings()
    except Exception as error:  # the project's settings.py is a program of the user's
        _fail(f"the project's settings cannot be read: {type(error).__name__}: {error}; in {os.getcwd()}", FAILED)
        return None


def _fail(text: str, status: int) -> int:
    print(f"newscrawl: error: {' '.join(text.split())}", file=sys.stderr)
    return status
