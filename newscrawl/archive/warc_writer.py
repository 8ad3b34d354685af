"""Writes what a crawl fetches as WARC 1.1 (ISO 28500:2017), through warcio.

A fetch is a set of records that is written whole and brought to disk before the page is looked at, so that no record of the
crawl lacks its page: a note (:mod:`newscrawl.archive.notes`), the response as it was received, its request. A payload
that the archive has already becomes a ``revisit``, a 304 one that refers to the page which has not changed. Chunks of a transfer
are joined, and their header renamed to ``X-Crawl-Transfer-Encoding``, as in Common Crawl's archives; content encodings stay.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.warcwriter import WARCWriter

from newscrawl.archive.files import ARCHIVE_BYTES, ArchiveFiles
from newscrawl.archive.index import ArchiveIndex, Capture
from newscrawl.archive.notes import BEGAN, FIELDS, PASSED_OVER, RENDERED_BY, SOFTWARE, Note

REVISIT_BYTES = 1024
"""Smaller payloads are stored again: a revisit record would not be smaller."""
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_CHUNKED = re.compile(rb"^transfer-encoding(?=\s*:)", re.I | re.M)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetch:
    """One exchange with a server. The heads are what went over the wire, status or request line first, with the blank line that ends them."""

    url: str
    date: datetime
    status: int
    request: bytes
    head: bytes
    body: bytes
    address: str | None = None
    note: Note
    cut: bool = False
    """Whether the body was longer and only its beginning was wanted."""


class WarcWriter:
    """Writes the archive of one run into ``folder``; the run's name is in the files' names and, as ``isPartOf``, in their warcinfo.

    ``began`` is the run's time (ISO 8601), at which a replay's clock stands. Every method raises OSError when the disk fails, and leaves the archive as it was before.
    """

    def __init__(
        self, folder: Path, run_id: str, began: str, max_bytes: int = ARCHIVE_BYTES, version: str = ""
    ) -> None:
        folder = folder.resolve()
        self._files = ArchiveFiles(folder, run_id, max_bytes)
        self._index = ArchiveIndex.of(folder)
        self._run_id = run_id
        self._began = began
        self._software = f"{SOFTWARE}{version}"
        self._warcio = WARCWriter(BytesIO(), gzip=False, warc_version="1.1")
        self._info = ""

    @property
    def paths(self) -> list[Path]:
        """Returns the files that this run has written."""
        return self._files.paths

    def response(self, fetch: Fetch) -> str:
        """Stores a response with its request; gives back its WARC-Record-ID."""
        self._begin()
        date, payload, name = warc_date(fetch.date), _digest(fetch.body), _name()
        common = {"WARC-Date": date} | ({"WARC-IP-Address": fetch.address} if fetch.address else {})
        known = self._known(fetch, payload)
        kind, digest, headers = "response", payload, dict(common)
        if known:
            same = fetch.status != 304
            kind, digest = "revisit", payload if same else known.digest
            headers |= {
                "WARC-Profile": _PROFILE + ("identical-payload-digest" if same else "server-not-modified"),
                "WARC-Refers-To": known.record,
                "WARC-Refers-To-Target-URI": known.url,
                "WARC-Refers-To-Date": known.date,
            }
        headers |= {"WARC-Truncated": "length"} if fetch.cut else {}
        head = _CHUNKED.sub(b"X-Crawl-Transfer-Encoding", fetch.head)
        capture = Capture(
            url=fetch.url, date=date, kind=kind, record=name, digest=digest if known or fetch.status == 200 else ""
        )
        self._write(
            [
                self._note(fetch.url, fetch.note, {"WARC-Date": date, "WARC-Concurrent-To": name}),
                self._record(
                    kind,
                    fetch.url,
                    b"" if known else fetch.body,
                    "application/http; msgtype=response",
                    {"WARC-Record-ID": name, **headers, "WARC-Payload-Digest": digest},
                    head,
                ),
                self._record(
                    "request",
                    fetch.url,
                    b"",
                    "application/http; msgtype=request",
                    {**common, "WARC-Concurrent-To": name},
                    fetch.request,
                ),
            ],
            capture,
            1,
        )
        return name

    def failure(self, url: str, date: datetime, note: Note) -> str:
        """Stores that a request gave no response, and why: a replay ends it in the same way. Gives back the WARC-Record-ID."""
        self._begin()
        name = _name()
        capture = Capture(url=url, date=warc_date(date), kind="failure", record=name)
        self._write([self._note(url, note, {"WARC-Record-ID": name, "WARC-Date": warc_date(date)})], capture)
        return name

    def verdict(self, url: str, date: datetime, note: Note, of: str) -> None:
        """Stores what became of a page; ``of`` is its response."""
        self._begin()
        self._write([self._note(url, note, {"WARC-Date": warc_date(date), "WARC-Refers-To": of})])

    def rendered(self, url: str, html: str, of: str, browser: str = "", *, used: bool = True) -> str:
        """Stores a page as ``browser`` rendered it, beside its response ``of``; gives back the conversion's WARC-Record-ID.

        ``used``: the page's record was made of it; otherwise it is there to be looked at.
        """
        self._begin()
        name, now, body = _name(), warc_date(datetime.now(UTC)), html.encode("utf-8", "replace")
        headers = {"WARC-Record-ID": name, "WARC-Date": now, "WARC-Refers-To": of, "WARC-Payload-Digest": _digest(body)}
        headers |= {RENDERED_BY: browser} if browser else {}
        headers |= {} if used else {PASSED_OVER: "yes"}
        self._write(
            [self._record("conversion", url, body, "text/html; charset=utf-8", headers)],
            Capture(url=url, date=now, kind="conversion", record=name) if used else None,
        )
        return name

    def close(self) -> None:
        """Ends the file; what is written later begins a new one."""
        self._files.close()

    def _known(self, fetch: Fetch, payload: str) -> Capture | None:
        if fetch.status == 304:
            return self._index.unchanged(fetch.url)
        return (
            self._index.same(payload)
            if fetch.status == 200 and len(fetch.body) >= REVISIT_BYTES and not fetch.cut
            else None
        )

    def _note(self, url: str, note: Note, headers: dict[str, str]) -> bytes:
        return self._record("metadata", url, note.encode(), FIELDS, headers)

    def _record(
        self, kind: str, url: str, body: bytes, content_type: str, headers: dict[str, str], head: bytes = b""
    ) -> bytes:
        """Returns a record as one gzip member."""
        out = self._warcio.out = BytesIO()
        told = {**headers, **({"WARC-Warcinfo-ID": self._info} if self._info else {})}
        self._warcio.write_record(
            self._warcio.create_warc_record(
                url,
                kind,
                payload=BytesIO(body),
                length=len(body),
                warc_content_type=content_type,
                warc_headers_dict=told,
                http_headers=_Head(head) if head else None,
            )
        )
        return zlib.compress(out.getvalue(), wbits=31)  # warcio's own level 9 takes twice the time for 1 % of the size

    def _begin(self) -> None:
        """Sees to a file with room, and to its warcinfo, which all records name."""
        if not self._files.turn():
            return
        self._info = ""
        info = _name()
        told = {
            "software": self._software,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": self._run_id,
            BEGAN: self._began,
        }
        block = "".join(f"{name}: {value}\r\n" for name, value in told.items()).encode()
        headers = {
            "WARC-Record-ID": info,
            "WARC-Date": warc_date(datetime.now(UTC)),
            "WARC-Filename": self.paths[-1].name,
        }
        end = self._files.write(self._record("warcinfo", "", block, FIELDS, headers))
        self._index.add(self.paths[-1], [], 0, end, self._run_id, self._began)
        self._info = info

    def _write(self, members: list[bytes], capture: Capture | None = None, at: int = 0) -> None:
        """Writes all members or none; ``capture`` is the one that the index shall know, the member ``at``."""
        start = self._files.size
        if capture:
            capture.offset = start + sum(map(len, members[:at]))
        end = self._files.write(b"".join(members))
        self._index.add(self.paths[-1], [capture] if capture else [], start, end, self._run_id, self._began)


class _Head:
    """Gives HTTP headers to warcio byte by byte: its own class takes them apart and rewrites those that are not ASCII."""

    def __init__(self, head: bytes) -> None:
        self.headers_buff = head

    def compute_headers_buffer(self, _filter: object = None) -> None:
        """Does nothing: the bytes are there."""


def warc_date(date: datetime) -> str:
    """Returns the time in WARC 1.1's form, to the microsecond."""
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _name() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _digest(payload: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()
