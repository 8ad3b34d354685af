"""Looking at a site's state from outside of a run, and mending it: what ``scrapy state`` does."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from newscrawl.state.store import Store
from newscrawl.urls import identity

STATUSES = ("waiting", "record", "gone", "alias", "rejected", "quarantined")
ENTRY_POINTS = "entry"
"""Kind of the notes on feeds, sitemaps and section pages."""
_TABLES = ("pages", "articles", "notes", "runs", "outputs")
_PACKED = {"pages": ("sightings",), "articles": ("paragraphs",), "notes": ("value",)}
_PAGES = """SELECT p.key, p.url, CASE WHEN p.state = 'record' AND a.state = 'gone' THEN 'gone' ELSE p.state END AS status, p.reason, p.detail, p.host,
    p.found_at, p.looked_at, p.tries, p.deaths, p.turn IS NOT NULL AS due_now, p.article AS id, a.version, a.title, a.published, a.first_at,
    a.looked_at AS article_looked_at, a.whole_at, a.due, a.gone_at, a.etag, a.last_modified, a.url AS article_url
    FROM pages p LEFT JOIN articles a ON a.id = p.article"""
_TIMES = (
    "found_at",
    "looked_at",
    "published",
    "first_at",
    "article_looked_at",
    "whole_at",
    "due",
    "gone_at",
    "at",
    "began",
    "ended",
)


def pages(store: Store, status: str | None = None) -> Iterator[dict[str, Any]]:
    """What is known of each page, by URL; ``status`` is one of :data:`STATUSES`."""
    where = f"SELECT * FROM ({_PAGES})" + (" WHERE status = ?" if status else "") + " ORDER BY url"
    for row in store.rows(where, *([status] if status else [])):
        yield readable(row)


def page(store: Store, url: str) -> dict[str, Any] | None:
    """What is known of one page, by any spelling of its URL or by its record's id; None when nothing is."""
    row = store.one(f"{_PAGES} WHERE p.key = ?", identity(url)) or store.one(
        f"{_PAGES} WHERE p.key = a.page AND a.id = ?", url
    )
    return readable(row) if row else None


def matching(store: Store, pattern: str) -> list[dict[str, Any]]:
    """The pages whose URL matches; ``*`` stands for anything, every other character for itself."""
    wanted = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.S)
    return [readable(row) for row in store.rows(f"{_PAGES} ORDER BY p.url") if wanted.fullmatch(row["url"])]


def forget(store: Store, keys: list[str]) -> None:
    """Makes pages unknown, each with its article and with the pages that only led to it, so that a run that meets them begins anew."""
    try:
        for key in keys:
            row = store.one("SELECT article FROM pages WHERE key = ?", key)
            own = (
                store.one("SELECT id FROM articles WHERE id = ? AND page = ?", row["article"], key)
                if row and row["article"]
                else None
            )
            store.write("DELETE FROM pages WHERE key = ? OR (via = ? AND state = 'alias')", key, key)
            if own is not None:
                store.write("DELETE FROM articles WHERE id = ?", own["id"])
                store.write("DELETE FROM prints WHERE article = ?", own["id"])
                store.write("DELETE FROM pages WHERE article = ? AND state = 'alias'", own["id"])
        # A feed that is as it was would not be read again, and so would not name what was forgotten.
        store.write("DELETE FROM notes WHERE kind = ?", ENTRY_POINTS)
        store.commit()
    except BaseException:
        store.rollback()
        raise


def everything(store: Store) -> Iterator[dict[str, Any]]:
    """All rows as JSON types, each with the name of its table; lines on their way to an output as ``outbox``."""
    for table in _TABLES:
        for row in store.rows(f"SELECT * FROM {table}"):
            for name in _PACKED.get(table, ()):
                row[name] = msgspec.msgpack.decode(row[name]) if row[name] is not None else None
            yield {"table": table, **readable(row)}
    for row in store.rows("SELECT row, run, kind, mark FROM outbox ORDER BY row"):
        yield {"table": "outbox", **row}


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its times in ISO 8601."""
    return {
        name: _time(value) if name in _TIMES and isinstance(value, (int, float)) else value
        for name, value in row.items()
    }


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


_AGREE = {
    "pages are records without an article": "SELECT count(*) FROM pages p WHERE state = 'record' AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = p.article)",
    "articles have no page": "SELECT count(*) FROM articles a WHERE NOT EXISTS (SELECT 1 FROM pages p WHERE p.key = a.page)",
    "articles have a page that is no record": "SELECT count(*) FROM articles a JOIN pages p ON p.key = a.page WHERE p.article IS NOT a.id",
    "fingerprints belong to no article": "SELECT count(*) FROM prints f WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = f.article)",
    "pages have an unknown status": "SELECT count(*) FROM pages WHERE state NOT IN ('waiting', 'record', 'alias', 'rejected', 'quarantined')",
    "articles have a version below 1": "SELECT count(*) FROM articles WHERE version < 1",
}


def faults(store: Store) -> Iterator[str]:
    """What is wrong with a state: the file itself, counts that disagree, rows that cannot be read, outputs that are torn."""
    try:
        yield from (
            f"the file is damaged: {row['integrity_check']}"
            for row in store.rows("PRAGMA integrity_check")
            if row["integrity_check"] != "ok"
        )
        for text, query in _AGREE.items():
            row = store.one(query)
            if row and (number := next(iter(row.values()))):
                yield f"{number} {text}"
        yield from _unreadable(store)
        for row in store.rows("SELECT * FROM outputs"):
            if row["lines"]:
                yield from _torn(Path(row["path"]), row["length"])
                yield from _torn(Path(row["rejects"]), row["rejects_length"])
    except sqlite3.Error as error:
        yield f"the file cannot be read: {error}"


def _unreadable(store: Store) -> Iterator[str]:
    for table, columns in _PACKED.items():
        for column in columns:
            wrong = 0
            for row in store.rows(f"SELECT {column} AS packed FROM {table} WHERE {column} IS NOT NULL"):
                try:
                    msgspec.msgpack.decode(row["packed"])
                except msgspec.DecodeError:
                    wrong += 1
            if wrong:
                yield f"{wrong} rows of {table} have a {column} that cannot be read"


def _torn(path: Path, length: int) -> Iterator[str]:
    """Half a line, or half a gzip member, at the end of what runs have written. A file that its user took away or changed is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if path.suffix != ".gz" and size:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    yield f"{path}: the last line is cut; the next run takes it away and writes it anew"
            if size < length:
                yield f"{path}: has {size} bytes where runs have written {length}; somebody has shortened it"
    except FileNotFoundError:
        return
    except OSError as error:
        yield f"{path}: cannot be read: {error.strerror}"
