"""What stands in an output behind a length at which a run had last made sure of it."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

_PIECE = 64 * 1024
"""Bytes in memory at once, packed or not; larger pieces of small gzip members would be copied over and over."""
_LONGEST = 64 * 2**20
"""Of a line: a page of DOWNLOAD_MAXSIZE never makes so long a one, and a hole of zeros must not fill the memory."""


def marks_behind(path: Path, length: int, wanted: Container[str | None] | None = None) -> Counter[str]:
    """What tells the lines behind ``length`` bytes from all others: ``id/version`` of records, ``reason url`` of rejections. Each is counted.

    Lines that somebody else has written give no mark. A file that is shorter, or has another content at that place because its
    user has moved or rewritten it, is read from its beginning; one that is not there has none. A last line that lacks only its
    newline counts, because whoever opens the file next ends it. However long the file is, a piece of it is in memory; of its marks
    only those that are ``wanted``, where the caller names them. Raises OSError.
    """
    try:
        file = path.open("rb") if path.is_file() else None
    except FileNotFoundError:
        return Counter()
    if file is None:
        return Counter()
    with file:
        packed = path.suffix == ".gz"
        start = length if _continues(file, length, packed) else 0
        marks = (mark_of(line) for line in _lines(_members(file, start) if packed else _pieces(file, start)))
        return Counter(mark for mark in marks if mark is not None and (wanted is None or mark in wanted))


def _continues(file: BinaryIO, length: int, packed: bool) -> bool:
    """Whether what stands at ``length`` may be what was written there: the end, a line's beginning, a gzip member's beginning."""
    size = os.fstat(file.fileno()).st_size
    if packed:
        file.seek(length)
        return size == length or size > length and file.read(2) == b"\x1f\x8b"
    file.seek(max(0, length - 1))
    return size >= length and (length == 0 or file.read(1) == b"\n")


def _pieces(file: BinaryIO, start: int) -> Iterator[bytes]:
    file.seek(start)
    while piece := file.read(_PIECE):
        yield piece


def _members(file: BinaryIO, start: int) -> Iterator[bytes]:
    """The content of the whole gzip members, in pieces; of a torn one nothing, because whoever opens the file next cuts it off."""
    end = max((whole for _, whole in _unpacked(file, start, os.fstat(file.fileno()).st_size)), default=start)
    yield from (piece for piece, _ in _unpacked(file, start, end))


def _unpacked(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int]]:
    """What gzip members hold, in pieces, each with the place where the last whole member until then ends."""
    file.seek(start)
    end, position, rest = start, start, b""
    member = zlib.decompressobj(wbits=31)
    while data := rest or file.read(min(_PIECE, stop - position)):
        position += 0 if rest else len(data)
        try:
            piece = member.decompress(data, _PIECE)
        except zlib.error:
            return
        rest = member.unconsumed_tail
        if member.eof:
            rest = member.unused_data
            end = position - len(rest)
            member = zlib.decompressobj(wbits=31)
        yield piece, end


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their newline, the last also where it has none; without those that are longer than any of ours."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for part in ended:
            if size + len(part) <= _LONGEST:
                yield b"".join((*held, part))
            held, size = [], 0
        size += len(rest)
        held = [*held, rest] if size <= _LONGEST else []
    if size <= _LONGEST:
        yield b"".join(held)


def mark_of(line: bytes) -> str | None:
    """What tells a line from all others; None for a line that is no JSON object. A record from which an item pipeline has taken its
    identity is told by its content."""
    try:
        row: Any = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    if "id" in row and "version" in row:
        return f"{row['id']}/{row['version']}"
    if "reason" in row:
        return f"{row['reason']} {row.get('url')}"
    return f"content {blake2b(msgspec.json.encode(row, order='sorted'), digest_size=16).hexdigest()}"
