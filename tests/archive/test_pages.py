"""WARC reading: each response is a page or a rejection, and a cut archive never gives half a page."""

from __future__ import annotations

import gzip
import io
import zlib

import brotli
import pytest
from backports import zstd
from warc_maker import DATE, record, response, zipped

from newscrawl.archive.pages import ArchiveCut, NotAnArchive, read_archive
from newscrawl.items import RawPage
from newscrawl.rejections import BadResponse, Duplicate, HttpStatus, NotHtml, Redirect, Rejection, TooLarge, Truncated

PAGE = "<html><body>Пример 例</body></html>".encode()
URL = "https://a.example/1"


def read(data: bytes, **options: int) -> list[RawPage | Rejection]:
    return list(read_archive(io.BytesIO(data), **options))


def chunked(data: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(data[at : at + 7]), data[at : at + 7]) for at in range(0, len(data), 7))
        + b"0\r\n\r\n"
    )


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def test_a_response_becomes_a_page_with_the_archive_s_facts():
    [page] = read(response(URL, PAGE, "200 OK", "text/html; charset=GBK", "X-Two: a", "X-Two: b"))
    assert page == RawPage(
        body=PAGE,
        url=URL,
        requested_url=URL,
        status=200,
        headers={"content-type": "text/html; charset=GBK", "x-two": "a, b"},
        fetched_at=DATE.replace("Z", "+00:00"),
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/?q=a b&x=%zz#top",
        "hard::a.example-b.html",
        "file:///a/b.html",
        "例え.jp/ä",
        "https://a.example/ends-in-a-space/ ",
    ],
)
def test_the_url_is_verbatim(url):
    assert read(response(url, PAGE))[0].url == url


def test_wget_s_angle_brackets_are_no_part_of_the_url():
    assert read(response(f"<{URL}>", PAGE))[0].url == URL


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("x-gzip", gzip.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", raw_deflate(PAGE)),
        ("br", brotli.compress(PAGE)),
        ("zstd", zstd.compress(PAGE)),
        ("gzip, br", brotli.compress(gzip.compress(PAGE))),
        ("gzip", PAGE),  # decoded before it was stored, as browser recorders do
        ("br", PAGE),
        ("identity", PAGE),
        ("pack200-gzip", PAGE),
    ],
)
def test_content_encodings_are_removed(encoding, body):
    [page] = read(
        response(URL, body, "200 OK", "text/html", f"Content-Encoding: {encoding}", f"Content-Length: {len(body)}")
    )
    assert page.body == PAGE
    assert "content-encoding" not in page.headers
    assert "content-length" not in page.headers


@pytest.mark.parametrize("body", [chunked(PAGE), PAGE, chunked(PAGE).replace(b"\r\n", b";ext=1\r\n", 1)])
def test_chunks_are_joined(body):
    assert read(response(URL, body, "200 OK", "text/html", "Transfer-Encoding: chunked"))[0].body == PAGE


def test_chunks_and_gzip_together():
    headers = ("Transfer-Encoding: chunked", "Content-Encoding: gzip")
    assert read(response(URL, chunked(gzip.compress(PAGE)), "200 OK", "text/html", *headers))[0].body == PAGE


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (gzip.compress(PAGE * 50)[:-20], "Content-Encoding: gzip"),
        (brotli.compress(bytes(range(256)) * 50)[:-20], "Content-Encoding: br"),
        (b"\x1f\x8b\x08 no gzip at all", "Content-Encoding: gzip"),
        (chunked(PAGE)[:30], "Transfer-Encoding: chunked"),
        (chunked(PAGE)[:-5], "Transfer-Encoding: chunked"),
    ],
)
def test_a_broken_body_is_no_page(body, header):
    assert isinstance(read(response(URL, body, "200 OK", "text/html", header))[0], BadResponse)


@pytest.mark.parametrize("pack", [gzip.compress, brotli.compress, zstd.compress])
def test_a_compression_bomb_is_too_large(pack):
    encoding = {gzip.compress: "gzip", brotli.compress: "br", zstd.compress: "zstd"}[pack]
    data = response(URL, pack(b"<div>" * 2_000_000), "200 OK", "text/html", f"Content-Encoding: {encoding}")
    assert isinstance(read(data, page_bytes=100_000)[0], TooLarge)


@pytest.mark.parametrize(
    ("data", "kind", "detail"),
    [
        (response(URL, b"\x89PNG", content_type="image/png"), NotHtml, "image/png"),
        (response(URL, b"{}", content_type="application/json; charset=utf-8"), NotHtml, "application/json"),
        (response(URL, b"<rss/>", content_type="text/xml"), NotHtml, "text/xml"),
        (response("https://a.example/robots.txt", b"User-agent: *", content_type="text/plain"), NotHtml, "robots.txt"),
        (response(URL, PAGE, "404 Not Found"), HttpStatus, None),
        (response(URL, b"", "301 Moved", None, "Location: /2?a=b"), Redirect, "https://a.example/2?a=b"),
        (response(URL, b"", "302 Found", None, "Location: //["), Redirect, "//["),
        (response(URL, PAGE, warc_truncated="length"), Truncated, "WARC-Truncated: length"),
        (record("response", URL, b"no HTTP"), BadResponse, "no HTTP status line: b'no HTTP'"),
        (record("revisit", URL, b"HTTP/1.1 200 OK\r\n\r\n"), Duplicate, f"revisit of {URL}"),
        (response(URL, b"x" * 2_000_000), TooLarge, None),
        (record("resource", URL, b"%PDF", "application/pdf"), NotHtml, "application/pdf"),
    ],
)
def test_what_is_no_page_is_rejected_with_its_reason(data, kind, detail):
    before, rejection, after = read(response("u:1", PAGE) + data + response("u:2", PAGE), page_bytes=500_000)
    assert (before.url, after.url) == ("u:1", "u:2")
    assert type(rejection) is kind
    assert rejection.url in {URL, "https://a.example/robots.txt"}
    assert rejection.fetched_at == DATE.replace("Z", "+00:00")
    assert detail is None or rejection.detail == detail


def test_the_status_is_in_the_reason():
    assert read(response(URL, PAGE, "503 Service Unavailable"))[0].name == "http_503"


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (response(URL, b"Plain words.", content_type="text/plain"), True),
        (response(URL, PAGE, content_type="text/plain"), False),
        (response(URL, PAGE, content_type=None), False),
        (response(URL, b"<?xml version='1.0'?><html/>", content_type="application/xml"), False),
        (response(URL, PAGE, content_type="application/octet-stream"), False),
        (record("resource", URL, PAGE, "text/html"), False),
        (record("resource", URL, b"Words.", "text/plain"), True),
    ],
)
def test_what_may_be_a_page_goes_to_the_extractor(data, plain):
    [page] = read(data)
    assert isinstance(page, RawPage)
    assert page.plain_text is plain


def test_records_that_nobody_asked_for_are_no_candidates():
    others = [
        record("warcinfo", None, b"software: x\r\n", "application/warc-fields"),
        record("request", URL, b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request"),
        record("metadata", URL, b"via: x\r\n", "application/warc-fields"),
        record("response", "dns:a.example", b"a.example. 1 IN A 1.2.3.4", "text/dns"),
    ]
    assert read(b"".join(others)) == []
    assert [found.url for found in read(zipped(*others, response(URL, PAGE), *others))] == [URL]


@pytest.mark.parametrize(
    "pack", [zipped, lambda *records: b"".join(records), lambda *records: gzip.compress(b"".join(records))]
)
def test_plain_by_member_and_gzipped_as_a_whole(pack):
    assert [page.url for page in read(pack(*(response(f"u:{n}", PAGE * n) for n in range(50))))] == [
        f"u:{n}" for n in range(50)
    ]


def test_headers_folded_and_with_bare_line_feeds():
    block = b"HTTP/1.0 200\nContent-Type: text/html\n\n" + PAGE
    text = f"WARC/0.18\nwarc-type: response\nWARC-Target-URI: https://a.example/\n 1\nContent-Type: application/http\nContent-Length: {len(block)}\n\n"
    [page] = read(text.encode() + block + b"\n\n")
    assert page.url == "https://a.example/ 1"
    assert page.body == PAGE


@pytest.mark.parametrize("pack", [zipped, lambda *records: b"".join(records)])
def test_an_archive_cut_anywhere_gives_its_whole_records_and_says_where_it_ends(pack):
    one, two = response("u:1", PAGE), response("u:2", PAGE)
    start, whole = len(pack(one)), len(pack(one, two))
    content = whole - (0 if pack is zipped else 4)  # a plain record is whole without its closing line breaks
    for end in range(start + 1, content):
        *pages, cut = read(pack(one, two)[:end])
        assert [(page.url, page.body) for page in pages] == [("u:1", PAGE)]
        assert isinstance(cut, ArchiveCut), f"cut at {end}"
        assert cut.detail == f"cut: the archive ends inside the record at byte {start}"
    for end in [start, *range(content, whole + 1)]:
        assert all(isinstance(found, RawPage) for found in read(pack(one, two)[:end]))


def test_a_cut_archive_names_the_page_that_was_lost():
    assert read((response("u:1", PAGE) + response("u:2", PAGE))[:-20])[1].url == "u:2"


def test_a_broken_gzip_member_ends_the_archive_and_is_reported():
    data = bytearray(zipped(response("u:1", PAGE), response("u:2", PAGE * 100), response("u:3", PAGE)))
    broken = len(zipped(response("u:1", PAGE)))
    data[broken + 40] ^= 0xFF
    first, damage = read(bytes(data))
    assert first.url == "u:1"
    assert isinstance(damage, ArchiveCut)
    assert f"byte {broken}" in (damage.detail or "")


@pytest.mark.parametrize(
    ("junk", "words"),
    [
        (b"and then something else\r\n" * 9, "no record begins there"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "has no length"),
        (b"WARC/1.0\r\nContent-Length: -5\r\n\r\n", "has no length"),
        (b"WARC/1.0\r\n" + b"x: y\r\n" * 300_000, "do not end"),
        (b"WARC/1.0\r\nx: " + b"y" * 3_000_000, "do not end"),
    ],
)
def test_damage_behind_a_whole_record_is_reported(junk, words):
    first, damage = read(response("u:1", PAGE) + junk)
    assert first.url == "u:1"
    assert isinstance(damage, ArchiveCut)
    assert words in (damage.detail or "")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n" * 100, b"<html>" * 100, b"x", b"\x1f\x8b\x08\x00junkjunkjunk", gzip.compress(b"text")]
)
def test_a_file_that_is_no_archive_is_refused(data):
    with pytest.raises(NotAnArchive):
        read(data)


def test_an_empty_archive_holds_nothing():
    assert read(b"") == []


def test_a_huge_record_is_skipped_unread_and_the_next_one_found():
    found = read(zipped(response("u:1", b"x" * 5_000_000), response("u:2", PAGE)), page_bytes=1000)
    assert isinstance(found[0], TooLarge)
    assert found[1].url == "u:2"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026", "2026-01-01T00:00:00+00:00"),
        ("2026-03", "2026-03-01T00:00:00+00:00"),
        ("20260305100000", "2026-03-05T10:00:00+00:00"),
        ("2026-03-05T10:00:00.123456789Z", "2026-03-05T10:00:00+00:00"),
        ("2026-03-05T10:00:00+08:00", "2026-03-05T02:00:00+00:00"),
        ("2026-02-30T10:00:00Z", None),
        ("yesterday", None),
        ("9999-12-31T23:59:59Z", None),
        ("", None),
    ],
)
def test_dates_of_any_precision(date: str, expected: str | None) -> None:
    """WARC 1.1, 5.4; what is no time at all is none."""
    [page] = read(response(URL, PAGE).replace(DATE.encode(), date.encode()))
    assert page.fetched_at == expected


def test_an_absurd_length_costs_its_record_alone():
    long = record("response", URL, b"x").replace(b"Content-Length: 1", b"Content-Length: " + b"9" * 5000)
    found = read(zipped(response(URL, PAGE), long, response(URL + "2", PAGE)))
    assert [getattr(one, "url", None) for one in found if isinstance(one, RawPage)] == [URL, URL + "2"]
    assert any(isinstance(one, ArchiveCut) for one in found)


def test_a_url_brings_no_control_characters():
    [page] = read(response("https://a.example/\x1b[31m\x07", PAGE))
    assert page.url == "https://a.example/%1B[31m%07"
