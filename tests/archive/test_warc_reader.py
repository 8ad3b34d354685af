"""What the reader of WARC files notices that warcio lets pass: digests, cut and broken gzip members, headers without an end."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import random

import pytest
from warc_maker import record, response, zipped

from newscrawl.archive.pages import ArchiveCut, read_archive
from newscrawl.archive.warc_reader import Record, read_records
from newscrawl.items import RawPage
from newscrawl.rejections import Rejection

PAGE = b"<html><body>" + b"words and words " * 60
BLOCK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (
    len(PAGE),
    PAGE,
)


def read(data: bytes) -> list[RawPage | Rejection]:
    return list(read_archive(io.BytesIO(data)))


def records(data: bytes, at: tuple[int, int] = (0, 0)) -> list[Record]:
    return list(read_records(io.BytesIO(data), lambda _: True, at))


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


@pytest.mark.parametrize("pack", [zipped, lambda *records: b"".join(records)])
@pytest.mark.parametrize("digest", ["WARC_Block_Digest", "WARC_Payload_Digest"])
def test_a_changed_block_costs_its_own_page_and_no_other(digest, pack):
    told = sha1(BLOCK if "Block" in digest else PAGE)
    changed = record("response", "u:2", BLOCK, **{digest: told}).replace(b"words", b"wordz", 1)
    first, damaged, last = read(pack(response("u:1", PAGE), changed, response("u:3", PAGE)))
    assert (first.url, last.url) == ("u:1", "u:3")
    assert isinstance(damaged, ArchiveCut)
    assert damaged.url == "u:2"
    assert f"the {digest.split('_')[1].lower()} digest of the record" in (damaged.detail or "")


@pytest.mark.parametrize(
    ("block", "headers"),
    [
        (BLOCK, {"WARC_Block_Digest": sha1(BLOCK), "WARC_Payload_Digest": sha1(PAGE)}),
        (BLOCK, {"WARC_Block_Digest": sha1(BLOCK).lower()}),
        (BLOCK, {"WARC_Block_Digest": "sha1:" + hashlib.sha1(BLOCK).hexdigest()}),
        (BLOCK, {"WARC_Block_Digest": "md5:" + hashlib.md5(BLOCK).hexdigest()}),
        (BLOCK, {"WARC_Block_Digest": "sha-256:" + base64.urlsafe_b64encode(hashlib.sha256(BLOCK).digest()).decode()}),
        (CHUNKED, {"WARC_Payload_Digest": sha1(PAGE)}),
        (CHUNKED, {"WARC_Payload_Digest": sha1(CHUNKED.partition(b"\r\n\r\n")[2])}),
        # a digest that nobody can check says nothing
        (BLOCK, {"WARC_Block_Digest": "sha1:unknown"}),
        (BLOCK, {"WARC_Block_Digest": "shake_128:AAAA"}),
        (BLOCK, {"WARC_Block_Digest": "no label"}),
    ],
)
def test_a_digest_in_any_spelling_holds(block, headers):
    [page] = read(record("response", "u:1", block, **headers))
    assert isinstance(page, RawPage)
    assert page.body == PAGE


def test_a_revisit_has_the_digest_of_what_it_refers_to():
    [found] = records(record("revisit", "u:1", b"HTTP/1.1 200 OK\r\n\r\n", WARC_Payload_Digest=sha1(PAGE)))
    assert found.damage is None


@pytest.mark.parametrize("end", range(1, 9))
def test_a_page_whose_checksum_is_cut_off_is_no_whole_page(end):
    data = zipped(response("u:1", PAGE), response("u:2", PAGE))
    first, cut = read(data[:-end])
    assert first.url == "u:1"
    assert isinstance(cut, ArchiveCut)


def test_broken_gzip_data_are_said_once_and_only_by_us(capfd):
    data = bytearray(zipped(response("u:1", PAGE), response("u:2", random.Random(1).randbytes(100_000))))
    data[60_000] ^= 0xFF
    first, damage = read(bytes(data))
    assert first.url == "u:1"
    assert isinstance(damage, ArchiveCut)
    assert capfd.readouterr() == ("", "")


def test_a_single_broken_member_gives_the_records_before_the_break():
    noise = random.Random(1)
    pages = [" ".join(str(noise.random()) for _ in range(2000)).encode() for _ in range(9)]
    data = bytearray(gzip.compress(b"".join(response(f"u:{n}", page) for n, page in enumerate(pages))))
    data[len(data) // 2] ^= 0xFF
    found = records(bytes(data))
    assert [one.url for one in found] == [f"u:{n}" for n in range(len(found))]
    assert 3 <= len(found) <= 5
    assert found[-1].cut
    assert all(one.block for one in found[:-1])


@pytest.mark.parametrize("size", [2**14 - 1, 2**14, 2**14 + 1, 2**15])
def test_a_member_may_end_where_a_read_ends(size):
    """warcio reads files by 16 kB."""
    body = random.Random(1).randbytes(size)
    first = response("u:1", body)
    while len(zipped(first)) > size:
        body = body[: size - len(zipped(first))]
        first = response("u:1", body)
    first = zipped(first)
    first = (
        first[:3] + b"\x10" + first[4:10] + b"x" * (size - len(first) - 1) + b"\0" + first[10:]
        if len(first) < size
        else first
    )
    assert len(first) == size
    assert [one.url for one in records(first + zipped(response("u:2", PAGE)))] == ["u:1", "u:2"]
    assert [one.damage for one in records(first)] == [None]


def test_each_record_is_found_again_where_it_was_said_to_lie():
    made = [response(f"u:{n}", PAGE * n) for n in range(1, 6)]
    for data in (
        zipped(*made),
        b"".join(made),
        gzip.compress(b"".join(made)),
        zipped(*made[:2]) + gzip.compress(b"".join(made[2:])),
    ):
        found = records(data)
        assert [one.url for one in found] == [f"u:{n}" for n in range(1, 6)]
        for one in found:
            assert records(data, (one.offset, one.inner))[0] == one
        assert found[-1].end == len(data)


def test_headers_without_an_end_are_not_taken_into_memory():
    endless = gzip.compress(b"WARC/1.0\r\nx: " + b"y" * 50_000_000)
    first, damage, last = read(zipped(response("u:1", PAGE)) + endless + zipped(response("u:2", PAGE)))
    assert (first.url, last.url) == ("u:1", "u:2")
    assert "do not end" in (damage.detail or "")


def test_what_follows_a_record_in_its_member_makes_its_length_doubtful():
    """A length that ends at a page's blank lines would give half of the page."""
    block = BLOCK + b"\r\n\r\n<p>and the other half\r\n"
    half = record("response", "u:2", block).replace(
        b"Content-Length: %d" % len(block), b"Content-Length: %d" % len(BLOCK)
    )
    first, damaged, last = read(zipped(response("u:1", PAGE), half, response("u:3", PAGE)))
    assert (first.url, last.url) == ("u:1", "u:3")
    assert isinstance(damaged, ArchiveCut)
