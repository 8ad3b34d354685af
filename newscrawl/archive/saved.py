"""Reads saved pages and archives from disk as candidates for extraction, as ``scrapy extract PATH...`` needs them."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from newscrawl.archive.pages import PAGE_BYTES, ArchiveCut, NotAnArchive, read_archive, rendered_responses
from newscrawl.items import RawPage
from newscrawl.rejections import Empty, Missing, NotHtml, ParseLimit, Rejection, Truncated

STDIN = "-"
_PAGES = (".html", ".htm", ".xhtml", ".txt")
_ARCHIVES = (".warc",)
_HEAD, _WARC = 512, b"WARC/"
_TAG = re.compile(rb"<[a-zA-Z!/?]")

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page, or why there is none, from the input called ``source``.

    ``own`` says that a rejection of it is the input's own failure, such as a missing file or a named page that is no article;
    a page of an archive that is no article is an ordinary rejection.
    """

    source: str
    found: RawPage | Rejection
    own: bool


def file_url(source: str) -> str:
    """Returns the URL of a page that has no other."""
    path = "/dev/stdin" if source == STDIN else os.path.abspath(source)
    return Path(path).as_uri()


def candidates(
    paths: list[str], url: str | None = None, page_bytes: int = PAGE_BYTES, progress: Progress = lambda _: None
) -> Iterator[Candidate]:
    """Yields everything the paths hold, in order; folders are read recursively, sorted by name.

    ``url`` is where the (only) page comes from. Bodies over ``page_bytes`` are rejected unread. ``progress`` hears of the bytes
    that were read. Nothing is raised for an input's sake.
    """
    for path in paths:
        if path != STDIN and os.path.isdir(path):
            yield from _folder(path, page_bytes, progress)
        else:
            yield from _file(path, True, url, page_bytes, progress)


def size(paths: list[str]) -> int:
    """Returns the number of bytes that :func:`candidates` will read, as far as the file system knows."""
    files = (file for path in paths for file in (_walk(path) if os.path.isdir(path) else [path]))
    return sum(os.path.getsize(file) for file in files if isinstance(file, str) and os.path.isfile(file))


def _folder(folder: str, page_bytes: int, progress: Progress) -> Iterator[Candidate]:
    empty = True
    for entry in _walk(folder):
        empty = False
        if isinstance(entry, Candidate):
            yield entry
        else:
            yield from _file(entry, False, None, page_bytes, progress)
    if empty:
        yield _failure(
            folder, Empty, f"no pages or archives in this folder ({', '.join(_PAGES + _ARCHIVES)}, also with .gz)"
        )


def _walk(folder: str) -> Iterator[str | Candidate]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _failure(folder, Missing, error.strerror)
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif _stem(entry.path).endswith(_PAGES + _ARCHIVES):
            yield entry.path


def _file(source: str, named: bool, url: str | None, page_bytes: int, progress: Progress) -> Iterator[Candidate]:
    try:
        if source == STDIN:
            if _is_archive(sys.stdin.buffer):
                yield from _archived_pages(source, sys.stdin.buffer, named, page_bytes, None)
            else:
                yield _saved_page(source, sys.stdin.buffer, named, url, page_bytes)
        elif os.path.isdir(source):  # a link inside a folder, which may lead back into it
            yield _failure(source, Missing, "a link to a folder is not followed")
        else:
            with open(source, "rb") as opened:
                file: Any = _Reported(opened, progress)
                if _stem(source).endswith(_ARCHIVES) or _is_archive(opened):
                    rendered = rendered_responses(opened) if opened.seekable() else frozenset()
                    yield from _archived_pages(source, file, named, page_bytes, rendered)
                else:
                    yield _saved_page(source, file, named, url, page_bytes)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        yield _failure(source, Missing, getattr(error, "strerror", None) or str(error))


def _is_archive(file: Any) -> bool:
    """Returns whether a file is a WARC archive whatever its name is: as a page it would be one false article."""
    head: bytes = file.peek(_HEAD)[:_HEAD] if hasattr(file, "peek") else b""
    if head[:2] == b"\x1f\x8b":
        with contextlib.suppress(zlib.error):
            head = zlib.decompressobj(wbits=31).decompress(head, len(_WARC))
    return head.startswith(_WARC)


def _archived_pages(
    source: str, file: BinaryIO, named: bool, page_bytes: int, rendered: frozenset[str] | None
) -> Iterator[Candidate]:
    count = 0
    try:
        for found in read_archive(file, page_bytes, rendered):
            count += 1
            yield Candidate(source, found, own=isinstance(found, ArchiveCut))
    except NotAnArchive as error:
        yield _failure(source, NotHtml, str(error))
        return
    if not count and named:  # among others, an archive may hold nothing but feeds
        yield _failure(source, Empty, "the archive holds no page")


def _saved_page(source: str, file: BinaryIO, named: bool, url: str | None, page_bytes: int) -> Candidate:
    body = file.read(page_bytes + 1)
    try:
        if body[:2] == b"\x1f\x8b":
            body = _gunzip(body, page_bytes + 1)
    except zlib.error as error:
        return _failure(source, Truncated, f"broken gzip data: {error}")
    if not body:
        return _failure(source, Empty, "the file is empty")
    if len(body) > page_bytes:
        return Candidate(source, ParseLimit(url=url or file_url(source), detail=f"more than {page_bytes} bytes"), named)
    changed = datetime.now(UTC) if source == STDIN else datetime.fromtimestamp(os.stat(source).st_mtime, UTC)
    page = RawPage(
        body=body,
        url=url,
        requested_url=url,
        fetched_at=changed.isoformat(timespec="seconds"),
        plain_text=not _TAG.search(body) if source == STDIN else _stem(source).endswith(".txt"),
    )
    return Candidate(source, page, named)


def _gunzip(data: bytes, limit: int) -> bytes:
    body = b""
    while data and len(body) < limit:
        member = zlib.decompressobj(wbits=31)
        body += member.decompress(data, limit - len(body))
        if not member.eof and len(body) < limit:
            raise zlib.error("it ends too early")
        data = member.unused_data
    return body


def _failure(source: str, reason: type[Rejection], detail: str | None) -> Candidate:
    return Candidate(source, reason(url=file_url(source), detail=detail), own=True)


def _stem(path: str) -> str:
    """Returns the name in lower case, without ``.gz``."""
    return path.lower().removesuffix(".gz")


class _Reported:
    """A file that reports how much of it was read."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress

    def read(self, length: int = -1) -> bytes:
        data = self._file.read(length)
        self._progress(len(data))
        return data
