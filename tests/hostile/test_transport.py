"""Servers that break HTTP or do not come to an end."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.run import crawl
from tests.hostile.server import Answer, answer, page, raw_bytes, reset, silence, stream
from tests.local_portal import article

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CLOSE = b"Connection: close\r\n\r\n"
WHOLE = article(77).encode()


def story(number: int) -> bytes:
    return article(number).encode()


HALF = WHOLE[: len(WHOLE) * 2 // 3]
MEGABYTE = b"<p>" + b"word " * 200_000 + b"</p>\n"


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"
# name: what the server does, the outcome, words of the detail
CASES: dict[str, tuple[Answer, str, str]] = {
    "drip-of-body-bytes": (stream(OK + b"Content-Length: 100000\r\n\r\n", b"x", pause=0.2), "timeout", ""),
    "drip-of-unbounded-body": (stream(OK + b"\r\n", b"x", pause=0.2), "timeout", ""),
    "drip-of-header-bytes": (stream(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", pause=0.2), "timeout", ""),
    "drip-of-status-bytes": (stream(b"HTTP", b" ", pause=0.2), "timeout", ""),
    "silent-connection-held-open": (silence, "timeout", ""),
    "endless-body-until-close": (stream(OK + b"\r\n", MEGABYTE), "too_large", ""),
    "endless-body-in-chunks": (stream(CHUNKS, chunked(MEGABYTE)), "too_large", ""),
    "announced-terabyte-of-body": (stream(OK + b"Content-Length: 1099511627776\r\n\r\n", MEGABYTE), "too_large", ""),
    "endless-header-lines-sent": (
        stream(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n"),
        "bad_response",
        "headers of more than",
    ),
    "endless-header-line-sent": (stream(b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * 10_000), "bad_response", ""),
    "endless-header-continuation-lines": (
        stream(b"HTTP/1.1 200 OK\r\nX-More: a\r\n", b" more\r\n" * 1000),
        "bad_response",
        "headers of more than",
    ),
    "endless-status-line-sent": (stream(b"HTTP/1.1 200 ", b"OK" * 1000), "bad_response", ""),
    "headers-of-a-megabyte": (
        page("", *(f"X-{number}: {'x' * 1000}" for number in range(1000))),
        "bad_response",
        "headers of more than",
    ),
    "flood-of-cookies-sent": (
        page("", *(f"Set-Cookie: c{number}={'x' * 100}" for number in range(5000))),
        "bad_response",
        "headers of more than",
    ),
    "few-hundred-cookies-sent": (
        page(article(78), *(f"Set-Cookie: c{number}=x" for number in range(300))),
        "record",
        "",
    ),
    "flood-of-early-hints": (
        stream(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 1000),
        "bad_response",
        "headers of more than",
    ),
    "early-hints-before-answer": (
        raw_bytes(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 3
            + OK
            + b"Content-Length: %d\r\n" % len(WHOLE)
            + CLOSE
            + WHOLE
        ),
        "record",
        "",
    ),
    "endless-chunk-extension-sent": (stream(CHUNKS + b"5;", b"a" * 10_000), "bad_response", ""),
    "endless-chunk-trailers-sent": (
        stream(CHUNKS + chunked(WHOLE) + b"0\r\n", b"X-T: more\r\n" * 1000),
        "bad_response",
        "",
    ),
    "chunk-size-of-exabytes": (raw_bytes(CHUNKS + b"FFFFFFFFFFFFFFFF\r\n" + WHOLE), "bad_response", ""),
    "chunk-size-without-number": (raw_bytes(CHUNKS + b"zz\r\n" + WHOLE), "bad_response", ""),
    "chunks-cut-in-middle": (raw_bytes(CHUNKS + chunked(HALF)), "bad_response", ""),
    "chunk-itself-cut-short": (raw_bytes(CHUNKS + b"%x\r\n" % len(WHOLE) + HALF), "bad_response", ""),
    "length-longer-than-body": (
        raw_bytes(OK + b"Content-Length: %d\r\n" % len(WHOLE) + CLOSE + HALF),
        "bad_response",
        "",
    ),
    "length-shorter-than-body": (
        raw_bytes(OK + b"Content-Length: %d\r\n" % len(HALF) + CLOSE + WHOLE),
        "bad_response",
        "Content-Length",
    ),
    "length-of-zero-with-body": (
        raw_bytes(OK + b"Content-Length: 0\r\n" + CLOSE + WHOLE),
        "bad_response",
        "Content-Length",
    ),
    "length-without-a-number": (raw_bytes(OK + b"Content-Length: many\r\n" + CLOSE + WHOLE), "bad_response", ""),
    "length-below-zero-announced": (raw_bytes(OK + b"Content-Length: -5\r\n" + CLOSE + WHOLE), "bad_response", ""),
    "two-lengths-that-differ": (
        raw_bytes(OK + b"Content-Length: 5\r\nContent-Length: %d\r\n" % len(WHOLE) + CLOSE + WHOLE),
        "bad_response",
        "",
    ),
    "two-lengths-that-agree": (
        raw_bytes(OK + b"Content-Length: %d\r\n" % len(story(81)) * 2 + CLOSE + story(81)),
        "record",
        "",
    ),
    "length-and-chunks-together": (
        raw_bytes(
            OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + CLOSE + chunked(story(82)) + b"0\r\n\r\n"
        ),
        "record",
        "",
    ),
    "transfer-encoding-nobody-knows": (
        raw_bytes(OK + b"Transfer-Encoding: wavelet\r\n" + CLOSE + WHOLE),
        "bad_response",
        "wavelet",
    ),
    "no-length-and-cut": (raw_bytes(OK + CLOSE + HALF), "truncated", ""),
    "no-length-but-whole": (raw_bytes(OK + CLOSE + story(83)), "record", ""),
    "old-protocol-without-length": (raw_bytes(b"HTTP/1.0 200 OK\r\n\r\n" + story(84)), "record", ""),
    "reset-in-the-body": (reset(OK + b"Content-Length: 100000\r\n\r\n" + HALF), "bad_response", ""),
    "reset-before-the-answer": (reset(), "connection", ""),
    "close-before-the-answer": (raw_bytes(b""), "connection", ""),
    "close-inside-the-headers": (raw_bytes(OK), "connection", ""),
    "babble-of-old-http": (raw_bytes(WHOLE), "bad_response", ""),
    "babble-of-binary-noise": (raw_bytes(bytes(range(256)) * 500), "bad_response", ""),
    "babble-of-another-protocol": (
        raw_bytes(b"SSH-2.0-OpenSSH_9.6\r\n" + b"\x1b[31m\x07" * 100 + b"\r\n"),
        "bad_response",
        "",
    ),
    "status-without-a-number": (raw_bytes(b"HTTP/1.1 fine OK\r\n\r\n" + WHOLE), "bad_response", ""),
    "status-of-a-thousand": (answer(WHOLE, status="1000 Yes"), "http_1000", ""),
    "status-no-content-here": (raw_bytes(b"HTTP/1.1 204 No Content\r\n\r\n"), "http_204", ""),
    "status-not-modified-unasked": (raw_bytes(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "http_304", ""),
    "status-switching-protocols-now": (
        raw_bytes(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + b"\x00" * 1000),
        "bad_response",
        "",
    ),
    "headers-without-a-colon": (page(article(79), "no colon here", ": no name", "\x00nul: \x1b[31m"), "record", ""),
    "body-without-any-bytes": (page(""), "empty", ""),
}


def test_each_costs_itself_only_and_ends_with_its_true_reason(tmp_path: Path) -> None:
    run = crawl(tmp_path, {name: case[0] for name, case in CASES.items()})
    run.undisturbed()
    assert run.code == 0, run.log
    assert run.differs({name: case[1:] for name, case in CASES.items()}) == {}
