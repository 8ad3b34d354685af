"""``scrapy state``: shows what is known of a site's pages, and repairs it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from newscrawl.commands.terminal import CommandError, confirm, refuse, say, show
from newscrawl.console.standalone import StandaloneCommand
from newscrawl.state import lock, repair
from newscrawl.state.database import DatabaseError, StateError
from newscrawl.state.store import Store

FINE, WRONG = 0, 1
SHOWN = 20
"""Pages of a pattern that are named before it is asked."""


class Command(StandaloneCommand):
    def syntax(self) -> str:
        return "[options] list | show URL | forget URL|PATTERN | export | verify"

    def short_desc(self) -> str:
        return "Show and mend what is known of the sites' pages"

    def long_desc(self) -> str:
        return (
            "list: a line a page (site, status, version, last look, URL). show: all that is known of a page. forget: makes pages unknown, so that "
            "the next run that meets them fetches and writes them anew; * in a PATTERN stands for anything. export: everything as JSON lines. "
            "verify: looks for damage. Exit status: 0 fine; 1 nothing found, or damage; 2 usage; 75 a run is at work on the site."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--site", metavar="NAME", help="this site's state only (default: all under STATE_DIR)")
        parser.add_argument("--status", choices=repair.STATUSES, help="with list: only these pages")
        parser.add_argument("--yes", action="store_true", help="with forget: do not ask")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Does one of the five, and sets the exit status."""
        verbs: dict[str, tuple[int, Callable[..., int]]] = {
            "list": (0, self._list),
            "show": (1, self._show),
            "forget": (1, self._forget),
            "export": (0, self._export),
            "verify": (0, self._verify),
        }
        try:
            if not args or args[0] not in verbs:
                refuse(f"say what to do: state {self.syntax().removeprefix('[options] ')}")
            wanted, verb = verbs[args[0]]
            if len(args) != wanted + 1:
                refuse(f"state {args[0]} takes {'one URL' if wanted else 'no more words'}")
            self.exitcode = verb(opts, *args[1:])
        except (CommandError, StateError) as error:
            say(f"error: {error}")
            self.exitcode = error.status
        except DatabaseError as error:
            say(f"error: the state cannot be used: {error}; `state verify` says more")
            self.exitcode = WRONG
        except BrokenPipeError:
            raise SystemExit(FINE) from None

    def _list(self, opts: argparse.Namespace) -> int:
        for site, store in self._stores(opts):
            for row in repair.pages(store, opts.status):
                show(
                    _plain(
                        "\t".join(
                            (site, row["status"], str(row["version"] or "-"), row["looked_at"] or "-", row["url"])
                        )
                    )
                )
        return FINE

    def _show(self, opts: argparse.Namespace, url: str) -> int:
        found = 0
        for site, store in self._stores(opts):
            row = repair.page(store, url)
            if row is not None:
                found += 1
                show(
                    _plain(
                        "\n".join(
                            [
                                f"{'site':18}{site}",
                                *(f"{name:18}{value}" for name, value in row.items() if value not in (None, "")),
                            ]
                        )
                    )
                )
        if not found:
            raise CommandError(f"{url} is unknown")
        return FINE

    def _forget(self, opts: argparse.Namespace, url: str) -> int:
        number = 0
        for site, store in self._stores(opts, locked=True):
            one = None if "*" in url else repair.page(store, url)
            rows = repair.matching(store, url) if "*" in url else [one] if one else []
            if not rows:
                continue
            number += len(rows)
            for row in rows[:SHOWN]:
                show(_plain(f"{site}\t{row['status']}\t{row['url']}"))
            if len(rows) > SHOWN:
                show(f"and {len(rows) - SHOWN} more")
            if "*" in url and confirm(f"Forget these {len(rows)} pages of {site}?", opts.yes) != "y":
                say("nothing was forgotten")
                continue
            repair.forget(store, [row["key"] for row in rows])
            say(f"{site}: forgot {len(rows)} page{'s' if len(rows) > 1 else ''}")
        if not number:
            raise CommandError(f"no known page is {url}")
        return FINE

    def _export(self, opts: argparse.Namespace) -> int:
        encoder = msgspec.json.Encoder(enc_hook=lambda value: bytes(value).decode("utf-8", "replace"))
        for site, store in self._stores(opts):
            for row in repair.everything(store):
                show(encoder.encode({"site": site, **row}).decode())
        return FINE

    def _verify(self, opts: argparse.Namespace) -> int:
        wrong = 0
        for site, path in self._files(opts):
            try:
                with self._open(site, path, locked=True) as store:
                    found = list(repair.faults(store))
                    counts = store.database.count_states() if not found else {}
            except StateError as error:
                if error.status == lock.BUSY:
                    raise
                found, counts = [str(error)], {}
            for fault in found:
                show(_plain(f"{site}: {fault}"))
            if not found:
                show(
                    f"{site}: well ({', '.join(f'{number} {status}' for status, number in sorted(counts.items())) or 'no pages'})"
                )
            wrong += bool(found)
        return WRONG if wrong else FINE

    def _files(self, opts: argparse.Namespace) -> list[tuple[str, Path]]:
        assert self.settings is not None
        folder = Path(self.settings["STATE_DIR"])
        found = sorted(folder.glob("*.sqlite"))
        if opts.site:
            found = [path for path in found if path.stem == opts.site]
        if not found:
            raise CommandError(
                f"{folder} has no state{f' of {opts.site!r}' if opts.site else ''}; a crawl makes it, -s STATE_DIR= says where it is"
            )
        return [(path.stem, path) for path in found]

    def _stores(self, opts: argparse.Namespace, locked: bool = False) -> Iterator[tuple[str, Store]]:
        for site, path in self._files(opts):
            with self._open(site, path, locked) as store:
                yield site, store

    @contextmanager
    def _open(self, site: str, path: Path, locked: bool) -> Iterator[Store]:
        """A site's state; ``locked``: as nobody else's. Raises :class:`StateError`, with status 75 while a run is at work on it."""
        if locked:
            lock.acquire(path.with_suffix(".lock"), site)
        try:
            store = Store(path, time.time)
            try:
                yield store
            finally:
                store.close()
        finally:
            if locked:
                lock.release(path.with_suffix(".lock"))


def _plain(text: str) -> str:
    """Without the control characters that a site's URLs and titles may hold."""
    return "".join(sign if sign in "\t\n" or sign.isprintable() else "\ufffd" for sign in text)
