"""What stands in an output behind a length at which a run had last made sure of it."""
from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec


def marks_behind(path: Path, length: int) -> set[str]:
    """What tells the lines behind ``length`` bytes from all others: ``id/version`` of records, ``reason url`` of rejections.

    Lines that somebody else has written give no mark. A file that is shorter, or has another content at that place because its
    user has moved or rewritten it, is read from its beginning; one that is not there has none. A last line that lacks only its
    newline counts, because whoever opens the file next ends it. Raises OSError.
    """
    try:
        data = path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return set()
    packed = path.suffix == ".gz"
    behind = data[length:] if len(data) >= length else data
    aligned = len(data) >= length and (behind[:2] == b"\x1f\x8b" or not behind if packed else length == 0 or data[length - 1:length] == b"\n")
    text = _members(behind if aligned else data) if packed else (behind if aligned else data)
    return {mark for line in text.split(b"\n") if (mark := _mark(line))}


def _members(data: bytes) -> bytes:
    """The content of the whole gzip members."""
    whole = []
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            text = member.decompress(data)
        except zlib.error:
            break
        if not member.eof:
            break
        whole.append(text)
        data = member.unused_data
    return b"".join(whole)


def _mark(line: bytes) -> str | None:
    try:
        row: Any = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(row, dict):
        return None
    return f"{row.get('id')}/{row.get('version')}" if "version" in row else f"{row.get('reason')} {row.get('url')}"
