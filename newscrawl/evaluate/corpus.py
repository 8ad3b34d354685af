"""Frozen pages of any number: single case folders, folders of folders (sharded or not), archives with their expectations beside them.

Only names are held in memory, so that ten thousand pages cost no more than ten.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from newscrawl.archive.pages import PAGE_BYTES, ArchiveCut, NotAnArchive, read_archive
from newscrawl.archive.saved import Candidate
from newscrawl.evaluate.fixture_case import LINES, is_case, read_case, unfolded
from newscrawl.items import Article
from newscrawl.output.jsonl import encode_article, encode_rejection
from newscrawl.output.read_lines import FileError, parse_row
from newscrawl.rejections import Rejection

ARCHIVES = (".warc.gz", ".warc")


@dataclass(frozen=True, slots=True)
class Case(Candidate):
    """A page and what must come of it. ``place`` is its folder, or the file of expectations whose line ``line`` is its own."""

    expected: dict[str, Any]
    place: Path
    line: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A case that cannot be checked; ``why`` is one line."""

    source: str
    why: str


def row_of(outcome: Article | Rejection) -> dict[str, Any]:
    """An outcome as its line in the output has it."""
    line = encode_article(outcome) if isinstance(outcome, Article) else encode_rejection(outcome)
    row: dict[str, Any] = msgspec.json.decode(line)
    return row


def places(paths: Iterable[str]) -> list[str]:
    """The case folders and files of expectations below the paths, in order. Raises :class:`FileError` for a path without any."""
    found: list[str] = []
    for path in paths:
        archive, _, url = path.partition("#")
        below = [f"{_lines_of(archive)}#{url}"] if url else list(_below(path))
        if not below:
            raise FileError(f"{path}: no fixtures in this folder")
        found += below
    return found


def _lines_of(path: str) -> Path:
    """The expectations of an archive, or of themselves."""
    stem = next((path.removesuffix(ending) for ending in (*ARCHIVES, LINES) if path.endswith(ending)), None)
    if stem is None:
        raise FileError(f"{path}: neither a fixture's folder nor an archive ({', '.join(ARCHIVES)}) with its {LINES}")
    lines = Path(f"{stem}{LINES}")
    if not lines.is_file():
        raise FileError(f"{path}: {lines.name} is missing" if os.path.exists(path) else f"{path}: no such file")
    return lines


def _below(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        if not os.path.exists(path):
            raise FileError(f"{path}: no such file or folder")
        yield str(_lines_of(path))
        return
    if is_case(path):
        yield path
        return
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _below(entry.path)
        elif entry.name.endswith(LINES):
            yield entry.path


def size(found: Iterable[str]) -> int:
    """The number of cases, for a progress bar."""
    total = 0
    for place in found:
        lines = Path(place.partition("#")[0])
        if "#" in place or not lines.name.endswith(LINES):
            total += 1
        else:
            with suppress(OSError), lines.open("rb") as file:
                total += sum(1 for line in file if line.strip())
    return total


def cases(found: Iterable[str], limit: int = PAGE_BYTES) -> Iterator[Case | Broken]:
    """The cases of the places, one after the other; pages over ``limit`` bytes are rejected unread."""
    for place in found:
        path, _, url = place.partition("#")
        try:
            if path.endswith(LINES):
                yield from _archived(Path(path), url, limit)
            else:
                page, expected = read_case(Path(path), limit)
                yield Case(path, page, True, expected, Path(path))
        except FileError as error:
            yield Broken(path, str(error))


def _archived(lines: Path, url: str, limit: int) -> Iterator[Case | Broken]:
    archive = archive_of(lines)
    waiting = _offsets(lines, url)
    if url and not waiting:
        raise FileError(f"{lines}: no such URL: {url}")
    try:
        with lines.open("rb") as rows, archive.open("rb") as file:
            for page in read_archive(file, limit):
                if isinstance(page, ArchiveCut):
                    yield Broken(str(archive), f"{archive}: {page.detail}")
                elif waiting.get(page.url or ""):
                    number, offset = waiting[page.url or ""].pop(0)
                    rows.seek(offset)
                    expected = expectation(
                        parse_row(rows.readline(), f"{lines} line {number}"), f"{lines} line {number}"
                    )
                    yield Case(f"{archive}#{page.url}", page, True, expected, lines, number)
    except NotAnArchive as error:
        raise FileError(f"{archive}: {error}") from error
    except OSError as error:
        raise FileError(f"{archive}: {error.strerror}") from error
    for missing, left in waiting.items():
        for number, _ in left:
            yield Broken(f"{archive}#{missing}", f"{lines} line {number}: the archive has no page {missing}")


def archive_of(lines: Path) -> Path:
    """The archive that a file of expectations speaks of. Raises :class:`FileError`."""
    stem = str(lines).removesuffix(LINES)
    archive = next((path for ending in ARCHIVES if (path := Path(f"{stem}{ending}")).exists()), None)
    if archive is None:
        raise FileError(f"{lines}: its archive {Path(stem).name}{ARCHIVES[0]} is missing")
    return archive


def _offsets(lines: Path, url: str) -> dict[str, list[tuple[int, int]]]:
    """Where the expectations of each URL are: line number and byte. Several pages of one URL come in the archive's order."""
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    offset = 0
    try:
        with lines.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    row = parse_row(line, f"{lines} line {number}")
                    if not isinstance(row.get("url"), str):
                        raise FileError(f"{lines} line {number}: url: expected a string")
                    if not url or row["url"] == url:
                        found[row["url"]].append((number, offset))
                offset += len(line)
    except OSError as error:
        raise FileError(f"{lines}: {error.strerror}") from error
    return dict(found)


def expectation(row: dict[str, Any], place: str) -> dict[str, Any]:
    """What a line of an archive's expectations wants. Raises :class:`FileError`."""
    return unfolded(row.get("expected"), f"{place}: expected")
