"""One site's state: an embedded SQLite file, so that ``kill -9`` and a power cut at any moment leave it whole.

WAL with ``synchronous=FULL``: a commit is on the disk when it returns (0.2 ms beside a request's 100; OPERATION §2). What belongs
to one page (its place in the frontier, its version, its line in the outbox) is one transaction.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from newscrawl.state.schema import MIGRATIONS

DISK = 74
"""Exit status when the disk is full (sysexits.h, EX_IOERR)."""
NOTE_SECONDS = 1.0
"""For which notes may wait for a page's transaction to take them along."""


class StateError(Exception):
    """A state that cannot be used; the text is one line that says what to do. ``status`` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class Store:
    """The connection to one site's state, held by one run at a time (:mod:`newscrawl.state.lock`). Implements ``items.Notes``."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        """Opens or makes the file; ``path`` None keeps everything in memory. ``clock`` gives seconds since 1970. Raises :class:`StateError`."""
        self.path = path
        self._clock = clock
        self._since = 0.0
        self.run = 0
        """Number of this run, from 1."""
        self.parity = 0
        self.full = False
        """Whether everything that is met is looked at and written, known or not (``-O``)."""
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=5, check_same_thread=False)
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "cache_size=-8000",
                "temp_store=MEMORY",
                "journal_size_limit=8000000",
            ):
                self._db.execute(f"PRAGMA {pragma}")
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise StateError(
                f"{path}: {_words(error)}", DISK if isinstance(error, sqlite3.Error) and disk_full(error) else 1
            ) from error

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise StateError(
                f"{self.path} was written by a newer newscrawl (state version {version}, this one knows {len(MIGRATIONS)})"
            )
        for number in range(version, len(MIGRATIONS)):
            # executescript commits what is open, so the script holds its own transaction
            self._db.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version={number + 1}; COMMIT;")

    def begin_run(self, run_id: str, full: bool = False) -> None:
        """Opens a run: pages that a dead run was working on are free again, each with one death more."""
        last = self.one("SELECT number, parity, ended FROM runs ORDER BY number DESC LIMIT 1")
        clean = last is None or last["ended"] is not None
        self.run, self.full = (last["number"] + 1 if last else 1), full
        self.parity = 0 if last is None else 1 - last["parity"] if clean else last["parity"]
        if not clean:
            self.write("UPDATE pages SET turn = ? WHERE turn IS NOT NULL AND turn != ?", self.parity, self.parity)
        self.write(
            "UPDATE pages SET claimed = NULL, deaths = deaths + 1, rank = 3, turn = ? WHERE claimed IS NOT NULL",
            self.parity,
        )
        # A clock that stood in the future must not put looks off for years.
        self.write("UPDATE articles SET due = ? WHERE due > ?", self.now, self.now + 400 * 86400)
        self.write(
            "INSERT INTO runs (number, id, began, parity, overwrite) VALUES (?, ?, ?, ?, ?)",
            self.run,
            run_id,
            self.now,
            self.parity,
            int(full),
        )
        self.commit()

    def end_run(self) -> None:
        """Closes a run that came to its end, also an early one: what it worked on is free again, without a death."""
        self.write("UPDATE pages SET claimed = NULL WHERE claimed IS NOT NULL")
        self.write("UPDATE pages SET turn = ? WHERE turn = ?", 1 - self.parity, self.parity)
        self.write("UPDATE runs SET ended = ? WHERE number = ?", self.now, self.run)
        self.write("DELETE FROM runs WHERE number < ?", self.run - 1000)
        self.commit()

    @property
    def now(self) -> float:
        """The run's time in seconds since 1970."""
        return self._clock()

    def close(self) -> None:
        """Ends the connection; what was not committed is lost."""
        with contextlib.suppress(sqlite3.Error, AttributeError):  # the second where it was never opened
            self._db.close()

    def one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        """The first row by column name, or None."""
        cursor = self._db.execute(sql, values)
        row = cursor.fetchone()
        return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row is not None else None

    def rows(self, sql: str, *values: Any) -> Iterator[dict[str, Any]]:
        """All rows by column name."""
        cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    def write(self, sql: str, *values: Any) -> int:
        """Changes something within the open transaction, which :meth:`commit` ends. Returns the number of rows."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            self._since = time.monotonic()
        return self._db.execute(sql, values).rowcount

    def commit(self) -> None:
        """Makes what was written since the last commit durable, all of it or nothing."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def atomic(self) -> Iterator[None]:
        """Within the open transaction, all of the block or nothing of it."""
        self.write("SAVEPOINT page")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled everything back itself
                self._db.execute("ROLLBACK TO page")
                self._db.execute("RELEASE page")
            raise
        self._db.execute("RELEASE page")

    def rollback(self) -> None:
        """Takes back what was not committed."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def note(self, kind: str, key: str) -> Any:
        """What was remembered; None when nothing was."""
        row = self._db.execute("SELECT value FROM notes WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return msgspec.msgpack.decode(row[0]) if row else None

    def remember(self, kind: str, key: str, value: Any) -> None:
        """Keeps JSON types; None forgets."""
        if value is None:
            self.write("DELETE FROM notes WHERE kind = ? AND key = ?", kind, key)
        else:
            self.write(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)", kind, key, msgspec.msgpack.encode(value), self.now
            )
        if time.monotonic() - self._since > NOTE_SECONDS:
            self.commit()


def disk_full(error: sqlite3.Error) -> bool:
    """Whether SQLite failed for want of space or of a working disk."""
    name = str(getattr(error, "sqlite_errorname", ""))
    return name.startswith(("SQLITE_FULL", "SQLITE_IOERR")) or "disk is full" in str(error)


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be opened: {error.strerror or error}"
    text = str(error)
    if isinstance(error, sqlite3.Error) and disk_full(error):
        return f"cannot be written, because the disk is full or broken ({text})"
    if "not a database" in text or "malformed" in text:
        return f"is no usable state file ({text}); `state verify` looks at it, or move it away to begin anew"
    return f"cannot be used: {text}"
