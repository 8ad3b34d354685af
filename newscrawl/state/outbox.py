"""Lines on their way to the outputs: each is in the state, in the transaction that ended its page, until it is on disk in every output.

A run that dies between the two leaves the line here, with the length that each output had when everything before was on disk; the
next run looks behind that length and writes what is missing. So a line is written exactly once, whatever kills the run.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

from newscrawl.state.database import OutputRow
from newscrawl.state.store import Store

RECORD, REJECTION = "record", "rejection"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not known to be on disk."""

    row: int
    kind: str
    mark: str
    """What was decided: ``id/version`` of an article, whatever item pipelines made of it, or a rejection's reason and URL."""
    data: bytes
    passed: bool = True
    """Whether it is what the user's item pipelines made of the article; False for one that they have not seen to the end."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a run wrote to, and its rejections', with the lengths in bytes up to which all lines were on disk."""

    path: Path
    rejects: Path
    lines: bool
    """Whether the file can be continued by lines: appended JSON lines, plain or gzip."""
    length: int = 0
    rejects_length: int = 0


class Outbox:
    """The outbox of one site's state."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database

    def put(self, kind: str, mark: str, data: bytes, *, passed: bool = True) -> int:
        """Adds a line to the open transaction; returns its row. One that has not ``passed`` the item pipelines is written by nobody."""
        return self._database.add_line(self._store.run, kind, mark, zlib.compress(data, 1), passed)

    def passed(self, row: int, data: bytes) -> None:
        """Puts what the item pipelines made of an article in its place, within the open transaction: from now on it is to be written."""
        self._database.pass_line(row, zlib.compress(data, 1))

    def pending(self) -> list[Line]:
        """Returns lines that earlier runs left, oldest first."""
        rows = self._database.lines_before(self._store.run)
        return [Line(row.row, row.kind, row.mark, zlib.decompress(row.line), bool(row.passed)) for row in rows]

    def outputs(self) -> list[Output]:
        """Returns the outputs of the run that left them."""
        return [
            Output(Path(row.path), Path(row.rejects), bool(row.lines), row.length, row.rejects_length)
            for row in self._database.outputs()
        ]

    def open(self, outputs: list[Output]) -> None:
        """Keeps this run's outputs in place of the last run's, whose lines must have been settled."""
        self._database.keep_outputs(
            OutputRow(str(one.path), str(one.rejects), int(one.lines), one.length, one.rejects_length)
            for one in outputs
        )
        self._store.commit()

    def adopt(self, line: Line) -> None:
        """Makes an earlier run's line one of this run."""
        self._database.assign_line(line.row, self._store.run)

    def done(self, rows: list[int], outputs: list[Output] | None = None) -> None:
        """Forgets lines that are on disk in every output, and keeps the outputs' lengths."""
        for row in rows:
            self._database.delete_line(row)
        for one in outputs or ():
            self._database.keep_lengths(str(one.path), one.length, one.rejects_length)
        self._store.commit()

    def commit(self) -> None:
        """Ends the open transaction, so that all its lines are durable."""
        self._store.commit()

    def __len__(self) -> int:
        return self._database.count_lines()
