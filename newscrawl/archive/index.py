"""Knows where in a folder of WARC files each URL's captures lie; the index is an SQLite file, so that months of pages need little memory.

``.newscrawl-index.sqlite`` is a cache: it is brought up to date when it is opened (files that grew are read on from where they
ended), may be deleted at any time, and stands in a temporary file where the folder cannot be written.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w3lib.url import safe_url_string

from newscrawl.archive.notes import BEGAN, FIELDS, PASSED_OVER, SOFTWARE, decode, fields, parse_warc_date
from newscrawl.archive.warc_reader import HEADER_BYTES, NotAnArchive, Record, read_records

NAME = ".newscrawl-index.sqlite"
_ARCHIVE = re.compile(r"\.warc(\.gz)?$", re.I)
_VERSION = 2
_SCHEMA = """
CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size INTEGER, changed INTEGER, extent INTEGER DEFAULT 0, own INTEGER DEFAULT 0,
    run TEXT DEFAULT '', began TEXT DEFAULT '', damage TEXT);
CREATE TABLE captures (url TEXT, file INTEGER, offset INTEGER, inner INTEGER, date TEXT, kind TEXT, record TEXT, digest TEXT);
CREATE INDEX by_url ON captures (url, date);
CREATE INDEX by_record ON captures (record);
CREATE INDEX by_digest ON captures (digest) WHERE digest != '';
"""
_COLUMNS = "captures.url, date, kind, record, digest, offset, inner, files.name, own, run"
_FROM = f"SELECT {_COLUMNS} FROM captures JOIN files ON files.id = captures.file"
_ANSWERS = "kind IN ('response', 'revisit', 'resource')"


@dataclass(kw_only=True, slots=True)
class Capture:
    """One record that answers a request: ``response``, ``revisit``, ``resource``, ``conversion`` or ``failure``."""

    url: str
    date: str
    kind: str
    record: str = ""
    digest: str = ""
    """WARC-Payload-Digest of a page, which has status 200."""
    offset: int = 0
    inner: int = 0
    file: str = ""
    own: bool = True
    """The record was written by this project, so its body is what went over the wire."""
    run: str = ""


_opened: dict[Path, ArchiveIndex] = {}


def archive_files(path: Path) -> list[Path]:
    """Returns the WARC files of a folder, below it too, in the order of their names; a file stands for itself. Raises OSError."""
    if not path.is_dir():
        path.stat()
        return [path]
    found: list[Path] = []
    for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            found += archive_files(Path(entry.path))
        elif _ARCHIVE.search(entry.name):
            found.append(Path(entry.path))
    return found


class ArchiveIndex:
    """Finds the captures of a folder of WARC files, or of one file. Raises OSError when it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._root = path if path.is_dir() else path.parent
        self._only = None if path.is_dir() else path
        files = archive_files(path)
        self._db = self._open()
        try:
            self._update(files)
        except sqlite3.DatabaseError:  # a damaged cache, or a folder that cannot be written after all
            self._db.close()
            self._db = _database("")
            self._update(files)

    @classmethod
    def of(cls, path: Path) -> ArchiveIndex:
        """Returns the same object for the same path in a process, brought up to date."""
        place = path.resolve()
        if place not in _opened:
            _opened[place] = cls(place)
            atexit.register(_opened[place].close)
        else:
            _opened[place]._update(archive_files(place))
        return _opened[place]

    @property
    def problems(self) -> list[str]:
        """Returns what could not be read: one line a file."""
        return [
            f"{self._root / name}: {damage}"
            for name, damage in self._db.execute(
                "SELECT name, damage FROM files WHERE damage IS NOT NULL ORDER BY name"
            )
        ]

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM captures").fetchone()[0])

    def began(self) -> str | None:
        """Returns when the newest run began; of foreign archives the date of the newest capture."""
        row = self._db.execute("SELECT max(began) FROM files WHERE own").fetchone()
        newest: str | None = row[0] or self._db.execute("SELECT max(date) FROM captures").fetchone()[0]
        return newest

    def find(self, url: str) -> list[Capture]:
        """Returns the answers of the newest run that got one, in order; where none did, the last failure.

        Of foreign archives, which know no runs, the last answer alone.
        """
        wanted = key(url)
        last = self._one(f"captures.url = ? AND {_ANSWERS} ORDER BY date DESC, offset DESC", wanted)
        if last is None:
            last = self._one("captures.url = ? AND kind = 'failure' ORDER BY date DESC, offset DESC", wanted)
        elif last.own:
            rows = self._db.execute(
                f"{_FROM} WHERE captures.url = ? AND run = ? AND own AND {_ANSWERS} ORDER BY files.name, offset",
                (wanted, last.run),
            )
            return [_read(row) for row in rows]
        return [last] if last else []

    def rendered(self, url: str) -> Capture | None:
        """Returns the newest conversion of a page."""
        return self._one("captures.url = ? AND kind = 'conversion' ORDER BY date DESC", key(url))

    def record(self, name: str) -> Capture | None:
        """Returns the capture with a WARC-Record-ID."""
        return self._one("record = ?", name)

    def same(self, digest: str) -> Capture | None:
        """Returns the first response with a payload."""
        return self._one("digest = ? AND kind = 'response' AND own ORDER BY date", digest) if digest else None

    def unchanged(self, url: str) -> Capture | None:
        """Returns the response that holds a URL's last known page."""
        last = self._one("captures.url = ? AND digest != '' AND own ORDER BY date DESC", key(url))
        return self.same(last.digest) if last and last.kind == "revisit" else last

    def dated(self, url: str, date: str, digest: str) -> Capture | None:
        """Returns the response that a foreign revisit names by URL and date, or by its payload."""
        told = "captures.url = ? AND kind = 'response' ORDER BY date = ? DESC, date DESC"
        return (self._one(told, key(url), _sortable(date)) if date else None) or (
            self._one("digest = ? AND kind = 'response'", digest) if digest else None
        )

    def add(self, path: Path, captures: Iterable[Capture], start: int, end: int, run: str, began: str) -> None:
        """Takes in what was just written to a file; when the cache is busy or broken it is read later."""
        name = str(path.relative_to(self._root))
        with contextlib.suppress(sqlite3.DatabaseError), self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO files (name, own, run, began) VALUES (?, 1, ?, ?)", (name, run, began)
            )
            file, extent = self._db.execute("SELECT id, extent FROM files WHERE name = ?", (name,)).fetchone()
            if extent == start:
                self._insert(file, captures)
                self._db.execute(
                    "UPDATE files SET extent = ?, size = ?, changed = ? WHERE id = ?",
                    (end, end, path.stat().st_mtime_ns, file),
                )

    def file(self, capture: Capture) -> Path:
        """Returns where a capture lies."""
        return self._root / capture.file

    def extent(self, path: Path) -> int:
        """Returns up to where a file is known to consist of whole records."""
        row = self._db.execute(
            "SELECT extent FROM files WHERE name = ?", (str(path.relative_to(self._root)),)
        ).fetchone()
        return row[0] if row else 0

    def close(self) -> None:
        """Closes the cache."""
        self._db.close()

    def _open(self) -> sqlite3.Connection:
        place = "" if self._only or not os.access(self._root, os.W_OK) else str(self._root / NAME)
        try:
            return _database(place)
        except sqlite3.OperationalError:  # busy for long, or no place
            return _database("")
        except sqlite3.DatabaseError:
            for end in ("", "-wal", "-shm"):
                Path(place + end).unlink(missing_ok=True)
            return _database(place)

    def _update(self, files: list[Path]) -> None:
        known = {
            name: (size, changed, extent)
            for name, size, changed, extent in self._db.execute("SELECT name, size, changed, extent FROM files")
        }
        names = {str(file.relative_to(self._root)): file for file in files}
        for name in known.keys() - names.keys():
            self._forget(name)
        for name, file in names.items():
            stat = file.stat()
            size, _, extent = before = known.get(name, (0, 0, 0))
            if before[:2] == (stat.st_size, stat.st_mtime_ns):
                continue
            if name in known and not (extent and (size or 0) <= stat.st_size):  # another file under the same name
                self._forget(name)
                extent = 0
            self._scan(name, file, extent, stat)

    def _forget(self, name: str) -> None:
        with self._db:
            self._db.execute("DELETE FROM captures WHERE file = (SELECT id FROM files WHERE name = ?)", (name,))
            self._db.execute("DELETE FROM files WHERE name = ?", (name,))

    def _scan(self, name: str, path: Path, start: int, stat: os.stat_result) -> None:
        """Reads a file, or what was added to it, into the index in one transaction."""
        with self._db, path.open("rb") as opened:
            self._db.execute("INSERT OR IGNORE INTO files (name) VALUES (?)", (name,))
            file, own = self._db.execute("SELECT id, own FROM files WHERE name = ?", (name,)).fetchone()
            end, damage = start, None
            try:
                for record in read_records(opened, _wanted, (start, 0)):
                    if record.damage:
                        damage = record.damage
                        continue
                    end = record.end
                    if record.kind == "warcinfo" and record.block is not None:
                        own = self._inform(file, record, fields(record.block))
                    capture = _capture(record, bool(own))
                    if capture:
                        self._insert(file, [capture])
            except NotAnArchive as error:
                damage = str(error) if not start else None  # nothing was added yet to a file that was read before
            self._db.execute(
                "UPDATE files SET extent = ?, size = ?, changed = ?, damage = ? WHERE id = ?",
                (end, stat.st_size, stat.st_mtime_ns, damage, file),
            )

    def _inform(self, file: int, record: Record, told: dict[str, str]) -> bool:
        own = told.get("software", "").startswith(SOFTWARE)
        self._db.execute(
            "UPDATE files SET own = ?, run = ?, began = ? WHERE id = ?",
            (own, told.get("ispartof", ""), told.get(BEGAN, record.date), file),
        )
        return own

    def _insert(self, file: int, captures: Iterable[Capture]) -> None:
        self._db.executemany(
            "INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (key(one.url), file, one.offset, one.inner, one.date, one.kind, one.record, one.digest)
                for one in captures
            ),
        )

    def _one(self, where: str, *values: str) -> Capture | None:
        row = self._db.execute(f"{_FROM} WHERE {where} LIMIT 1", values).fetchone()
        return _read(row) if row else None


def key(url: str) -> str:
    """Returns a URL as it is looked up: as Scrapy asks for it, without its fragment."""
    try:
        return str(safe_url_string(url)).partition("#")[0]
    except ValueError:  # of another tool's archive: nobody can ask for it
        return url.partition("#")[0]


def _database(place: str) -> sqlite3.Connection:
    database = sqlite3.connect(place, timeout=0.5, check_same_thread=False)
    try:
        if place:
            database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            if place and database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise sqlite3.DatabaseError("another version's")
            database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _wanted(record: Record) -> bool:
    return record.kind in {"warcinfo", "metadata", "response"} and record.length <= 64 * HEADER_BYTES


def _read(row: tuple[Any, ...]) -> Capture:
    url, date, kind, record, digest, offset, inner, file, own, run = row
    return Capture(
        url=url,
        date=date,
        kind=kind,
        record=record,
        digest=digest,
        offset=offset,
        inner=inner,
        file=file,
        own=bool(own),
        run=run,
    )


def _sortable(date: str | None) -> str:
    """Returns a WARC-Date in one form, whoever wrote it; empty for what is no time."""
    found = parse_warc_date(date)
    return found.isoformat(timespec="microseconds").replace("+00:00", "Z") if found else ""


def _capture(record: Record, own: bool) -> Capture | None:
    """Returns the capture that a record is, if it is one."""
    headers, kind, url = record.headers, record.kind, record.url or ""
    if kind == "metadata" and own and headers.get("content-type") == FIELDS and record.block is not None:
        if "warc-concurrent-to" in headers or "warc-refers-to" in headers or decode(record.block) is None:
            return None
        kind = "failure"
    if PASSED_OVER.lower() in headers:
        return None
    if kind not in {"response", "revisit", "resource", "conversion", "failure"} or not url.startswith(
        ("http:", "https:")
    ):
        return None
    page = kind == "revisit" or (record.block or b"")[:16].split(b" ")[1:2] == [b"200"]
    digest = headers.get("warc-payload-digest", "") if page else ""
    return Capture(
        url=url,
        date=_sortable(record.date),
        kind=kind,
        record=headers.get("warc-record-id", ""),
        digest=digest,
        offset=record.offset,
        inner=record.inner,
        own=own,
    )
