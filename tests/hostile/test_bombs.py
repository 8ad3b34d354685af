"""Compressed bodies that grow, that are broken, or that are not compressed."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import brotli

from tests.hostile.run import crawl
from tests.hostile.server import Answer, answer, page
from tests.local_portal import article


def zstd(data: bytes) -> bytes:
    try:
        from backports import zstd as codec
    except ImportError:
        from compression import zstd as codec
    return codec.compress(data)


def brotli_of(data: bytes) -> bytes:
    compressor = brotli.Compressor(quality=1)
    pieces = [compressor.process(data[start : start + 2**20]) for start in range(0, len(data), 2**20)]
    return b"".join([*pieces, compressor.finish()])


def deflated(megabytes: int) -> bytes:
    """A raw deflate stream of zeros without its end: nobody should come as far."""
    compressor = zlib.compressobj(wbits=-15)
    return b"".join(compressor.compress(bytes(2**20)) for _ in range(megabytes)) + compressor.flush(zlib.Z_SYNC_FLUSH)


def coded(body: bytes, coding: str) -> Answer:
    return page(body, f"Content-Encoding: {coding}")


def story(number: int) -> bytes:
    return article(number).encode()


OUTCOMES = {
    "gzip-bomb-of-zeros": "too_large",
    "deflate-bomb-of-zeros": "too_large",
    "raw-deflate-bomb-zeros": "too_large",
    "brotli-bomb-of-zeros": "too_large",
    "zstd-bomb-of-zeros": "too_large",
    "gzip-bomb-nested-twice": "too_large",
    "gzip-bomb-inside-brotli": "too_large",
    "gzip-bomb-of-members": "too_large",
    "bomb-in-two-header-lines": "too_large",
    "codings-piled-up-fiftyfold": "bad_response",
    "gzip-cut-in-middle": "bad_response",
    "brotli-cut-in-middle": "bad_response",
    "zstd-cut-in-middle": "bad_response",
    "deflate-cut-in-middle": "bad_response",
    "gzip-with-broken-bytes": "bad_response",
    "gzip-with-false-checksum": "bad_response",
    "noise-that-claims-zstd": "bad_response",
    "plain-page-claims-gzip": "record",
    "plain-page-claims-brotli": "record",
    "plain-page-claims-utf8": "record",
    "gzip-page-in-members": "record",
    "gzip-page-twice-over": "record",
    "gzip-page-in-capitals": "record",
    "zstd-page-as-usual": "record",
    "deflate-page-without-header": "record",
    "gzip-page-with-trailing-noise": "record",
    "gzip-file-without-header": "not_html",
}


def servers() -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Pages and sitemaps."""
    stream = deflated(300)
    bomb = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + stream
    half = len(gzip.compress(story(50))) * 2 // 3
    answers: dict[str, Answer] = {
        "gzip-bomb-of-zeros": coded(bomb, "gzip"),
        "deflate-bomb-of-zeros": coded(b"\x78\x9c" + stream, "deflate"),
        "raw-deflate-bomb-zeros": coded(stream, "deflate"),
        "brotli-bomb-of-zeros": coded(brotli_of(bytes(300 * 2**20)), "br"),
        "zstd-bomb-of-zeros": coded(zstd(bytes(300 * 2**20)), "zstd"),
        "gzip-bomb-nested-twice": coded(gzip.compress(bomb), "gzip, gzip"),
        "gzip-bomb-inside-brotli": coded(brotli_of(bomb), "gzip, br"),
        "gzip-bomb-of-members": coded(gzip.compress(bytes(2**20)) * 300, "gzip"),
        "bomb-in-two-header-lines": page(gzip.compress(bomb), "Content-Encoding: gzip", "Content-Encoding: gzip"),
        "codings-piled-up-fiftyfold": coded(bomb, ", ".join(["gzip"] * 50)),
        "gzip-cut-in-middle": coded(gzip.compress(story(50))[:half], "gzip"),
        "brotli-cut-in-middle": coded(brotli_of(story(50))[:half], "br"),
        "zstd-cut-in-middle": coded(zstd(story(50))[:half], "zstd"),
        "deflate-cut-in-middle": coded(zlib.compress(story(50))[:half], "deflate"),
        "gzip-with-broken-bytes": coded(gzip.compress(story(50))[:100] + b"\xff" * 300, "gzip"),
        "gzip-with-false-checksum": coded(gzip.compress(story(50))[:-8] + b"\x00" * 8, "gzip"),
        "noise-that-claims-zstd": coded(bytes(range(256)) * 40, "zstd"),
        "plain-page-claims-gzip": coded(story(51), "gzip"),
        "plain-page-claims-brotli": coded(story(52), "br"),
        "plain-page-claims-utf8": coded(story(53), "utf-8\x1b[31m"),
        "gzip-page-in-members": coded(gzip.compress(story(54)[:500]) + gzip.compress(story(54)[500:]), "gzip"),
        "gzip-page-twice-over": coded(gzip.compress(gzip.compress(story(55))), "gzip, gzip"),
        "gzip-page-in-capitals": coded(gzip.compress(story(56)), " X-GZIP ,identity"),
        "zstd-page-as-usual": coded(zstd(story(57)), "zstd"),
        "deflate-page-without-header": coded(zlib.compress(story(58))[2:-4], "deflate"),
        "gzip-page-with-trailing-noise": coded(gzip.compress(story(59)) + b"\n\x00", "gzip"),
        "gzip-file-without-header": page(gzip.compress(story(60))),
    }
    sitemaps: dict[str, Answer] = {
        "sitemap-bomb": answer(bomb, "Content-Type: application/gzip"),
        "sitemap-bomb-twice": answer(gzip.compress(bomb), "Content-Type: application/gzip", "Content-Encoding: gzip"),
        "sitemap-bomb-of-urls": answer(
            gzip.compress(b"<urlset>" + b"<url><loc>http://127.0.0.1/tag/a</loc></url>" * 2_000_000),
            "Content-Type: application/gzip",
        ),
    }
    return answers, sitemaps


def test_each_costs_itself_only_and_ends_with_its_true_reason(tmp_path: Path) -> None:
    pages, sitemaps = servers()
    run = crawl(tmp_path, pages | sitemaps, starts={"sitemaps": [f"{{{name}}}/sitemap.xml.gz" for name in sitemaps]})
    run.undisturbed()
    assert run.code == 3, run.log  # a sitemap that is a bomb is a dead entry point
    for name in sitemaps:
        assert f"{run.hosts.origins[name]}/sitemap.xml.gz" in run.log
    assert run.differs({name: (outcome,) for name, outcome in OUTCOMES.items()}) == {}
