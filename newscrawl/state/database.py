"""The only module that holds SQL: one site's state as a SQLite file, behind methods that are named for what they mean.

The file survives ``kill -9`` and a power cut at any moment. It is in WAL mode with ``synchronous=FULL``, so that a commit is on the
disk when it returns; that takes a fraction of a millisecond, which is little beside a request. A transaction is opened by the first
change and ended by :meth:`Database.commit`.

A page's turn is stored as a parity, 0 or 1: that of the run in which it is asked. When a run ends well, the other parity becomes
the current one. So what was left over for the next run has its turn there, and no row has to be rewritten for that.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, TypeVar

from newscrawl.state.transitions import ArticleState, PageState, Priority

State = TypeVar("State", PageState, ArticleState)
DatabaseError = sqlite3.Error
"""What every method may raise when the state cannot be read or written."""
DISK = 74
"""Exit status when the disk is full (EX_IOERR of sysexits.h)."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE pages (           -- every URL that was discovered in scope, by identity
        key TEXT PRIMARY KEY,
        url TEXT NOT NULL,         -- the spelling to ask for
        host TEXT NOT NULL,        -- scheme, name and port
        scope TEXT NOT NULL,       -- '' the site's own, 'original' what a repost credits
        state TEXT NOT NULL,       -- waiting, record, alias, rejected, quarantined
        found INTEGER NOT NULL,    -- number of the run that discovered it
        found_at REAL NOT NULL,
        newest REAL NOT NULL,      -- what discovery said of its age, else when it was found
        turn INTEGER,              -- to be looked at: parity of the run whose turn it is; NULL: not
        rank INTEGER NOT NULL,     -- Priority: 0 candidate, 1 recheck, 2 retry after a timeout, 3 alone, because a run died with it
        ord TEXT NOT NULL,         -- order within a rank
        sightings BLOB,            -- spellings and evidence, until it has ended
        reason TEXT, detail TEXT,  -- of the last rejection
        reported TEXT,             -- the reason whose line was written last
        article TEXT,              -- id of its record, or of the one that it repeats
        via TEXT,                  -- the page whose redirect led here
        looked INTEGER NOT NULL DEFAULT 0,  -- number of the run that looked last
        looked_at REAL,
        tries INTEGER NOT NULL DEFAULT 0,   -- looks that failed in passing
        claimed INTEGER,           -- number of the run that is working on it
        deaths INTEGER NOT NULL DEFAULT 0   -- runs that died while working on it
    ) WITHOUT ROWID;
    CREATE INDEX pages_turn ON pages (turn, host, rank, ord) WHERE turn IS NOT NULL;
    CREATE INDEX pages_claimed ON pages (claimed) WHERE claimed IS NOT NULL;
    CREATE INDEX pages_article ON pages (article) WHERE article IS NOT NULL;
    CREATE INDEX pages_via ON pages (via) WHERE via IS NOT NULL;
    CREATE INDEX pages_parked ON pages (newest) WHERE state = 'waiting' AND turn IS NULL;
    CREATE TABLE articles (
        id TEXT PRIMARY KEY,
        page TEXT NOT NULL,        -- key of its page
        url TEXT NOT NULL,         -- where it was fetched last
        title TEXT,
        version INTEGER NOT NULL,
        hash TEXT NOT NULL,        -- of title and text
        paragraphs BLOB NOT NULL,
        published REAL,
        first_at REAL NOT NULL,
        looked_at REAL NOT NULL,
        whole_at REAL NOT NULL,    -- last look without validators
        etag TEXT, last_modified TEXT,
        due REAL,                  -- next look; NULL: none
        gone_at REAL,              -- first look that found it gone
        state TEXT NOT NULL,       -- live, gone
        idle INTEGER NOT NULL DEFAULT 0,  -- looks on a feed's or sitemap's word that found no change
        met INTEGER NOT NULL       -- number of the run that wrote it last
    ) WITHOUT ROWID;
    CREATE INDEX articles_due ON articles (due) WHERE due IS NOT NULL;
    CREATE TABLE prints (print TEXT NOT NULL, article TEXT NOT NULL, PRIMARY KEY (print, article)) WITHOUT ROWID;
    CREATE INDEX prints_article ON prints (article);
    CREATE TABLE notes (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
    CREATE TABLE runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL, began REAL NOT NULL, ended REAL, parity INTEGER NOT NULL, overwrite INTEGER NOT NULL);
    CREATE TABLE outbox (row INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind TEXT NOT NULL, mark TEXT NOT NULL, line BLOB NOT NULL);
    CREATE TABLE outputs (path TEXT PRIMARY KEY NOT NULL, rejects TEXT NOT NULL, lines INTEGER NOT NULL, length INTEGER NOT NULL, rejects_length INTEGER NOT NULL);
    """,
    """
    ALTER TABLE outbox ADD COLUMN passed INTEGER NOT NULL DEFAULT 1;  -- whether the line is what the user's item pipelines made
    """,
)
"""The tables, one script for each version: the state file of an older version is brought forward when it is opened."""


class StateError(Exception):
    """A state cannot be used; the text is one line that says what to do. ``status`` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class PageColumns(TypedDict, total=False):
    """Columns of a page that may be written."""

    url: str
    host: str
    scope: str
    found: int
    found_at: float
    newest: float
    turn: int | None
    rank: int
    ord: str
    sightings: bytes | None
    reason: str | None
    detail: str | None
    reported: str | None
    article: str | None
    via: str | None
    looked: int
    looked_at: float | None
    tries: int
    claimed: int | None
    deaths: int


class PageRow(NamedTuple):
    """One page as it is stored; the columns are explained where the table is made."""

    key: str
    url: str
    host: str
    scope: str
    state: PageState
    found: int
    found_at: float
    newest: float
    turn: int | None
    rank: int
    ord: str
    sightings: bytes | None
    reason: str | None
    detail: str | None
    reported: str | None
    article: str | None
    via: str | None
    looked: int
    looked_at: float | None
    tries: int
    claimed: int | None
    deaths: int


class ParkedPage(NamedTuple):
    """A waiting page without a turn."""

    key: str
    host: str
    newest: float


class ArticleColumns(TypedDict, total=False):
    """Columns of an article that may be written."""

    page: str
    url: str
    title: str | None
    version: int
    hash: str
    paragraphs: bytes
    published: float | None
    first_at: float
    looked_at: float
    whole_at: float
    etag: str | None
    last_modified: str | None
    due: float | None
    gone_at: float | None
    idle: int
    met: int


class ArticleRow(NamedTuple):
    """One written article as it is stored."""

    id: str
    page: str
    url: str
    title: str | None
    version: int
    hash: str
    paragraphs: bytes
    published: float | None
    first_at: float
    looked_at: float
    whole_at: float
    etag: str | None
    last_modified: str | None
    due: float | None
    gone_at: float | None
    state: ArticleState
    idle: int
    met: int


class ArticleSummary(NamedTuple):
    """What a look in the lists needs of an article: it is read for every known URL that a list names, so it leaves the text out."""

    page: str
    url: str
    looked_at: float
    gone_at: float | None
    state: ArticleState
    idle: int


class RunRow(NamedTuple):
    """The last run."""

    number: int
    parity: int
    ended: float | None


class OutboxRow(NamedTuple):
    """A line that is not known to be on disk."""

    row: int
    kind: str
    mark: str
    line: bytes
    passed: int


class OutputRow(NamedTuple):
    """A file that a run writes to."""

    path: str
    rejects: str
    lines: int
    length: int
    rejects_length: int


EXPORTED = ("pages", "articles", "notes", "runs", "outputs")
"""Tables whose rows are exported whole."""
PACKED = {"pages": ("sightings",), "articles": ("paragraphs",), "notes": ("value",)}
"""Columns that hold MessagePack."""

_PAGE = ", ".join(PageRow._fields)
_ARTICLE = ", ".join(ArticleRow._fields)
_SUMMARY = ", ".join(ArticleSummary._fields)
_OVERVIEW = f"""SELECT p.key, p.url, CASE WHEN p.state = '{PageState.RECORD}' AND a.state = '{ArticleState.GONE}' THEN '{ArticleState.GONE}'
    ELSE p.state END AS status, p.reason, p.detail, p.host, p.found_at, p.looked_at, p.tries, p.deaths, p.turn IS NOT NULL AS due_now,
    p.article AS id, a.version, a.title, a.published, a.first_at, a.looked_at AS article_looked_at, a.whole_at, a.due, a.gone_at, a.etag,
    a.last_modified, a.url AS article_url FROM pages p LEFT JOIN articles a ON a.id = p.article"""
_STATES = ", ".join(f"'{state}'" for state in PageState if state is not PageState.UNKNOWN)
_CONTRADICTIONS = {
    "pages are records without an article": f"SELECT count(*) FROM pages p WHERE state = '{PageState.RECORD}' AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = p.article)",
    "articles have no page": "SELECT count(*) FROM articles a WHERE NOT EXISTS (SELECT 1 FROM pages p WHERE p.key = a.page)",
    "articles have a page that is no record": "SELECT count(*) FROM articles a JOIN pages p ON p.key = a.page WHERE p.article IS NOT a.id",
    "fingerprints belong to no article": "SELECT count(*) FROM prints f WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = f.article)",
    "pages have an unknown status": f"SELECT count(*) FROM pages WHERE state NOT IN ({_STATES})",
    "articles have an unknown status": f"SELECT count(*) FROM articles WHERE state NOT IN ('{ArticleState.LIVE}', '{ArticleState.GONE}')",
    "articles have a version below 1": "SELECT count(*) FROM articles WHERE version < 1",
}


class Database:
    """The connection to one site's state file. It knows no run and no clock: both are told to it."""

    def __init__(self, path: Path | None) -> None:
        """Opens or makes the file; with ``path`` None everything is kept in memory. Raises :class:`StateError`."""
        self.path = path
        self._began = 0.0
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
                f"{path}: {_in_words(error)}", DISK if isinstance(error, sqlite3.Error) and disk_full(error) else 1
            ) from error

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise StateError(
                f"{self.path} was written by a newer newscrawl (state version {version}, this one knows {len(MIGRATIONS)})"
            )
        for number in range(version, len(MIGRATIONS)):
            # executescript commits what is open, so the script holds its own transaction.
            self._db.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version={number + 1}; COMMIT;")

    def close(self) -> None:
        """Ends the connection; what was not committed is lost."""
        with contextlib.suppress(sqlite3.Error, AttributeError):  # the second where it was never opened
            self._db.close()

    # Transactions

    @property
    def open_for(self) -> float:
        """Seconds since the last transaction was begun."""
        return time.monotonic() - self._began

    def commit(self) -> None:
        """Makes what was written since the last commit durable, all of it or nothing."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Takes back what was not committed."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def atomic(self) -> Iterator[None]:
        """Keeps, within the open transaction, all changes of the block or none of them."""
        self._write("SAVEPOINT page")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled everything back itself
                self._db.execute("ROLLBACK TO page")
                self._db.execute("RELEASE page")
            raise
        self._db.execute("RELEASE page")

    # Runs

    def last_run(self) -> RunRow | None:
        """Returns the run with the highest number."""
        row = self._one("SELECT number, parity, ended FROM runs ORDER BY number DESC LIMIT 1")
        return RunRow(*row) if row else None

    def add_run(self, number: int, run_id: str, began: float, parity: int, overwrite: bool) -> None:
        """Keeps a run that begins."""
        self._write(
            "INSERT INTO runs (number, id, began, parity, overwrite) VALUES (?, ?, ?, ?, ?)",
            number,
            run_id,
            began,
            parity,
            int(overwrite),
        )

    def end_run(self, number: int, ended: float, kept: int) -> None:
        """Keeps that a run came to its end, and forgets all runs but the last ``kept``."""
        self._write("UPDATE runs SET ended = ? WHERE number = ?", ended, number)
        self._write("DELETE FROM runs WHERE number < ?", number - kept)

    # Pages

    def page(self, key: str) -> PageRow | None:
        """Returns the page with this identity."""
        return _page(self._one(f"SELECT {_PAGE} FROM pages WHERE key = ?", key))

    def hosts_with_turn(self, turn: int) -> set[str]:
        """Returns the hosts of all pages that have their turn."""
        return {row[0] for row in self._rows("SELECT DISTINCT host FROM pages WHERE turn = ?", turn)}

    def next_page(self, turn: int, host: str, priority: Priority) -> PageRow | None:
        """Returns the first page of a host and priority that nobody works on."""
        return _page(
            self._one(
                f"SELECT {_PAGE} FROM pages WHERE turn = ? AND host = ? AND rank = ? AND claimed IS NULL ORDER BY ord LIMIT 1",
                turn,
                host,
                priority,
            )
        )

    def next_host(self, turn: int, priority: Priority) -> str | None:
        """Returns the host of the first page of a priority, over all hosts."""
        row = self._one(
            "SELECT host FROM pages WHERE turn = ? AND rank = ? AND claimed IS NULL ORDER BY ord LIMIT 1",
            turn,
            priority,
        )
        return row[0] if row else None

    def unasked_pages(self, turn: int, host: str | None, limit: int) -> list[PageRow]:
        """Returns up to ``limit`` pages that have their turn and that nobody works on, of one host or of all."""
        rows = self._rows(
            f"SELECT {_PAGE} FROM pages WHERE turn = ? AND claimed IS NULL AND (? IS NULL OR host = ?) LIMIT ?",
            turn,
            host,
            host,
            limit,
        )
        return [page for row in rows if (page := _page(row))]

    def count_unasked(self, turn: int) -> int:
        """Returns how many pages have their turn while nobody works on them."""
        return self._count("SELECT count(*) FROM pages WHERE turn = ? AND claimed IS NULL", turn)

    def parked_pages(self, since: float) -> list[ParkedPage]:
        """Returns the waiting pages without a turn that are not older than ``since``."""
        return [
            ParkedPage(*row)
            for row in self._rows(
                f"SELECT key, host, newest FROM pages WHERE state = '{PageState.WAITING}' AND turn IS NULL AND newest >= ?",
                since,
            )
        ]

    def pages_with_deaths(self, turn: int, priority: Priority, deaths: int) -> list[PageRow]:
        """Returns pages with which at least so many runs have died."""
        rows = self._rows(
            f"SELECT {_PAGE} FROM pages WHERE turn = ? AND rank = ? AND deaths >= ?", turn, priority, deaths
        )
        return [page for row in rows if (page := _page(row))]

    def duplicate_page(self, article: str, except_for: tuple[str, str], reason: str) -> PageRow | None:
        """Returns the page, other than these two, on which an article was found last although it has another page."""
        return _page(
            self._one(
                f"SELECT {_PAGE} FROM pages WHERE article = ? AND state = '{PageState.ALIAS}' AND key NOT IN (?, ?) AND reason = ? "
                "ORDER BY looked DESC, key LIMIT 1",
                article,
                *except_for,
                reason,
            )
        )

    def former_page(self, article: str, redirect: str, gone: tuple[str, str]) -> PageRow | None:
        """Returns the page that an article left last, because it redirected or was gone, for one of these reasons."""
        return _page(
            self._one(
                f"SELECT {_PAGE} FROM pages WHERE article = ? AND (state = '{PageState.ALIAS}' AND reason = ? OR "
                f"state = '{PageState.REJECTED}' AND reason IN (?, ?)) ORDER BY looked DESC, key LIMIT 1",
                article,
                redirect,
                *gone,
            )
        )

    def redirect_targets(self, page: str) -> list[str]:
        """Returns the keys of the pages to which a page's redirects led."""
        rows = self._rows(f"SELECT key FROM pages WHERE via = ? AND state = '{PageState.ALIAS}'", page)
        return [row[0] for row in rows]

    def aliases(self, article: str) -> list[str]:
        """Returns the keys of the pages that show or lead to an article which has another page."""
        rows = self._rows(f"SELECT key FROM pages WHERE article = ? AND state = '{PageState.ALIAS}'", article)
        return [row[0] for row in rows]

    def add_page(self, key: str, state: PageState, columns: PageColumns) -> None:
        """Adds a page that was unknown."""
        names = ["key", "state", *columns]
        self._write(
            f"INSERT INTO pages ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            key,
            state,
            *columns.values(),
        )

    def change_page(self, key: str, state: PageState | None, columns: PageColumns) -> None:
        """Changes a page's state (None: not) and these columns."""
        changed = {**columns} if state is None else {"state": state, **columns}
        if changed:
            self._write(
                f"UPDATE pages SET {', '.join(f'{name} = ?' for name in changed)} WHERE key = ?", *changed.values(), key
            )

    def delete_page(self, key: str) -> None:
        """Makes a page unknown."""
        self._write("DELETE FROM pages WHERE key = ?", key)

    def change_turns(self, turn: int, new: int) -> None:
        """Gives all pages of one turn another one."""
        self._write("UPDATE pages SET turn = ? WHERE turn = ?", new, turn)

    def release_pages(self) -> None:
        """Makes every page free that somebody worked on."""
        self._write("UPDATE pages SET claimed = NULL WHERE claimed IS NOT NULL")

    def release_after_death(self, turn: int, priority: Priority) -> None:
        """Makes every page free that a run worked on when it died: each has one death more, this turn and this priority."""
        self._write(
            "UPDATE pages SET claimed = NULL, deaths = deaths + 1, rank = ?, turn = ? WHERE claimed IS NOT NULL",
            priority,
            turn,
        )

    # Articles

    def article(self, article_id: str) -> ArticleRow | None:
        """Returns a written article by its id."""
        return _article(self._one(f"SELECT {_ARTICLE} FROM articles WHERE id = ?", article_id))

    def article_summary(self, article_id: str | None) -> ArticleSummary | None:
        """Returns the same without its text."""
        return _summary(self._one(f"SELECT {_SUMMARY} FROM articles WHERE id = ?", article_id))

    def articles_with_fingerprint(self, fingerprint: str, limit: int = -1) -> list[str]:
        """Returns the ids of the articles that have a fingerprint."""
        rows = self._rows("SELECT article FROM prints WHERE print = ? ORDER BY article LIMIT ?", fingerprint, limit)
        return [row[0] for row in rows]

    def due_pages(self, now: float) -> list[str]:
        """Returns the pages of all articles whose next look is due."""
        return [row[0] for row in self._rows("SELECT page FROM articles WHERE due <= ?", now)]

    def pages_of_live_articles(self, except_looked: int, limit: int) -> list[str]:
        """Returns pages of the newest articles that are on their site as far as is known, without those that a run has looked at."""
        rows = self._rows(
            f"SELECT a.page FROM articles a JOIN pages p ON p.key = a.page WHERE a.state = '{ArticleState.LIVE}' AND a.gone_at IS NULL "
            "AND p.looked != ? ORDER BY a.first_at DESC LIMIT ?",
            except_looked,
            limit,
        )
        return [row[0] for row in rows]

    def add_article(self, article_id: str, state: ArticleState, columns: ArticleColumns) -> None:
        """Adds an article that was unknown."""
        names = ["id", "state", *columns]
        self._write(
            f"INSERT INTO articles ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            article_id,
            state,
            *columns.values(),
        )

    def change_article(self, article_id: str, state: ArticleState | None, columns: ArticleColumns) -> None:
        """Changes an article's state (None: not) and these columns."""
        changed = {**columns} if state is None else {"state": state, **columns}
        if changed:
            self._write(
                f"UPDATE articles SET {', '.join(f'{name} = ?' for name in changed)} WHERE id = ?",
                *changed.values(),
                article_id,
            )

    def delete_article(self, article_id: str) -> None:
        """Makes an article unknown, with its fingerprints."""
        self._write("DELETE FROM articles WHERE id = ?", article_id)
        self.keep_fingerprints(article_id, ())

    def keep_fingerprints(self, article_id: str, fingerprints: Iterable[str]) -> None:
        """Keeps an article's fingerprints in place of those that it had."""
        self._write("DELETE FROM prints WHERE article = ?", article_id)
        for one in fingerprints:
            self._write("INSERT OR IGNORE INTO prints VALUES (?, ?)", one, article_id)

    def pull_in_looks(self, latest: float, now: float) -> None:
        """Makes every look due now that is put off beyond ``latest``."""
        self._write("UPDATE articles SET due = ? WHERE due > ?", now, latest)

    # Notes

    def note(self, kind: str, key: str) -> bytes | None:
        """Returns a note's value as it was kept."""
        row = self._one("SELECT value FROM notes WHERE kind = ? AND key = ?", kind, key)
        return row[0] if row else None

    def keep_note(self, kind: str, key: str, value: bytes, at: float) -> None:
        """Keeps a note in place of an earlier one."""
        self._write("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)", kind, key, value, at)

    def delete_note(self, kind: str, key: str) -> None:
        """Forgets one note."""
        self._write("DELETE FROM notes WHERE kind = ? AND key = ?", kind, key)

    def delete_notes(self, kind: str) -> None:
        """Forgets all notes of a kind."""
        self._write("DELETE FROM notes WHERE kind = ?", kind)

    # The outbox

    def add_line(self, run: int, kind: str, mark: str, line: bytes, passed: bool) -> int:
        """Adds a line; returns its row. ``passed``: it is what the user's item pipelines made."""
        row = self._write(
            "INSERT INTO outbox (run, kind, mark, line, passed) VALUES (?, ?, ?, ?, ?)",
            run,
            kind,
            mark,
            line,
            int(passed),
        )
        assert row is not None
        return row

    def pass_line(self, row: int, line: bytes) -> None:
        """Puts what the item pipelines made of a line in its place."""
        self._write("UPDATE outbox SET line = ?, passed = 1 WHERE row = ?", line, row)

    def lines_before(self, run: int) -> list[OutboxRow]:
        """Returns lines that earlier runs left, the oldest first."""
        rows = self._rows("SELECT row, kind, mark, line, passed FROM outbox WHERE run < ? ORDER BY row", run)
        return [OutboxRow(*row) for row in rows]

    def assign_line(self, row: int, run: int) -> None:
        """Makes a line another run's."""
        self._write("UPDATE outbox SET run = ? WHERE row = ?", run, row)

    def delete_line(self, row: int) -> None:
        """Forgets a line."""
        self._write("DELETE FROM outbox WHERE row = ?", row)

    def count_lines(self) -> int:
        """Returns how many lines the outbox has."""
        return self._count("SELECT count(*) FROM outbox")

    def outputs(self) -> list[OutputRow]:
        """Returns the last run's outputs, in the order in which they were kept."""
        rows = self._rows("SELECT path, rejects, lines, length, rejects_length FROM outputs ORDER BY rowid")
        return [OutputRow(*row) for row in rows]

    def keep_outputs(self, outputs: Iterable[OutputRow]) -> None:
        """Keeps a run's outputs in place of the last run's."""
        self._write("DELETE FROM outputs")
        for one in outputs:
            self._write("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?, ?)", *one)

    def keep_lengths(self, path: str, length: int, rejects_length: int) -> None:
        """Keeps up to which length all lines of an output are on disk."""
        self._write("UPDATE outputs SET length = ?, rejects_length = ? WHERE path = ?", length, rejects_length, path)

    # Inspection and repair from outside of a run

    def overviews(self, status: str | None = None) -> Iterator[dict[str, Any]]:
        """Returns all pages with what is known of their articles, by URL; ``status`` is a page's state, or ``gone``."""
        where = f"SELECT * FROM ({_OVERVIEW})" + (" WHERE status = ?" if status else "") + " ORDER BY url"
        yield from self._named_rows(where, *([status] if status else []))

    def overview(self, key: str) -> dict[str, Any] | None:
        """Returns one page with what is known of its article."""
        return next(self._named_rows(f"{_OVERVIEW} WHERE p.key = ?", key), None)

    def overview_of_article(self, article_id: str) -> dict[str, Any] | None:
        """Returns the same for the page of an article."""
        return next(self._named_rows(f"{_OVERVIEW} WHERE p.key = a.page AND a.id = ?", article_id), None)

    def count_states(self) -> dict[str, int]:
        """Returns how many pages are in each state."""
        return {row[0]: row[1] for row in self._rows("SELECT state, count(*) FROM pages GROUP BY state")}

    def export(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Returns all rows, each with the name of its table; of lines on their way to an output all but the line."""
        for table in EXPORTED:
            for row in self._named_rows(f"SELECT * FROM {table}"):
                yield table, row
        for row in self._named_rows("SELECT row, run, kind, mark FROM outbox ORDER BY row"):
            yield "outbox", row

    def packed_values(self, table: str, column: str) -> Iterator[bytes]:
        """Returns all values of one of the :data:`PACKED` columns."""
        for row in self._rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"):
            yield row[0]

    def damage(self) -> Iterator[str]:
        """Returns what SQLite itself finds wrong with the file."""
        yield from (row[0] for row in self._rows("PRAGMA integrity_check") if row[0] != "ok")

    def contradictions(self) -> Iterator[str]:
        """Returns rows that disagree with one another, counted."""
        for text, query in _CONTRADICTIONS.items():
            if number := self._count(query):
                yield f"{number} {text}"

    # The connection

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return row

    def _rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        return self._db.execute(sql, values)

    def _named_rows(self, sql: str, *values: Any) -> Iterator[dict[str, Any]]:
        cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def _count(self, sql: str, *values: Any) -> int:
        row = self._one(sql, *values)
        return int(row[0]) if row else 0

    def _write(self, sql: str, *values: Any) -> int | None:
        """Changes something within the open transaction, which it begins where there is none. Returns the row that was inserted last."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            self._began = time.monotonic()
        return self._db.execute(sql, values).lastrowid


def disk_full(error: sqlite3.Error) -> bool:
    """Returns whether SQLite failed for want of space or of a working disk."""
    name = str(getattr(error, "sqlite_errorname", ""))
    return name.startswith(("SQLITE_FULL", "SQLITE_IOERR")) or "disk is full" in str(error)


_AT_PAGE = PageRow._fields.index("state")
_AT_ARTICLE = ArticleRow._fields.index("state")
_AT_SUMMARY = ArticleSummary._fields.index("state")


def _page(row: tuple[Any, ...] | None) -> PageRow | None:
    return PageRow._make((*row[:_AT_PAGE], _stored(PageState, row[_AT_PAGE]), *row[_AT_PAGE + 1 :])) if row else None


def _article(row: tuple[Any, ...] | None) -> ArticleRow | None:
    if row is None:
        return None
    return ArticleRow._make((*row[:_AT_ARTICLE], _stored(ArticleState, row[_AT_ARTICLE]), *row[_AT_ARTICLE + 1 :]))


def _summary(row: tuple[Any, ...] | None) -> ArticleSummary | None:
    if row is None:
        return None
    return ArticleSummary._make((*row[:_AT_SUMMARY], _stored(ArticleState, row[_AT_SUMMARY]), *row[_AT_SUMMARY + 1 :]))


def _stored(kind: type[State], value: str) -> State:
    try:
        return kind(value)
    except ValueError:
        raise DatabaseError(f"{value!r} is no state of a page or an article; `state verify` says more") from None


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be opened: {error.strerror or error}"
    text = str(error)
    if isinstance(error, sqlite3.Error) and disk_full(error):
        return f"cannot be written, because the disk is full or broken ({text})"
    if "not a database" in text or "malformed" in text:
        return f"is no usable state file ({text}); `state verify` looks at it, or move it away to begin anew"
    return f"cannot be used: {text}"
