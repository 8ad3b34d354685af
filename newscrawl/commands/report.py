"""``scrapy report``: the history of the runs, as a table, as JSON lines or as a page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from newscrawl.commands.numbers import positive
from newscrawl.commands.terminal import CommandError, refuse, say, show
from newscrawl.console.standalone import StandaloneCommand
from newscrawl.monitor import history_page
from newscrawl.monitor import report_file as files
from newscrawl.monitor.report_text import alert_line, history
from newscrawl.monitor.reports import RunReport

SHOWN = 20
"""Runs in the table, without ``--last``."""


class Command(StandaloneCommand):
    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Show how the runs went"

    def long_desc(self) -> str:
        return (
            "Prints a line for each site of each run, the newest last, and the alerts of each site's last run. "
            "Exit status: 0 fine; 1 no runs, or a file that cannot be read or written; 2 usage."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--site", metavar="X", help="only this site")
        parser.add_argument(
            "--last",
            metavar="N",
            type=positive,
            help=f"only the newest N runs (default: {SHOWN} in the table, all on the page)",
        )
        parser.add_argument("--json", action="store_true", help="the reports themselves, a line each")
        parser.add_argument("-o", "--output", metavar="FILE.html", help="write a page with charts instead of the table")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = 0
        try:
            self._report(args, opts)
        except CommandError as error:
            say(f"error: {error}")
            self.exitcode = error.status
        except BrokenPipeError:  # such as `| head`
            sys.stderr.close()
            self.exitcode = 141

    def _report(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if args:
            refuse(f"unknown argument {args[0]!r}; a site is named with --site")
        if opts.output and opts.json:
            refuse("name one of -o and --json")
        state = Path(self.settings.get("STATE_DIR") or ".newscrawl")
        runs = _runs(state, opts.site)
        # A page that nobody has bounded shows all that there is.
        runs = runs[-(opts.last or (len(runs) if opts.output else SHOWN)) :]
        if opts.output:
            _write(
                Path(opts.output),
                history_page.render(runs, [opts.site] if opts.site else _labels(runs)).encode("utf-8", "replace"),
            )
        elif opts.json:
            for run in runs:
                show(msgspec.json.encode(run).decode())
        else:
            _table(runs, opts.site)


def _runs(state: Path, site: str | None) -> list[RunReport]:
    """The reports, oldest first. Raises :class:`CommandError` where there are none."""
    folder = state / "runs"
    try:
        runs = list(files.read(folder))[::-1] if folder.is_dir() else []
    except OSError as error:
        raise CommandError(f"{folder} cannot be read: {error.strerror or error}") from error
    if not runs:
        where = "" if state.is_dir() else f": there is no folder {state}"
        raise CommandError(f"no runs in {folder}{where}; -s STATE_DIR= names the folder that the runs were given")
    known = _labels(runs)
    if site is not None and site not in known:
        raise CommandError(f"no run of site {site!r}; there are: {', '.join(known)}", 2)
    return [run for run in runs if site is None or run.site(site)]


def _labels(runs: list[RunReport]) -> list[str]:
    return sorted({site.label for run in runs for site in run.sites})


def _table(runs: list[RunReport], only: str | None) -> None:
    for line in history(runs, only):
        show(line)
    last = {site.label: site for run in runs for site in run.sites if only in (None, site.label)}
    for label in sorted(last):
        for alert in last[label].alerts:
            show(f"! {alert_line(alert)}")


def _write(path: Path, data: bytes) -> None:
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # /dev/stdout
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write_whole(path, data)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror or error}") from error
