"""JSON and JSON lines as others wrote them, plain or gzipped; what is wrong with them is said in one line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class FileError(Exception):
    """A file that is missing, broken or not what it should be; the text is one line with its path."""


def read_json(path: Path) -> Any:
    """A file's JSON. Raises :class:`FileError`."""
    data = read_bytes(path)
    try:
        return json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise FileError(f"{path} line {error.lineno}: not JSON: {error.msg} (column {error.colno})") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise FileError(f"{path}: not JSON: {_why(error)}") from error


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file of JSON lines with their line numbers; empty lines are passed over. Raises :class:`FileError`."""
    try:
        with opened(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, parse_row(line, f"{path} line {number}")
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{path}: {_why(error)}") from error


def parse_row(line: bytes, place: str) -> dict[str, Any]:
    """One line's object. Raises :class:`FileError`."""
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise FileError(f"{place}: not JSON: {error.msg} (column {error.colno})") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise FileError(f"{place}: not JSON: {_why(error)}") from error
    if not isinstance(row, dict):
        raise FileError(f"{place}: expected an object")
    return row


def opened(path: Path) -> Any:
    """The file's bytes, without gzip where its first two bytes say so. Raises OSError."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")


def read_bytes(path: Path, limit: int = -1) -> bytes:
    """A file's content without gzip, at most ``limit`` bytes. Raises :class:`FileError`."""
    try:
        with opened(path) as file:
            data: bytes = file.read(limit)
            return data
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{path}: {_why(error)}") from error


def _why(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
