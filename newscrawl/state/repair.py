"""Inspects a site's state from outside of a run and repairs it: what ``scrapy state`` does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from newscrawl.state.database import EXPORTED, PACKED, DatabaseError
from newscrawl.state.store import Store
from newscrawl.state.transitions import ArticleState, PageState
from newscrawl.urls import identity

STATUSES = (
    PageState.WAITING,
    PageState.RECORD,
    ArticleState.GONE,
    PageState.ALIAS,
    PageState.REJECTED,
    PageState.QUARANTINED,
)
"""What ``scrapy state list`` calls a page: its state, or gone where its article is."""
ENTRY_POINTS = "entry"
"""Kind of the notes on feeds, sitemaps and section pages."""
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
    """Returns what is known of each page, by URL; ``status`` is one of :data:`STATUSES`."""
    for row in store.database.overviews(status):
        yield readable(row)


def page(store: Store, url: str) -> dict[str, Any] | None:
    """Returns what is known of one page, by any spelling of its URL or by its record's id; None when nothing is."""
    row = store.database.overview(identity(url)) or store.database.overview_of_article(url)
    return readable(row) if row else None


def matching(store: Store, pattern: str) -> list[dict[str, Any]]:
    """Returns the pages whose URL matches; ``*`` stands for anything, every other character for itself."""
    wanted = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.S)
    return [readable(row) for row in store.database.overviews() if wanted.fullmatch(row["url"])]


def forget(store: Store, keys: list[str]) -> None:
    """Makes pages unknown, each with its article and with the pages that only led to it, so that a run that meets them begins anew."""
    database = store.database
    try:
        for key in keys:
            # Pages are deleted whatever their state is, so that a damaged state can be repaired.
            known = database.overview(key)
            article = database.article_summary(known["id"]) if known else None
            leading = database.redirect_targets(key)
            if known and article is not None and article.page == key:
                leading += database.aliases(known["id"])
                database.delete_article(known["id"])
            for one in (key, *leading):
                database.delete_page(one)
        # A feed that is as it was would not be read again, and so would not name what was forgotten.
        database.delete_notes(ENTRY_POINTS)
        store.commit()
    except BaseException:
        store.rollback()
        raise


def everything(store: Store) -> Iterator[dict[str, Any]]:
    """Returns all rows as JSON types, each with the name of its table; of lines on their way to an output (``outbox``) all but the line."""
    for table, row in store.database.export():
        for name in PACKED.get(table, ()):
            row[name] = msgspec.msgpack.decode(row[name]) if row[name] is not None else None
        yield {"table": table, **(readable(row) if table in EXPORTED else row)}


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a row with its times in ISO 8601."""
    return {
        name: _time(value) if name in _TIMES and isinstance(value, (int, float)) else value
        for name, value in row.items()
    }


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def faults(store: Store) -> Iterator[str]:
    """Returns what is wrong with a state: the file itself, rows that contradict one another or cannot be read, outputs that are torn."""
    database = store.database
    try:
        yield from (f"the file is damaged: {text}" for text in database.damage())
        yield from database.contradictions()
        yield from _unreadable(store)
        for output in database.outputs():
            if output.lines:
                yield from _torn(Path(output.path), output.length)
                yield from _torn(Path(output.rejects), output.rejects_length)
    except DatabaseError as error:
        yield f"the file cannot be read: {error}"


def _unreadable(store: Store) -> Iterator[str]:
    for table, columns in PACKED.items():
        for column in columns:
            wrong = 0
            for value in store.database.packed_values(table, column):
                try:
                    msgspec.msgpack.decode(value)
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
