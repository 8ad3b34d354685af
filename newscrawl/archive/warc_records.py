"""The records of a WARC file (ISO 28500, versions 0.17 to 1.1), plain or gzipped, streaming: one block in memory at a time.

The reader is our own because the libraries end a cut archive silently (FastWARC 2.0.1 returns the half of its last page as
a whole one), and a half page must not become an article. A record whose length is wrong is damaged, not a shorter page: in a
file of one gzip member a record the reader goes on with the next member, in any other the archive ends there.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

from newscrawl.archive.gzip_members import CHUNK, GZIP, Members, Rest

HEADER_BYTES = 2**20
"""What the headers of one record may take."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_BLANK = {b"\r\n", b"\n", b"\r"}


class NotAnArchive(ValueError):
    """The file does not begin with a WARC record."""


@dataclass(slots=True)
class Record:
    """A record's headers with lower-case names, and its block.

    ``offset`` is where the record, or the gzip member that holds it, begins in the file; ``inner`` where in that member's
    content. ``block`` is None where the caller did not want it, or the record is damaged; then ``damage`` says how.
    """

    headers: dict[str, str]
    offset: int
    inner: int = 0
    block: bytes | None = None
    damage: str | None = None
    cut: bool = False
    """Nothing can be read after this damage."""
    end: int = 0
    """Where the next record begins: up to here the file is whole."""

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.headers.get("warc-type", "").lower()

    @property
    def length(self) -> int:
        """Content-Length."""
        return int(self.headers.get("content-length", "0"))

    @property
    def url(self) -> str | None:
        """WARC-Target-URI."""
        uri = self.headers.get("warc-target-uri")
        # WARC 1.0's grammar puts the URI between angle brackets, and wget does
        uri = uri[1:-1] if uri and uri.startswith("<") and uri.endswith(">") else uri
        # Control characters, which no URL has, would reach terminals from here.
        return _CONTROLS.sub(lambda found: quote(found[0]), uri) if uri and not uri.isprintable() else uri

    @property
    def date(self) -> str | None:
        """WARC-Date."""
        return self.headers.get("warc-date")


def read_records(file: BinaryIO, wanted: Callable[[Record], bool], at: tuple[int, int] = (0, 0)) -> Iterator[Record]:
    """The records in order, with the blocks of those that are ``wanted``; damaged ones with their damage.

    ``at`` is the ``offset`` and ``inner`` of the record to begin with; without it ``file`` need not be seekable.
    Raises :class:`NotAnArchive` when the first bytes are no WARC record.
    """
    if at[0]:
        file.seek(at[0])
    records = _Reader(file, at)
    while (record := records.next()) is not None:
        if record.damage is None:
            try:
                record.block = records.block(record, keep=wanted(record))
                records.finish(record)
            except _Damage as damage:
                record.block, record.damage, record.cut = None, str(damage), damage.final
        yield record
        if record.cut:
            return


class _Damage(Exception):
    """How the archive is broken; ``final`` where nothing after it can be read."""

    def __init__(self, text: str, final: bool = True) -> None:
        super().__init__(text)
        self.final = final


@dataclass(slots=True)
class _Start:
    """Where a record begins, its first line, or the damage that stands there."""

    offset: int
    inner: int
    line: bytes = b""
    blank: int = 0
    """Blank lines before it."""
    damage: _Damage | None = None


class _Reader:
    """One record's headers, its block, then the line after it, which tells whether the block's length was right."""

    def __init__(self, file: BinaryIO, at: tuple[int, int]) -> None:
        head = file.read(2)
        self._members = Members(file, head, at[0]) if head == GZIP else None
        self._stream = io.BufferedReader(self._members or Rest(file, head), CHUNK)
        self._position = 0
        self._base = at[0]
        self._member_at = 0
        """What had been read when the current member began."""
        self._known_member = at[0]
        self._first = not at[0]
        self._ahead: _Start | None = None
        self._record: Record | None = None
        while self._position < at[1] and self._read(min(CHUNK, at[1] - self._position)):
            pass

    def next(self) -> Record | None:
        """The next record without its block; None at a clean end."""
        start = self._ahead or self._start()
        self._ahead = None
        self._record = record = Record({}, start.offset, start.inner)
        try:
            if start.damage:
                raise start.damage
            if not start.line:
                return None
            if not start.line.startswith(b"WARC/"):
                if self._first:
                    raise NotAnArchive("no WARC archive: it does not begin with a WARC record")
                if not start.line.endswith(b"\n"):
                    raise self._cut()
                raise self._lost(f"damaged at byte {start.offset}: no record begins there")
            self._first = False
            if self._members:
                self._members.hold = True
            self._headers(record.headers)
            if not _LENGTH.fullmatch(record.headers.get("content-length", "")):
                raise self._lost(f"damaged: the record at byte {start.offset} has no length")
        except _Damage as damage:
            record.damage, record.cut = str(damage), damage.final
        return record

    def block(self, record: Record, keep: bool) -> bytes | None:
        """The record's block, or what stands in for it when it is only passed over."""
        length = record.length
        if keep:
            block = self._read(length)
            self._whole(len(block), length)
            return block
        left = length
        while left:
            data = self._read(min(left, CHUNK))
            self._whole(len(data), min(left, CHUNK))
            left -= len(data)
        return None

    def finish(self, record: Record) -> None:
        """Reads on to the next record's first line, which stands behind two line breaks, or the block's length is wrong."""
        self._ahead = following = self._start()
        record.end = following.offset
        if following.blank < 2 and following.line.endswith(b"\n") and not following.line.startswith(b"WARC/"):
            self._ahead = None
            raise self._lost(f"damaged: the length of the record at byte {record.offset} is wrong")

    def _start(self) -> _Start:
        """The first line that is not blank."""
        if self._members:
            self._members.hold = False
        blank = -1
        line = b"\n"
        try:
            while line in _BLANK:
                blank += 1
                before = self._position
                line = self._line()
        except _Damage as damage:
            return _Start(self._members.start if self._members else self._position, 0, damage=damage)
        if not self._members:
            return _Start(self._base + before, 0, line, blank)
        if self._members.start != self._known_member:
            self._known_member, self._member_at = self._members.start, before
        return _Start(self._members.start if line else self._members.end, before - self._member_at, line, blank)

    def _whole(self, found: int, wanted: int) -> None:
        if found == wanted:
            return
        if self._members and self._members.held:
            raise self._lost(f"damaged: the length of the record at byte {self._known_member} is wrong")
        raise self._cut()

    def _lost(self, text: str) -> _Damage:
        """The damage, after the rest of its gzip member was passed over; it is final where members do not divide the records."""
        if not self._members:
            return _Damage(text)
        self._members.hold = True
        try:
            while self._read(CHUNK):
                pass
        except _Damage:
            return _Damage(text)
        return _Damage(text, final=False)

    def _headers(self, headers: dict[str, str]) -> None:
        size = 0
        name = ""
        while (line := self._line()) not in {b"\r\n", b"\n"}:
            size += len(line)
            if not line.endswith(b"\n") and size < HEADER_BYTES:
                if self._members and self._members.held:
                    raise self._lost(f"damaged: the record at byte {self._known_member} ends in its headers")
                raise self._cut()
            if size >= HEADER_BYTES:
                raise self._lost(f"damaged: the headers of the record at byte {self._offset()} do not end")
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text[0] in " \t" and name:
                headers[name] += " " + text.strip()
            else:
                name, _, value = text.partition(":")
                name = name.strip().lower()
                # A record's `url` is the URI verbatim, and there are URIs in the wild that end in a space.
                headers[name] = value.lstrip(" \t") if name == "warc-target-uri" else value.strip()

    def _line(self) -> bytes:
        return self._counted(lambda: self._stream.readline(HEADER_BYTES))

    def _read(self, length: int) -> bytes:
        return self._counted(lambda: self._stream.read(length))

    def _counted(self, read: Callable[[], bytes]) -> bytes:
        try:
            data = read()
        except zlib.error as error:
            if self._first:
                raise NotAnArchive(f"no WARC archive: broken gzip data ({error})") from error
            raise _Damage(f"damaged: the gzip member at byte {self._offset()} is broken") from error
        except EOFError:
            raise self._cut() from None
        self._position += len(data)
        return data

    def _offset(self) -> int:
        if self._members:
            return self._members.start
        return self._record.offset if self._record else self._base

    def _cut(self) -> _Damage:
        return _Damage(f"cut: the archive ends inside the record at byte {self._offset()}")
