"""Reads the records of a WARC file (ISO 28500, versions 0.17 to 1.1), plain or gzipped, through warcio, one block in memory at a time.

warcio finds the gzip members and parses the headers. What it passes over in silence is checked here, because half a page must
not become an article: a member that is cut or broken (warcio takes it for the end of the archive), headers that do not end,
and a block that has another length or another digest than its record declares. Going from record to record is here as well,
because warcio's iterator refuses an archive that is a single gzip member and writes what it finds wrong to standard error.
After a damaged record in a gzip member the reader goes on with the next member; in a plain file the archive ends there, unless
the digest alone is wrong.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

from warcio.archiveiterator import UnseekableYetTellable
from warcio.bufferedreaders import DecompressingBufferedReader
from warcio.recordloader import ArcWarcRecordLoader

from newscrawl.archive.http_message import BadMessage, join_chunks, split_response

HEADER_BYTES = 2**20
"""The headers of one record may take so many bytes."""
_CHUNK = 2**18
_MARK = b"WARC/"
_GZIP = b"\x1f\x8b"
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_BLANK = {b"\r\n", b"\n", b"\r"}
_URI = b"warc-target-uri:"
_DIGESTS = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}


class NotAnArchive(ValueError):
    """The file does not begin with a WARC record."""


@dataclass(slots=True)
class Record:
    """A record's headers with lower-case names, and its block.

    ``offset`` is where the record, or the gzip member that holds it, begins in the file; ``inner`` is where the record begins in
    that member's content. ``block`` is None where the caller did not want it, or the record is damaged; then ``damage`` says how.
    """

    headers: dict[str, str]
    offset: int = 0
    inner: int = 0
    block: bytes | None = None
    damage: str | None = None
    cut: bool = False
    """Nothing can be read after this damage."""
    end: int = 0
    """Where the next record begins: up to here the file is whole."""

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.headers.get("warc-type", "").lower()

    @property
    def length(self) -> int:
        """Content-Length."""
        return int(self.headers.get("content-length", "0"))

    @property
    def url(self) -> str | None:
        """WARC-Target-URI."""
        uri = self.headers.get("warc-target-uri")
        # WARC 1.0's grammar puts the URI between angle brackets, and wget does
        uri = uri[1:-1] if uri and uri.startswith("<") and uri.endswith(">") else uri
        # Control characters, which no URL has, would reach terminals from here.
        return _CONTROLS.sub(lambda found: quote(found[0]), uri) if uri and not uri.isprintable() else uri

    @property
    def date(self) -> str | None:
        """WARC-Date."""
        return self.headers.get("warc-date")


def read_records(file: BinaryIO, wanted: Callable[[Record], bool], at: tuple[int, int] = (0, 0)) -> Iterator[Record]:
    """Yields the records in order, with the blocks of those that are ``wanted``; damaged ones come with their damage.

    ``at`` is the ``offset`` and ``inner`` of the record to begin with; without it ``file`` need not be seekable.
    Raises :class:`NotAnArchive` when the first bytes are no WARC record.
    """
    if at[0]:
        file.seek(at[0])
    reader = _Reader(file, at)
    while (record := reader.next(wanted)) is not None:
        yield record
        if record.cut:
            return


class _Damage(Exception):
    """The archive is broken; the text says how."""


class _Content(DecompressingBufferedReader):  # type: ignore[misc]  # warcio has no types
    """The content of a gzip member, or of a plain file, which raises :class:`_Damage` where warcio ends in silence."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        counted = UnseekableYetTellable(file)
        counted.offset = offset
        super().__init__(counted)
        self.offset = offset
        """Where the current gzip member, or in a plain file the current record, begins in the file."""
        self.inner = 0
        """Where the current record begins in the content of its member."""
        self.target = b""
        """The last WARC-Target-URI as it stands in the file: warcio strips the space that some URIs end in."""
        self._earlier = 0
        """Bytes of content before the current member."""
        self._header_bytes = HEADER_BYTES

    @property
    def zipped(self) -> bool:
        """Returns whether the data are gzip members; known after the first read."""
        return self.decompressor is not None

    @property
    def position(self) -> int:
        """Returns where the next member, or the next byte of a plain file, stands in the file."""
        return int(self.stream.tell() - self.rem_length())

    def check_end(self) -> None:
        """Raises :class:`_Damage` where no more content comes although the gzip member has not ended."""
        if self.decompressor is not None and not self.decompressor.eof and self.position > self.offset:
            raise self.cut()

    def cut(self, otherwise: str = "") -> _Damage:
        """Returns what is wrong where the content ends too early; ``otherwise`` says it for a member that is whole."""
        if otherwise and self.decompressor is not None and self.decompressor.eof:
            return _Damage(f"damaged: the {otherwise}")
        return _Damage(f"cut: the archive ends inside the record at byte {self.offset}")

    def begin(self, line: bytes) -> None:
        """Notes that a record begins with the line that was read last."""
        if self.zipped:
            ahead = self.buff_size - self.buff.tell() if self.buff else 0
            self.inner = self.num_read - ahead - len(line) - self._earlier
        else:
            self.offset = self.position - len(line)
        self._header_bytes = HEADER_BYTES

    def next_line(self) -> tuple[bytes, int]:
        """Returns the next line that is not blank, and the number of blank lines before it; the line is empty where the member ends."""
        blank = 0
        while (line := self._line(HEADER_BYTES)) in _BLANK:
            blank += 1
        return line, blank

    def readline(self, length: int | None = None) -> bytes:
        """Returns a line of a record's headers; warcio would take the end of the data for their end."""
        line = self._line(self._header_bytes)
        self._header_bytes -= len(line)
        if not self._header_bytes:
            raise _Damage(f"damaged: the headers of the record at byte {self.offset} do not end")
        if not line.endswith(b"\n"):
            raise self.cut(f"record at byte {self.offset} ends in its headers")
        if line[: len(_URI)].lower() == _URI:
            self.target = line[len(_URI) :].lstrip(b" \t").rstrip(b"\r\n")
        return line

    def read_next_member(self) -> bool:
        """Goes on to the next gzip member; False where there is none."""
        offset = self.position
        if not super().read_next_member():
            return False
        self.offset, self.inner, self._earlier = offset, 0, self.num_read
        return True

    def pass_over(self) -> bool:
        """Reads the rest of a gzip member; False where nothing after it can be read."""
        if self.decompressor is None:
            return False
        try:
            while self.read(_CHUNK):
                pass
        except _Damage:
            return False
        return bool(self.decompressor.eof)

    def _line(self, limit: int) -> bytes:
        """Returns a line, or its first ``limit`` bytes; warcio returns fewer where the line goes on in its next buffer."""
        pieces: list[bytes] = []
        while limit and (piece := super().readline(min(limit, self.block_size))):
            pieces.append(piece)
            limit -= len(piece)
            if piece.endswith(b"\n"):
                break
        return b"".join(pieces)

    def _decompress(self, data: bytes) -> Any:
        """Returns the content of some gzip data; where the first bytes are no gzip data, warcio takes the file for a plain one."""
        if self.decompressor is None or not self.num_read:
            return super()._decompress(data)
        try:
            return self.decompressor.decompress(data)
        except zlib.error as error:
            raise _Damage(f"damaged: the gzip member at byte {self.offset} is broken") from error


class _Loader(ArcWarcRecordLoader):  # type: ignore[misc]  # warcio has no types
    """warcio's parser, which takes any version and leaves the URIs of records as they are."""

    WARC_TYPES = ["WARC/"]

    def _ensure_target_uri_format(self, rec_headers: Any) -> Any:
        return rec_headers.get_header("WARC-Target-URI")


class _Reader:
    """Reads a record's headers, its block, then the line after it, which tells whether the block's length was right."""

    def __init__(self, file: BinaryIO, at: tuple[int, int]) -> None:
        self._content = _Content(file, at[0])
        self._loader = _Loader()
        self._first = not at[0]
        self._skip = at[1]
        self._line = b""
        """The first line of the next record, where it has been read."""

    def next(self, wanted: Callable[[Record], bool]) -> Record | None:
        """Returns the next record; None at a clean end."""
        record = Record({})
        try:
            line = self._start()
            if not line:
                return None
            stream = self._head(record, line)
            record.block = self._block(record, stream, wanted(record))
            self._finish(record)
            self._verify(record)
        except _Damage as damage:
            record.block, record.damage = None, str(damage)
            record.cut = not self._line and not self._content.pass_over()
        record.offset, record.inner = self._content.offset, self._content.inner
        return record

    def _start(self) -> bytes:
        """Returns the first line of a record; empty at the end of the archive."""
        content = self._content
        while self._skip and (data := content.read(min(self._skip, _CHUNK))):
            self._skip -= len(data)
        line, self._line = self._line, b""
        while not line:
            line, _ = content.next_line()
            if line:
                break
            if self._first and content.position and not content.num_read:
                raise NotAnArchive("no WARC archive: it does not begin with a WARC record")
            content.check_end()
            if not content.read_next_member():
                return b""
        content.begin(line)
        if self._first and not line.startswith(_MARK):
            broken = "broken gzip data" if line.startswith(_GZIP) else "it does not begin with a WARC record"
            raise NotAnArchive(f"no WARC archive: {broken}")
        self._first = False
        if not line.endswith(b"\n") and len(line) < HEADER_BYTES:
            raise content.cut(f"gzip member at byte {content.offset} holds no record")
        if not line.startswith(_MARK):
            raise _Damage(f"damaged at byte {content.offset}: no record begins there")
        return line

    def _head(self, record: Record, line: bytes) -> Any:
        """Reads the headers; gives back the stream of the block."""
        content = self._content
        content.target = b""
        found = self._loader.parse_record_stream(content, line, "warc", no_record_parse=True)
        for name, value in reversed(found.rec_headers.headers):  # of a name that stands there twice the first counts
            record.headers[name.lower()] = value
        verbatim = content.target.decode("utf-8", "replace")
        if verbatim.strip() == record.headers.get("warc-target-uri"):
            record.headers["warc-target-uri"] = verbatim
        if not _LENGTH.fullmatch(record.headers.get("content-length", "")):
            raise _Damage(f"damaged: the record at byte {content.offset} has no length")
        return found.raw_stream

    def _block(self, record: Record, stream: Any, keep: bool) -> bytes | None:
        """Reads the block to its declared length."""
        pieces: list[bytes] = []
        while data := stream.read(_CHUNK):
            if keep:
                pieces.append(data)
        if stream.limit:
            raise self._content.cut(f"length of the record at byte {self._content.offset} is wrong")
        return b"".join(pieces) if keep else None

    def _finish(self, record: Record) -> None:
        """Reads the next record's first line, which stands behind two line breaks, or the block's length is wrong."""
        content = self._content
        line, blank = content.next_line()
        other = line[: len(_MARK)] != _MARK[: len(line)]
        # In a gzip member, more content can also come from a block that goes on behind blank lines, or from broken data.
        if other and (blank < 2 or content.zipped):
            raise _Damage(f"damaged: the length of the record at byte {content.offset} is wrong")
        if line:
            record.end = content.offset if content.zipped else content.position - len(line)
        else:
            content.check_end()
            record.end = content.position
        self._line = line

    def _verify(self, record: Record) -> None:
        """Compares a block that is kept with the digest that its record declares."""
        if record.block is not None and (which := _wrong_digest(record, record.block)):
            raise _Damage(f"damaged: the {which} digest of the record at byte {self._content.offset} is wrong")


def _wrong_digest(record: Record, block: bytes) -> str | None:
    """Returns the kind of the digest that does not hold; the block's tells all, so the payload's counts only where there is no other.

    The digests of a ``revisit`` are those of the record that it refers to, a truncated payload's may be those of the whole one.
    """
    headers = record.headers
    if record.kind == "revisit":
        return None
    if told := headers.get("warc-block-digest"):
        return None if digest_holds(told, block) else "block"
    told = headers.get("warc-payload-digest")
    if not told or "warc-segment-number" in headers or "warc-truncated" in headers:
        return None
    payloads = _payloads(record, block)
    return "payload" if payloads and not any(digest_holds(told, payload) for payload in payloads) else None


def _payloads(record: Record, block: bytes) -> list[bytes]:
    """Returns the payload as it is stored and, because archiving tools differ in what they take the digest of, with its chunks joined."""
    if not record.headers.get("content-type", "").lower().startswith("application/http"):
        return [block]
    payloads: list[bytes] = []
    with contextlib.suppress(BadMessage):  # who wants the page says what is wrong with the response
        _, rows, body = split_response(block)
        payloads.append(body)
        if any(name.lower() == b"transfer-encoding" for name, _ in rows):
            payloads.append(join_chunks(body))
    return payloads


def digest_holds(told: str, data: bytes) -> bool:
    """Returns whether the data may have a labelled digest (``sha1:…`` in base 32, base 16 or base 64).

    A digest of an unknown algorithm or spelling says nothing, so it holds. warcio's own check takes an MD5 digest in base 16 for a
    wrong one in base 32, and raises an error at a digest that it cannot decode.
    """
    algorithm, _, value = told.partition(":")
    algorithm = algorithm.strip().lower().replace("-", "")
    if algorithm not in _DIGESTS:
        return True
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    value = value.strip().rstrip("=")
    base32, base64_ = (encode(digest).decode().rstrip("=") for encode in (base64.b32encode, base64.b64encode))
    if value.upper() in (digest.hex().upper(), base32) or value.replace("-", "+").replace("_", "/") == base64_:
        return True
    return len(value) not in (2 * len(digest), len(base32), len(base64_))
