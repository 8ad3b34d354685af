"""Writes WARC records for tests, well-formed or not, byte by byte."""

from __future__ import annotations

import gzip

DATE = "2024-06-01T00:00:00Z"


def record(
    kind: str, url: str | None, block: bytes, content_type: str = "application/http; msgtype=response", **headers: str
) -> bytes:
    """One WARC record; ``headers`` add to its own (``warc_truncated="length"``)."""
    lines = ["WARC/1.1", f"WARC-Type: {kind}", f"WARC-Date: {DATE}", f"Content-Type: {content_type}"]
    lines += [f"WARC-Target-URI: {url}"] if url is not None else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(block)}", "", ""]
    return "\r\n".join(lines).encode() + block + b"\r\n\r\n"


def response(
    url: str, body: bytes, status: str = "200 OK", content_type: str | None = "text/html", *headers: str, **warc: str
) -> bytes:
    """A ``response`` record of an HTTP answer."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {content_type}"] if content_type else []), *headers, "", ""]
    return record("response", url, "\r\n".join(lines).encode() + body, **warc)


def zipped(*records: bytes) -> bytes:
    """A ``.warc.gz``: one gzip member a record."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)
