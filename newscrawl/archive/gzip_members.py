"""Gzip data as the members that it consists of: what lies in one stays apart from what lies in the next."""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO

GZIP = b"\x1f\x8b"
CHUNK = 2**18
_MARK = b"WARC/"


class Rest(io.RawIOBase):
    """The file with the bytes put back that were read to look at."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file = file
        self._head = head

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes; 0 at the end."""
        data = self._head or self._file.read(len(buffer))
        self._head = b""
        buffer[: len(data)] = data
        return len(data)


class Members(Rest):
    """The content of gzip members, one after the other; a read never crosses into the next member.

    Raises EOFError when the file ends inside a member, zlib.error when one is broken. ``at`` is the file's position before ``head``.
    """

    def __init__(self, file: BinaryIO, head: bytes, at: int = 0) -> None:
        super().__init__(file, b"")
        self.start = at
        """Where the current member begins in the file."""
        self.end = at
        """Where the last whole member ends."""
        self.hold = False
        """Whether a member that begins with a WARC record is kept back: the content ends before it."""
        self.held = False
        """Whether the last read found such a member."""
        self._position = at + len(head)
        self._pending = head
        self._begun = at
        self._first = b""
        """The first bytes of a member that was only looked at."""
        self._late = b""
        """The same, once they may be read."""
        self._looking = False
        self._member: zlib._Decompress | None = None

    def readinto(self, buffer: Any) -> int:
        """Some bytes of the current member, or of the next when it has ended; 0 at the end, and before a member that is held."""
        self.held = False
        while True:
            if self._first and not self._looking:
                if self.hold:
                    self.held = True
                    return 0
                self._late, self._first = self._first, b""
            if self._late:
                data, self._late = self._late[: len(buffer)], self._late[len(buffer) :]
            elif not self._fill():
                return 0
            else:
                data = self._decompress(len(buffer))
            if data:
                self.start = self._begun
                buffer[: len(data)] = data
                return len(data)

    def _fill(self) -> bool:
        """Sees to it that there is something to decompress, of a member that has begun."""
        while not self._pending:
            self._pending = self._file.read(CHUNK)
            self._position += len(self._pending)
            if not self._pending:
                if self._member is not None:
                    raise EOFError
                return False
            if self._member is None and self.end:
                self._pending = self._pending.lstrip(b"\0")  # padding to a block's end
        if self._member is None:
            self._begun = self._position - len(self._pending)
            self._member = zlib.decompressobj(wbits=31)
            self._looking = self.hold
            if not self.hold:
                self.start = self._begun
        return True

    def _decompress(self, length: int) -> bytes:
        assert self._member is not None
        data = self._member.decompress(self._pending, length)
        self._pending = self._member.unconsumed_tail or self._member.unused_data
        if self._member.eof:
            self._member = None
            self.end = self._position - len(self._pending)
            self._pending = self._pending.lstrip(b"\0")
        if not self._looking:
            return data
        self._first += data
        if len(self._first) >= len(_MARK) or self._member is None:
            self._looking = False
            if not self._first.startswith(_MARK):
                self._late, self._first = self._first, b""
        return b""
