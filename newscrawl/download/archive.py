"""Pages out of WARC archives (ISO 28500, versions 0.17 to 1.1), plain or gzipped, streaming: one record in memory at a time.

The reader is our own because the libraries end a cut archive silently (FastWARC 2.0.1 returns the half of its last page as
a whole one), and a half page must not become an article.
"""
from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from urllib.parse import urljoin

from newscrawl.download.http_message import BadMessage, parse_response
from newscrawl.items import RawPage
from newscrawl.rejections import BadResponse, Duplicate, HttpStatus, NotHtml, Redirect, Rejection, TooLarge, Truncated

PAGE_BYTES = 10 * 2**20
"""Larger bodies are rejected, and in a record skipped unread."""

_HEADER_BYTES = 2**20
_CHUNK = 2**18
_PAGE_TYPES = {"", "text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"}
"""What may hold a page; with the empty and the last one the extractor looks at the bytes."""
_XML_TYPES = {"text/xml", "application/xml"}
_REDIRECTS = {301, 302, 303, 307, 308}


class ArchiveCut(Truncated):
    """The archive itself ends too early or is damaged, as against a page that was stored cut."""


class NotAnArchive(ValueError):
    """The file does not begin with a WARC record."""


class _Damage(Exception):
    """The archive ends too early or breaks off; the message says how."""


def read_archive(file: BinaryIO, page_bytes: int = PAGE_BYTES) -> Iterator[RawPage | Rejection]:
    """The archive's pages in order, and for every other response the reason why it is none.

    ``response`` and ``resource`` records are candidates, ``revisit`` records duplicates; requests, metadata and the like are
    neither. ``url`` is WARC-Target-URI verbatim, the body has its transfer and content encodings removed. An archive that is cut
    or damaged ends with an :class:`ArchiveCut` after its whole records, ``detail`` naming the byte. Raises :class:`NotAnArchive`
    when the first bytes are no WARC record.
    """
    records = _Records(file)
    try:
        while (record := records.next()) is not None:
            kind = record.get("warc-type", "").lower()
            length = int(record["content-length"])
            candidate = kind in {"response", "resource", "revisit"} and not record.get("content-type", "").startswith("text/dns")
            if not candidate or length > page_bytes + _HEADER_BYTES:
                records.skip(length)
                if candidate:
                    yield _rejected(TooLarge, record, f"the record has {length} bytes; the limit is {page_bytes}")
                continue
            yield _page(kind, record, records.read(length), page_bytes)
    except _Damage as damage:
        yield ArchiveCut(url=records.url, detail=str(damage), fetched_at=records.date)


def _page(kind: str, record: dict[str, str], block: bytes, page_bytes: int) -> RawPage | Rejection:
    if kind == "revisit":
        return _rejected(Duplicate, record, f"revisit of {record.get('warc-refers-to-target-uri') or _url(record)}")
    if cut := record.get("warc-truncated"):
        return _rejected(Truncated, record, f"WARC-Truncated: {cut}")
    if not record.get("content-type", "").lower().startswith("application/http"):
        status, headers, body = 200, {"content-type": record.get("content-type", "")}, block
    else:
        try:
            status, headers, body = parse_response(block, page_bytes)
        except BadMessage as error:
            return _rejected(BadResponse, record, str(error))
    if status in _REDIRECTS and headers.get("location"):
        return _rejected(Redirect, record, _join(_url(record), headers["location"]))
    if status != 200:
        return HttpStatus(url=_url(record), status=status, fetched_at=record.get("warc-date"))
    if len(body) > page_bytes:
        return _rejected(TooLarge, record, f"the body has more than {page_bytes} bytes")
    mime = headers.get("content-type", "").partition(";")[0].strip().lower()
    looks_html = b"<html" in body[:2048].lower()
    if not (mime in _PAGE_TYPES or (mime in _XML_TYPES and looks_html)):
        return _rejected(NotHtml, record, mime)
    if mime == "text/plain" and re.search(r"//[^/]*/robots\.txt$", _url(record) or ""):
        return _rejected(NotHtml, record, "robots.txt")
    return RawPage(
        body=body,
        url=_url(record),
        requested_url=_url(record),
        status=status,
        headers=headers,
        fetched_at=record.get("warc-date"),
        plain_text=mime == "text/plain" and not looks_html,
    )


def _rejected(reason: type[Rejection], record: dict[str, str], detail: str | None = None) -> Rejection:
    return reason(url=_url(record), detail=detail, fetched_at=record.get("warc-date"))


def _url(record: dict[str, str]) -> str | None:
    uri = record.get("warc-target-uri")
    # WARC 1.0's grammar puts the URI between angle brackets, and wget does
    return uri[1:-1] if uri and uri.startswith("<") and uri.endswith(">") else uri


def _join(base: str | None, target: str) -> str:
    try:
        return urljoin(base or "", target)
    except ValueError:
        return target


class _Records:
    """The records' headers one after the other; the caller reads or skips each block before it asks for the next."""

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(2)
        self._members = _Members(file, head) if head == b"\x1f\x8b" else None
        raw = self._members or _Rest(file, head)
        self._stream = io.BufferedReader(raw, _CHUNK)
        self._position = 0
        self._start = 0
        self._first = True
        self.url: str | None = None
        self.date: str | None = None

    def next(self) -> dict[str, str] | None:
        """The next record's headers with lower-case names; None at a clean end."""
        self.url = self.date = None
        version = self._line()
        while version in {b"\r\n", b"\n", b"\r"}:
            version = self._line()
        if not version:
            return None
        self._start = self._members.start if self._members else self._position - len(version)
        if not version.startswith(b"WARC/"):
            if self._first:
                raise NotAnArchive("no WARC archive: it does not begin with a WARC record")
            if not version.endswith(b"\n"):
                raise self._cut()
            raise _Damage(f"damaged at byte {self._start}: no record begins there")
        self._first = False
        record = self._headers()
        self.url, self.date = _url(record), record.get("warc-date")
        if not record.get("content-length", "").isdecimal():
            raise _Damage(f"damaged: the record at byte {self._start} has no length")
        return record

    def read(self, length: int) -> bytes:
        block = self._read(length)
        if len(block) < length:
            raise self._cut()
        return block

    def skip(self, length: int) -> None:
        while length:
            block = self._read(min(length, _CHUNK))
            if not block:
                raise self._cut()
            length -= len(block)

    def _headers(self) -> dict[str, str]:
        record: dict[str, str] = {}
        size = 0
        name = ""
        while (line := self._line()) not in {b"\r\n", b"\n"}:
            size += len(line)
            if not line.endswith(b"\n") and size < _HEADER_BYTES:
                raise self._cut()
            if size >= _HEADER_BYTES:
                raise _Damage(f"damaged: the headers of the record at byte {self._start} do not end")
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text[0] in " \t" and name:
                record[name] += " " + text.strip()
            else:
                name, _, value = text.partition(":")
                name = name.strip().lower()
                # A record's `url` is the URI verbatim, and there are URIs in the wild that end in a space.
                record[name] = value.lstrip(" \t") if name == "warc-target-uri" else value.strip()
        return record

    def _line(self) -> bytes:
        return self._counted(lambda: self._stream.readline(_HEADER_BYTES))

    def _read(self, length: int) -> bytes:
        return self._counted(lambda: self._stream.read(length))

    def _counted(self, read: Callable[[], bytes]) -> bytes:
        try:
            data = read()
        except zlib.error as error:
            start = self._members.start if self._members else self._start
            if self._first:
                raise NotAnArchive(f"no WARC archive: broken gzip data ({error})") from error
            raise _Damage(f"damaged: the gzip member at byte {start} is broken") from error
        except EOFError:
            raise self._cut() from None
        self._position += len(data)
        return data

    def _cut(self) -> _Damage:
        start = self._members.start if self._members else self._start
        return _Damage(f"cut: the archive ends inside the record at byte {start}")


class _Rest(io.RawIOBase):
    """The file with the bytes put back that were read to look at."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file = file
        self._head = head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head or self._file.read(len(buffer))
        self._head = b""
        buffer[: len(data)] = data
        return len(data)


class _Members(_Rest):
    """The content of gzip members, one after the other; a read never crosses into the next member.

    Raises EOFError when the file ends inside a member, zlib.error when one is broken.
    """

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        super().__init__(file, b"")
        self.start = 0
        """Where the current member begins in the file."""
        self._position = len(head)
        self._pending = head
        self._member: zlib._Decompress | None = None

    def readinto(self, buffer: Any) -> int:
        while True:
            if not self._pending:
                self._pending = self._file.read(_CHUNK)
                self._position += len(self._pending)
                if not self._pending:
                    if self._member is not None:
                        raise EOFError
                    return 0
            if self._member is None:
                self.start = self._position - len(self._pending)
                self._pending = self._pending.lstrip(b"\0") if self.start else self._pending
                if not self._pending:  # padding to a block's end
                    continue
                self._member = zlib.decompressobj(wbits=31)
            data = self._member.decompress(self._pending, len(buffer))
            self._pending = self._member.unconsumed_tail or self._member.unused_data
            if self._member.eof:
                self._member = None
            if data:
                buffer[: len(data)] = data
                return len(data)
