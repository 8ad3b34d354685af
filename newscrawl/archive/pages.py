"""Reads pages out of WARC archives as a stream, with one record in memory at a time.

Every response of an archive is a page or a rejection. Of the project's own archives only what was fetched as an article is,
with what discovery said of it; feeds, sitemaps and robots.txt, which the crawl reads itself, are passed over. A page that the crawl
took from a browser is what the browser showed (a ``conversion``), in the place of its response.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import urljoin

import msgspec

from newscrawl.archive.http_message import BadMessage, page_headers, parse_response, split_response
from newscrawl.archive.notes import ARTICLE, FIELDS, PASSED_OVER, RENDERED_BY, SOFTWARE, Note, decode, fields, iso_date
from newscrawl.archive.warc_reader import HEADER_BYTES, NotAnArchive, Record, read_records
from newscrawl.items import RawPage
from newscrawl.rejections import BadResponse, Duplicate, HttpStatus, NotHtml, Redirect, Rejection, TooLarge, Truncated

__all__ = ["PAGE_BYTES", "ArchiveCut", "NotAnArchive", "is_page", "read_archive", "rendered_responses"]

PAGE_BYTES = 10 * 2**20
"""Larger bodies are rejected; larger records are passed over unread."""

_PAGE_TYPES = {"", "text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"}
"""These types may hold a page; with the empty and the last one the extractor looks at the bytes."""
_XML_TYPES = {"text/xml", "application/xml"}
_REDIRECTS = {301, 302, 303, 307, 308}
_RESPONSES = {"response", "resource", "revisit"}


class ArchiveCut(Truncated):
    """The archive itself ends too early or is damaged, as against a page that was stored cut."""


def read_archive(
    file: BinaryIO, page_bytes: int = PAGE_BYTES, rendered: frozenset[str] | None = None
) -> Iterator[RawPage | Rejection]:
    """Yields the archive's pages in order, and for every other response the reason why it is none.

    ``response`` and ``resource`` records are candidates, ``revisit`` records duplicates; requests, metadata and the like are
    neither. ``rendered`` is what :func:`rendered_responses` says of the file, which is asked where the caller has not. ``url`` is
    WARC-Target-URI but for control characters, the body has its transfer and content encodings removed. A record that is cut
    or damaged is an :class:`ArchiveCut`, ``detail`` naming the byte; unless each record is a gzip member of its own, it is the
    last. Raises :class:`NotAnArchive` when the first bytes are no WARC record.
    """
    if rendered is None:
        rendered = rendered_responses(file) if file.seekable() else frozenset()
    selection = _Selection(page_bytes, rendered)
    for record in read_records(file, selection.wants):
        if record.damage is not None:
            yield ArchiveCut(url=record.url, detail=record.damage, fetched_at=record.date)
        elif selection.takes(record) and (found := selection.outcome(record)) is not None:
            yield found


def rendered_responses(file: BinaryIO) -> frozenset[str]:
    """Returns the names of the responses in whose place a rendering counts, which stands after them; seeks back to where it began.

    Other tools' archives have none, and are not read for it.
    """
    found: set[str] = set()
    start = file.tell()
    with contextlib.suppress(NotAnArchive):
        for number, record in enumerate(
            read_records(file, lambda record: record.kind == "warcinfo" and record.length <= HEADER_BYTES)
        ):
            if number == 0 and not _ours(record):
                break
            if _stands_in(record) and record.damage is None:
                found.add(record.headers.get("warc-refers-to", ""))
    file.seek(start)
    return frozenset(found)


def _stands_in(record: Record) -> bool:
    """Returns whether a record is a rendering that stands in the place of its response."""
    return record.kind == "conversion" and PASSED_OVER.lower() not in record.headers


def _ours(record: Record) -> bool:
    return (
        record.kind == "warcinfo"
        and record.block is not None
        and fields(record.block).get("software", "").startswith(SOFTWARE)
    )


class _Selection:
    """Decides which records are candidates."""

    def __init__(self, page_bytes: int, rendered: frozenset[str]) -> None:
        self._page_bytes = page_bytes
        self._rendered = rendered
        self._shells: dict[str, RawPage] = {}
        """Responses whose rendering is to come, without their bodies."""
        self._own = False
        self._note: tuple[str, Note] | None = None
        """The last note, and the response that it speaks of."""

    def wants(self, record: Record) -> bool:
        """Returns whether the block is needed."""
        if record.kind in _RESPONSES or (self._own and record.kind == "conversion"):
            return record.length <= self._page_bytes + HEADER_BYTES
        return record.length <= HEADER_BYTES and (
            record.kind == "warcinfo" or (self._own and record.kind == "metadata")
        )

    def takes(self, record: Record) -> bool:
        """Returns whether the record is a candidate; what others say of it is taken in."""
        if record.kind == "warcinfo" and record.block is not None:
            self._own = _ours(record)
        elif record.kind == "metadata" and record.block is not None and record.headers.get("content-type") == FIELDS:
            note = decode(record.block)
            self._note = (record.headers.get("warc-concurrent-to", ""), note) if note else None
        if record.kind == "conversion":
            return self._own and _stands_in(record)
        if record.kind not in _RESPONSES or record.headers.get("content-type", "").startswith("text/dns"):
            return False
        return not self._own or (self._told(record) or Note()).role == ARTICLE

    def outcome(self, record: Record) -> RawPage | Rejection | None:
        """Returns the candidate's page, or why there is none; None for a response in whose place a rendering comes."""
        name = record.headers.get("warc-record-id", "")
        if record.block is None:
            large = _rejected(
                TooLarge, record, f"the record has {record.length} bytes; the limit is {self._page_bytes}"
            )
            return _dated(large, iso_date(record.date))
        if record.kind == "conversion":
            return self._shown(record, record.block)
        note = self._told(record)
        if name in self._rendered and (shell := _shell(record, record.block, note)) is not None:
            self._shells[name] = shell
            return None
        found = _page(record, record.block, self._page_bytes, note)
        return _dated(found, iso_date(record.date))

    def _shown(self, record: Record, block: bytes) -> RawPage:
        """Returns a rendering, with what its response told; that may stand in the file before."""
        shell = self._shells.pop(record.headers.get("warc-refers-to", ""), None)
        shell = shell or RawPage(body=b"", url=record.url, requested_url=record.url, fetched_at=iso_date(record.date))
        headers = {**shell.headers, "content-type": "text/html; charset=utf-8"}
        return msgspec.structs.replace(
            shell, body=block, headers=headers, rendered=record.headers.get(RENDERED_BY.lower(), "")
        )

    def _told(self, record: Record) -> Note | None:
        about, note = self._note or ("", None)
        return note if note is not None and about == record.headers.get("warc-record-id") else None


def _dated(found: RawPage | Rejection, fetched_at: str | None) -> RawPage | Rejection:
    if isinstance(found, RawPage):
        return msgspec.structs.replace(found, fetched_at=fetched_at)
    found.fetched_at = fetched_at
    return found


def is_page(mime: str, body: bytes) -> bool:
    """Returns whether a response's type and first bytes may be a page's."""
    return mime in _PAGE_TYPES or (mime in _XML_TYPES and _looks_html(body))


def _looks_html(body: bytes) -> bool:
    return b"<html" in body[:2048].lower()


def _page(record: Record, block: bytes, page_bytes: int, note: Note | None) -> RawPage | Rejection:
    if record.kind == "revisit":
        return _rejected(
            Duplicate, record, f"revisit of {record.headers.get('warc-refers-to-target-uri') or record.url}"
        )
    if cut := record.headers.get("warc-truncated"):
        return _rejected(Truncated, record, f"WARC-Truncated: {cut}")
    if not record.headers.get("content-type", "").lower().startswith("application/http"):
        status, headers, body = 200, {"content-type": record.headers.get("content-type", "")}, block
    else:
        try:
            status, headers, body = parse_response(block, page_bytes)
        except BadMessage as error:
            return _rejected(BadResponse, record, str(error))
    if status in _REDIRECTS and headers.get("location"):
        return _rejected(Redirect, record, _join(record.url, headers["location"]))
    if status != 200:
        return HttpStatus(url=record.url, status=status, fetched_at=record.date)
    if len(body) > page_bytes:
        return _rejected(TooLarge, record, f"the body has more than {page_bytes} bytes")
    mime = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not is_page(mime, body):
        return _rejected(NotHtml, record, mime)
    if mime == "text/plain" and re.search(r"//[^/]*/robots\.txt$", record.url or ""):
        return _rejected(NotHtml, record, "robots.txt")
    return RawPage(
        body=body,
        url=record.url,
        requested_url=(note and note.requested) or record.url,
        status=status,
        headers=headers,
        fetched_at=record.date,
        evidence=note.evidence if note else None,
        plain_text=mime == "text/plain" and not _looks_html(body),
    )


def _shell(record: Record, block: bytes, note: Note | None) -> RawPage | None:
    """Returns a response without its body, which a revisit has none of; None for what is no response."""
    try:
        status, rows, _ = split_response(block)
    except BadMessage:
        return None
    headers = page_headers(rows)
    return RawPage(
        body=b"",
        url=record.url,
        requested_url=(note and note.requested) or record.url,
        status=status,
        headers=headers,
        fetched_at=iso_date(record.date),
        evidence=note.evidence if note else None,
    )


def _rejected(reason: type[Rejection], record: Record, detail: str | None = None) -> Rejection:
    return reason(url=record.url, detail=detail, fetched_at=record.date)


def _join(base: str | None, target: str) -> str:
    try:
        return urljoin(base or "", target)
    except ValueError:
        return target
