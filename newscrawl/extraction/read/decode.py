"""Bytes to text: which encoding a page is in, whatever it declares, and what is no page at all.

Order of belief: byte order mark, HTTP header, ``<meta>``, XML declaration, detection. Each is checked against the bytes: text that is
well-formed UTF-8 is UTF-8 whatever was declared, and a declared encoding with many decode errors, or with another script than the
bytes show, loses to detection. Pages in UTF-8 (97 % of the bench) never reach the detector, which costs about 2 ms.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from chardet import detect
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

from newscrawl.rejections import NotHtml, ParseLimit, Refused, Undecodable

MAX_BYTES = 20_000_000
"""The bench's largest page has 3 MB; lxml needs about 10 times a page's size in memory."""

ERROR_SHARE = 0.02
"""Decode errors per non-ASCII byte that a declared encoding may show: a comment pasted in another encoding, a cut last character."""

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ", "application/x-xz"),
    (b"Rar!", "application/vnd.rar"),
    (b"\x7fELF", "application/x-executable"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"wOF2", "font/woff2"),
    (b"wOFF", "font/woff"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
    (b"{\\rtf", "application/rtf"),
    (b"SQLite format 3", "application/vnd.sqlite3"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_WEB_ENCODINGS = (
    "utf-8",
    "gb18030",
    "big5",
    "big5hkscs",
    "cp949",
    "euc-kr",
    "shift_jis",
    "cp932",
    "euc-jp",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "cp874",
    "tis-620",
    "koi8-r",
    "koi8-u",
    "cp866",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-9",
    "iso-8859-15",
    "macroman",
)
# What may stand before the root element, piece by piece: as one repeated group it would be tried in every division.
_XML_PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>[]*>", re.DOTALL | re.IGNORECASE)
_XML_ROOT = re.compile(r"<([\w:-]+)")
_FEEDS = {
    "rss": "RSS feed",
    "feed": "Atom feed",
    "rdf:rdf": "RSS feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemap index",
    "svg": "image/svg+xml",
    "opml": "OPML",
}
_ISO_2022_JP = re.compile(rb"\x1b\$[@B](?:[\x21-\x7e]{2})+\x1b\(")
_HIGH = re.compile(rb"[\x80-\xff]+")
_TEXTUAL = re.compile(r"text/|html|xml|octet-stream|x-unknown|force-download")
_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|meta|title|div|p|article|table)\b", re.IGNORECASE)


class Decoded(NamedTuple):
    """A page's text, the Python name of its encoding, and who named it: bom, header, meta, utf-8, detected, ascii or default."""

    text: str
    encoding: str
    origin: str


def decode(body: bytes, headers: Mapping[str, str] | None = None) -> Decoded:
    """The text of ``body``. ``headers`` have lower-case names; only ``content-type`` is read.

    :raises Refused: with :class:`NotHtml` (detail: the type found), :class:`ParseLimit` or :class:`Undecodable`.
    """
    if len(body) > MAX_BYTES:
        raise Refused(ParseLimit(detail=f"{len(body)} bytes, limit {MAX_BYTES}"))
    content_type = (headers or {}).get("content-type", "")
    decoded = _decode(body, content_type)
    _refuse_other_types(body, content_type, decoded.text)
    return decoded


def _decode(body: bytes, content_type: str) -> Decoded:
    encoding, bom = read_bom(body)
    if encoding and bom:
        return Decoded(body[len(bom) :].decode(encoding, "replace"), encoding, "bom")
    _refuse_magic(body)
    header, meta = http_content_type_encoding(content_type), html_body_declared_encoding(body)
    if wide := _wide(body, header):
        return Decoded(body.decode(wide, "replace"), wide, "header" if header == wide else "detected")
    _refuse_binary(body)
    # A meta element that can be read as ASCII does not stand in a UTF-16 page (WHATWG's prescan says UTF-8 instead).
    declared = [
        (name, origin)
        for name, origin in ((header, "header"), (meta, "meta"))
        if name and not name.startswith("utf-16")
    ]
    if _ISO_2022_JP.search(body):
        return Decoded(body.decode("iso2022_jp_ext", "replace"), "iso2022_jp_ext", "detected")
    if body.isascii() and not any(name == "hz" for name, _ in declared):
        return Decoded(body.decode("ascii"), *(declared[0] if declared else ("utf-8", "ascii")))
    return _as_utf8(body, declared) or _legacy(body, declared)


def _as_utf8(body: bytes, declared: list[tuple[str, str]]) -> Decoded | None:
    """The page as UTF-8 where its bytes are that, None otherwise.

    Well-formed multi-byte sequences hardly happen by chance, except in a word or two of a legacy encoding ("联通" in GBK is valid
    UTF-8), where a declaration decides.
    """
    origin = next((origin for name, origin in declared if name == "utf-8"), None)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        characters = sum(map(len, re.findall(r"[^\x00-\x7f]+", text)))
        errors = text.count("\ufffd")
        # Half of the non-ASCII characters broken is no UTF-8 page, even when a single-byte page's errors are few in all.
        if errors > max(ERROR_SHARE * characters, 2 if origin else 0) or errors * 2 > characters:
            return None
        return Decoded(text, "utf-8", origin or "utf-8")
    if origin is None and declared and len(body) - len(text) < 8 and not re.search(r"[\u0800-\uffff]", text):
        return None
    return Decoded(text, "utf-8", origin or "utf-8")


def _legacy(body: bytes, declared: list[tuple[str, str]]) -> Decoded:
    if any(name == "hz" for name, _ in declared) and body.isascii():
        return Decoded(body.decode("hz", "replace"), "hz", "meta")
    sample = _sample(body)
    high = sum(map(len, _HIGH.findall(sample)))
    guess = detect(sample, include_encodings=_WEB_ENCODINGS, compat_names=False, max_bytes=len(sample))["encoding"]
    found = resolve_encoding(guess) if guess else None
    for name, origin in declared:
        if name != "utf-8" and _holds(name, sample, found, high):
            return Decoded(to_unicode(body, name), name, origin)
    if found is None or _errors(found, sample, high) > 0.1:
        fallback = min((name for name, _ in declared), key=lambda name: _errors(name, sample, high), default="cp1252")
        if _errors(fallback, sample, high) > 0.3:
            raise Refused(Undecodable(detail=f"declared {', '.join(name for name, _ in declared) or 'nothing'}"))
        return Decoded(to_unicode(body, fallback), fallback, "default")
    return Decoded(to_unicode(body, found), found, "detected")


def _holds(name: str, sample: bytes, found: str | None, high: int) -> bool:
    """Whether a declared encoding may stand against what the detector found.

    On our table of 19 languages the detector is right from one sentence on, and right on 9 headlines of 10, so a declaration that
    fits the bytes decides where there is less than that; fewer bytes do where the two readings are in different scripts.
    """
    if _errors(name, sample, high) > ERROR_SHARE:
        return False
    if found is None or found == name or _errors(found, sample, high) > ERROR_SHARE:
        return True
    mine, theirs = to_unicode(sample, name), to_unicode(sample, found)
    if mine == theirs:
        return True
    return high < (12 if _script(mine) != _script(theirs) else 24)


def _errors(name: str, sample: bytes, high: int) -> float:
    """Broken, control and private-use characters per non-ASCII byte of the sample."""
    return len(re.findall(r"[\ufffd\x80-\x9f\ue000-\uf8ff]", to_unicode(sample, name))) / max(1, high)


def _script(text: str) -> str:
    """The script of most letters beyond ASCII, as the first word of their Unicode names; kana and hanzi keep apart."""
    letters = [c for c in text if c > "\x7f" and c.isalpha()][:2000]
    if any("\u3040" <= c <= "\u30ff" for c in letters) and sum("\u3040" <= c <= "\u30ff" for c in letters) * 5 > len(
        letters
    ):
        return "KANA"
    if not letters:
        return ""
    counted = Counter("LATIN" if c < "\u0250" else unicodedata.name(c, "?").split(" ")[0] for c in letters)
    return counted.most_common(1)[0][0]


def _sample(body: bytes, size: int = 32_000) -> bytes:
    """The pieces between angle brackets that hold non-ASCII bytes: markup and scripts only dilute what a detector sees.

    ``<`` and ``>`` are never part of a character in the multi-byte encodings that come here.
    """
    pieces, total = [], 0
    for piece in re.split(rb"[<>]", body):
        if not piece.isascii():
            pieces.append(piece.strip())
            total += len(piece)
            if total > size:
                break
    return b"\n".join(pieces)[: 2 * size]


def _wide(body: bytes, header: str | None) -> str | None:
    """UTF-16 without a byte order mark: markup leaves every other byte NUL. What a header claims must decode without a flaw."""
    head = body[:2048]
    if len(head) < 4 or 0 not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd >= len(head) * 0.1 and max(even, odd) >= max(3, 4 * min(even, odd)):
        name = "utf-16-be" if even > odd else "utf-16-le"
    elif header and header.startswith("utf-16"):
        name = "utf-16-be" if header.endswith("be") else "utf-16-le"
    else:
        return None
    text = head[: len(head) // 2 * 2].decode(name, "replace").rstrip("\ufffd")
    return (
        name if "\ufffd" not in text and sum(c.isprintable() or c.isspace() for c in text) > 0.9 * len(text) else None
    )


def _refuse_magic(body: bytes) -> None:
    head = body[:16]
    for magic, kind in MAGIC:
        if head.startswith(magic):
            raise Refused(NotHtml(detail=kind))
    if head[:4] == b"RIFF":
        raise Refused(NotHtml(detail={b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "video/x-msvideo")))
    if head[4:8] == b"ftyp":
        raise Refused(NotHtml(detail="image/avif" if head[8:11] == b"avi" else "video/mp4"))


def _refuse_binary(body: bytes) -> None:
    """More control characters than any text has. A stray NUL stays: old content management systems leave them in pages."""
    head = body[:4096]
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head))
    if controls > max(2, 0.05 * len(head)) and not _MARKUP.search(head):
        raise Refused(NotHtml(detail="binary data"))


def _root_name(head: str) -> str:
    """The lower-case name of the root element; empty where something else comes first."""
    at = 0
    while piece := _XML_PROLOGUE.match(head, at):
        at = piece.end()
    root = _XML_ROOT.match(head, at)
    return root[1].lower() if root else ""


def _refuse_other_types(body: bytes, content_type: str, text: str) -> None:
    """Feeds, sitemaps and images by their root element; JSON, scripts and the like by the header, unless markup says otherwise."""
    if kind := _FEEDS.get(_root_name(text[:20_000])):
        raise Refused(NotHtml(detail=kind))
    media_type = content_type.split(";")[0].strip().lower()
    textual = _TEXTUAL.search(media_type) and media_type not in ("text/css", "text/javascript", "text/calendar")
    if "/" in media_type and not textual and not _MARKUP.search(body[:4096]):
        raise Refused(NotHtml(detail=media_type))
