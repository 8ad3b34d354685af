"""Takes a stored HTTP response apart: its status, its headers, and its body without transfer and content encodings.

Archives keep responses as they came, or half decoded with the old headers still there (browser recorders do); where a declared
encoding does not fit the bytes, the bytes are taken as they are.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?: |$|\r|\n)")
_END = re.compile(rb"\r?\n\r?\n")
MAX_ENCODINGS = 3
"""One encoding is usual and two are an oversight; each may cost the limit's time again."""
_DESCRIBE_BODY = {"content-encoding", "transfer-encoding", "content-length"}


class BadMessage(ValueError):
    """The bytes are no HTTP response, or its compression is broken."""


def parse_response(block: bytes, limit: int) -> tuple[int, dict[str, str], bytes]:
    """Returns status, headers with lower-case names (repeated ones joined by a comma), and the body as the page's bytes.

    The body is at most ``limit`` + 1 bytes, so that a compression bomb is recognised by its size and not by its cost.
    Headers that spoke of the encoded body are gone. Raises :class:`BadMessage`.
    """
    status, rows, body = split_response(block)
    headers = _joined(rows)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = join_chunks(body)
    body = decompress(headers.get("content-encoding", ""), body, limit)
    return status, page_headers(rows), body


def page_headers(rows: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Returns a response's headers without those that speak of its encoded body, names in lower case, repeated ones joined by a comma."""
    return {name: value for name, value in _joined(rows).items() if name not in _DESCRIBE_BODY}


def _joined(rows: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in rows:
        key, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def split_response(block: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Returns status, headers as they stand there, and the body as it was stored. Raises :class:`BadMessage`."""
    status = _STATUS.match(block)
    if not status:
        raise BadMessage(f"no HTTP status line: {block[:40]!r}")
    end = _END.search(block)
    rows: list[tuple[bytes, bytes]] = []
    for line in (block[: end.start()] if end else block).split(b"\n")[1:]:
        if line[:1] in (b" ", b"\t") and rows:  # a folded header
            rows[-1] = (rows[-1][0], rows[-1][1] + b" " + line.strip())
            continue
        name, colon, value = line.partition(b":")
        if colon and name.strip():  # HTTP/2's pseudo-headers begin with the colon
            rows.append((name.strip(), value.strip()))
    return int(status[1]), rows, block[end.end() :] if end else b""


def join_chunks(body: bytes) -> bytes:
    pieces: list[bytes] = []
    position = 0
    while match := re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]*\r?\n").match(body, position):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(pieces)
        piece = body[match.end() : match.end() + size]
        if len(piece) < size:
            raise BadMessage(f"the body ends inside a chunk of {size} bytes")
        pieces.append(piece)
        position = match.end() + size
        position += (
            2 if body[position : position + 2] == b"\r\n" else 1 if body[position : position + 1] == b"\n" else 0
        )
    if not pieces:
        return body  # the chunks were joined before the response was stored
    raise BadMessage("the body ends without its last chunk")


def decompress(encodings: str, body: bytes, limit: int) -> bytes:
    """Returns the body without its content encodings (the header's value), at most ``limit`` + 1 bytes after each of them.

    An encoding that nobody knows, or that plain text does not have, is passed over. Raises :class:`BadMessage` for more than
    :data:`MAX_ENCODINGS`, for broken data and for data that ends too early.
    """
    names = [name for part in encodings.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > MAX_ENCODINGS:
        raise BadMessage(f"encoded {len(names)} times")
    for name in reversed(names):
        body = _decompress(name, body, limit)
        if len(body) > limit:
            break
    return body


def _decompress(encoding: str, body: bytes, limit: int) -> bytes:
    decoder = _DECODERS.get(encoding)
    if decoder is None or not body:
        return body
    try:
        return decoder(body, limit + 1)
    except ImportError as error:
        raise BadMessage(f"content-encoding {encoding} needs the package {error.name}") from error
    except Exception as error:  # each codec has its own
        # decoded before it was stored; text has no control characters in its first bytes
        if not re.search(rb"[\x00-\x08\x0e-\x1a]", body[:512]):
            return body
        raise BadMessage(f"broken {encoding} data: {error}") from error


def _gzip(body: bytes, limit: int) -> bytes:
    decoder = zlib.decompressobj(wbits=47)
    data = _whole(decoder, body, limit)
    while decoder.unused_data.startswith(b"\x1f\x8b") and len(data) < limit:  # a gzip file may have several members
        rest = decoder.unused_data
        decoder = zlib.decompressobj(wbits=31)
        data += _whole(decoder, rest, limit - len(data))
    return data


def _deflate(body: bytes, limit: int) -> bytes:
    try:
        return _whole(zlib.decompressobj(), body, limit)
    except zlib.error:  # raw deflate, which servers send too
        return _whole(zlib.decompressobj(wbits=-15), body, limit)


def _whole(decoder: zlib._Decompress, body: bytes, limit: int) -> bytes:
    data = decoder.decompress(body, limit)
    if not decoder.eof and len(data) < limit:
        raise zlib.error("it ends too early")
    return data


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli  # only archives of crawls that asked for it need it

    decoder = brotli.Decompressor()
    data: bytes = decoder.process(body, output_buffer_limit=limit)
    while not decoder.is_finished() and len(data) < limit:
        more = decoder.process(b"", output_buffer_limit=limit - len(data))
        if not more:
            raise ValueError("it ends too early")
        data += more
    return data[:limit]


def _zstd(body: bytes, limit: int) -> bytes:
    if sys.version_info >= (3, 14):  # likewise
        from compression import zstd
    else:
        from backports import zstd

    decoder = zstd.ZstdDecompressor()
    data: bytes = decoder.decompress(body, limit)
    if not decoder.eof and len(data) < limit:
        raise ValueError("it ends too early")
    return data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
