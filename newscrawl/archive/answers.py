"""Answers a request from WARC files: with the response as it came, a revisit resolved, or a recorded failure raised again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newscrawl.archive.http_message import BadMessage, parse_response, split_response
from newscrawl.archive.index import ArchiveIndex, Capture
from newscrawl.archive.notes import RENDERED_BY, Note, decode, parse_warc_date
from newscrawl.archive.warc_reader import NotAnArchive, Record, read_records
from newscrawl.download.failures import Refused
from newscrawl.rejections import BadResponse, Missing, TooLarge, Truncated

_NO_LIMIT = 2**40
_HOPS = 5
"""So many revisits of revisits are followed."""
_OF_THE_CONNECTION = {
    b"connection",
    b"keep-alive",
    b"te",
    b"trailers",
    b"transfer-encoding",
    b"x-crawl-transfer-encoding",
    b"upgrade",
    b"proxy-connection",
}


class Unanswered(Refused):
    """The archive has no answer: the request failed at ``date``, when the archive was made, or what was stored of it cannot be read."""

    def __init__(self, refused: Refused, date: datetime | None) -> None:
        super().__init__(refused.kind, refused.detail)
        self.date = date


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that an archive holds. In our own archives the body is what went over the wire; that of others is decoded."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    date: datetime | None


class WarcAnswers:
    """Finds the answers in the archives of an index."""

    def __init__(self, index: ArchiveIndex) -> None:
        self.index = index

    def find(self, url: str, turn: int = 0, limit: int = 0) -> Answer | None:
        """Returns what was answered when the URL was asked for the first, second … time (``turn`` 0, 1 …) in the newest run that has it.

        None when no run has. Bodies over ``limit`` bytes are refused (0: none). Raises :class:`Unanswered`.
        """
        found = self.index.find(url)
        if not found:
            return None
        capture = found[min(turn, len(found) - 1)]
        try:
            return self._answer(capture, limit or _NO_LIMIT)
        except Refused as refused:
            raise Unanswered(refused, parse_warc_date(capture.date)) from refused

    def rendered(self, url: str) -> tuple[str, str] | None:
        """Returns the page as a browser rendered it last, and the browser's name and version; None when none did."""
        capture = self.index.rendered(url)
        record = self._read(capture) if capture else None
        if record is None or record.block is None:
            return None
        return record.block.decode("utf-8", "replace"), record.headers.get(RENDERED_BY.lower(), "")

    def _answer(self, capture: Capture, limit: int) -> Answer:
        record = self._read(capture)
        date = parse_warc_date(capture.date)
        if capture.kind == "failure":
            note = decode(record.block or b"") or Note()
            raise Refused(note.kind or Missing, note.detail)
        try:
            return (
                self._whole(capture, record, date, limit)
                if capture.own
                else self._decoded(capture, record, date, limit)
            )
        except BadMessage as error:
            raise Refused(BadResponse, str(error)) from error

    def _whole(self, capture: Capture, record: Record, date: datetime | None, limit: int) -> Answer:
        status, headers, body = split_response(record.block or b"")
        if capture.kind == "revisit":
            original = split_response(self._original(capture, record)[1].block or b"")
            body = original[2]
            if status == 304:
                status, headers = original[:2]
        if len(body) > limit:
            raise Refused(TooLarge, "larger than the limit")
        return Answer(
            status, [(name, value) for name, value in headers if name.lower() not in _OF_THE_CONNECTION], body, date
        )

    def _decoded(self, capture: Capture, record: Record, date: datetime | None, limit: int) -> Answer:
        for _ in range(_HOPS):
            if capture.kind != "revisit":
                break
            capture, record = self._original(capture, record)
        if cut := record.headers.get("warc-truncated"):
            raise Refused(Truncated, f"WARC-Truncated: {cut}")
        block, kind = record.block or b"", record.headers.get("content-type", "")
        if kind.lower().startswith("application/http"):
            status, told, body = parse_response(block, limit)
        else:
            status, told, body = 200, {"content-type": kind}, block
        if len(body) > limit:
            raise Refused(TooLarge, "larger than the limit")
        headers = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in told.items()
        ]
        return Answer(status, [(name, value) for name, value in headers if name not in _OF_THE_CONNECTION], body, date)

    def _original(self, capture: Capture, record: Record) -> tuple[Capture, Record]:
        """Returns what a revisit refers to. Raises :class:`Refused` (``missing``) when the archive lacks it."""
        told = record.headers
        found = self.index.record(told.get("warc-refers-to", "")) or self.index.dated(
            told.get("warc-refers-to-target-uri", capture.url),
            told.get("warc-refers-to-date", ""),
            told.get("warc-payload-digest", ""),
        )
        if found is None or found.record == capture.record:
            raise Refused(
                Missing,
                f"the archive lacks the response that the record {capture.record or 'of ' + capture.date} refers to",
            )
        return found, self._read(found)

    def _read(self, capture: Capture) -> Record:
        path: Path = self.index.file(capture)
        try:
            with path.open("rb") as file:
                record = next(read_records(file, lambda _: True, (capture.offset, capture.inner)), None)
        except (OSError, NotAnArchive) as error:
            raise Refused(Missing, f"{path}: {getattr(error, 'strerror', None) or error}") from error
        if record is None or record.block is None:
            raise Refused(Truncated, f"{path}: {record.damage if record else 'nothing'} at byte {capture.offset}")
        return record
