"""Answers that are good HTTP and bad content: lying charsets, clocks, depth, bait for regular expressions, control characters."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.hostile.run import crawl
from tests.hostile.server import Answer, answer, page
from tests.local_portal import article

ESCAPES = "\x1b[31mred\x1b]0;title\x07\x9b2J\x08\x7f\u202egnp.exe\u2066"
ANY = ("record", "parse_limit", "extract_timeout", "extract_memory", "empty", "list_page")


def html(number: int, head: str = "", body: str = "", charset: str = "utf-8") -> str:
    text = article(number).replace("<meta charset='utf-8'>", f"<meta charset='{charset}'>{head}")
    return text.replace("<article>", f"{body}<article>")


def chinese(number: int) -> str:
    text = "".join(
        f"<p>第{number}号消息说，市政府在{day}日决定修建新的图书馆，居民对此表示欢迎，工程预计明年完成。</p>"
        for day in range(1, 9)
    )
    return f"<!doctype html><html lang='zh'><head><title>新图书馆第{number}号</title></head><body><article><h1>新图书馆第{number}号</h1>{text}</article></body></html>"


def dated(number: int, date: str, *headers: str) -> Answer:
    data = json.dumps({"@type": "NewsArticle", "headline": "H", "datePublished": date, "dateModified": date})
    return page(html(number, f"<script type='application/ld+json'>{data}</script>"), *headers)


def json_ld(number: int, text: str) -> Answer:
    return page(html(number, f"<script type='application/ld+json'>{text}</script>"))


PAGES: dict[str, tuple[Answer, tuple[str, ...]]] = {
    "charset-says-utf8-is-gb": (
        page(chinese(1).encode("gb18030"), "Content-Type: text/html; charset=utf-8"),
        ("record",),
    ),
    "charset-says-latin-is-gb": (
        answer(chinese(2).encode("gb18030"), "Content-Type: text/html; charset=iso-8859-1"),
        ("record",),
    ),
    "charset-says-utf16-is-utf8": (answer(html(203), "Content-Type: text/html; charset=utf-16"), ("record",)),
    "charset-is-a-compressor": (answer(html(204), "Content-Type: text/html; charset=zlib"), ("record",)),
    "charset-is-an-escape": (
        answer(html(205, charset="unicode_escape"), "Content-Type: text/html; charset=unicode_escape"),
        ("record",),
    ),
    "charset-is-always-undefined": (
        answer(html(206, charset="undefined"), "Content-Type: text/html; charset=undefined"),
        ("record",),
    ),
    "charset-is-a-path": (
        answer(html(207, charset="../../../etc/passwd"), "Content-Type: text/html; charset=../../../etc/passwd"),
        ("record",),
    ),
    "charset-of-control-characters": (
        answer(html(208, charset="\x1b[31m"), "Content-Type: text/html; charset=\x1b[31m\x07"),
        ("record",),
    ),
    "charset-of-ten-kilobytes": (
        answer(html(209, charset="x" * 10_000), f"Content-Type: text/html; charset={'x' * 10_000}"),
        ("record",),
    ),
    "mark-of-another-byte-order": (
        page(b"\xff\xfe" + html(210).encode()),
        ("record", "undecodable", "not_html", "empty"),
    ),
    "clock-of-nineteen-seventy": (
        dated(
            211,
            "1970-01-01T00:00:00Z",
            "Date: Thu, 01 Jan 1970 00:00:00 GMT",
            "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT",
        ),
        ("record",),
    ),
    "clock-of-twenty-one-hundred": (
        dated(
            212,
            "2100-01-01T00:00:00Z",
            "Date: Fri, 01 Jan 2100 00:00:00 GMT",
            "Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT",
            "Expires: Fri, 01 Jan 2100 00:00:00 GMT",
            "Age: 99999999999999",
        ),
        ("record",),
    ),
    "clock-beyond-all-calendars": (
        dated(213, "99999-12-31T23:59:59Z", "Date: Fri, 31 Dec 99999 23:59:59 GMT", "Last-Modified: never"),
        ("record",),
    ),
    "clock-with-odd-offset": (dated(214, "2026-03-07T10:00:00+99:99", "Date: \x1b[31m"), ("record",)),
    "retry-after-of-year-2100": (
        answer("", "Retry-After: Fri, 01 Jan 2100 00:00:00 GMT", status="503 Busy"),
        ("http_503",),
    ),
    "retry-after-of-year-1970": (
        answer("", "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT", status="503 Busy"),
        ("http_503",),
    ),
    "retry-after-without-end": (answer("", f"Retry-After: {'9' * 5000}", status="429 Slow"), ("http_429",)),
    "retry-after-below-zero": (answer("", "Retry-After: -5", status="429 Slow"), ("http_429",)),
    "retry-after-of-noise": (answer("", "Retry-After: \x1b[31mNaN", status="503 Busy"), ("http_503",)),
    "json-ld-nested-deeply": (json_ld(215, '{"a":' * 100_000), ANY),
    "json-ld-nested-and-closed": (json_ld(216, '{"@graph":' * 100_000 + "1" + "}" * 100_000), ANY),
    "json-ld-of-huge-number": (json_ld(217, '{"@type": "NewsArticle", "wordCount": ' + "9" * 100_000 + "}"), ANY),
    "json-ld-of-escapes": (
        json_ld(
            218,
            json.dumps(
                {
                    "@type": "NewsArticle",
                    "headline": ESCAPES,
                    "author": {"name": ESCAPES + "\ud800"},
                    "keywords": [ESCAPES],
                }
            ),
        ),
        ANY,
    ),
    "bait-of-open-brackets": (page(html(219, body="<" * 1_000_000)), ANY),
    "bait-of-spaces-inside": (page(html(220, body="<p>" + "a " * 500_000 + "\t" * 500_000 + "!</p>")), ANY),
    "bait-of-empty-attributes": (
        page(html(221, body="<a href='" + " " * 1_000_000 + "'>x</a><a " + "a=b " * 100_000 + ">y</a>")),
        ANY,
    ),
    "bait-of-half-dates": (page(html(222, body="<p>" + "2026-03-07 10:00 / 2026年3月 " * 20_000 + "</p>")), ANY),
    "bait-of-by-lines": (page(html(223, body="<p>" + "By By and, " * 50_000 + "</p>" + "<p>来源：</p>" * 20_000)), ANY),
    "bait-of-half-entities": (page(html(224, body="&#x" * 300_000 + "&" * 300_000)), ANY),
    "bait-of-half-comments": (page(html(225, body="<!--" * 200_000)), ANY),
    "depth-of-divs-nested": (page(html(226, body="<div>" * 200_000)), ANY),
    "depth-of-tables-nested": (page(html(227, body="<table><tr><td>" * 50_000)), ANY),
    "title-of-terminal-escapes": (
        page(html(228).replace("The council", f"{ESCAPES} The council").replace("Paragraph", f"{ESCAPES}Paragraph")),
        ("record",),
    ),
    "title-of-five-megabytes": (page(html(229).replace("The council", "word " * 1_000_000 + "The council")), ANY),
    "page-of-lone-surrogates": (
        page(html(230).replace("Paragraph", "&#xD800;&#xDFFF;&#0;&#x1b; Paragraph").encode("utf-8", "surrogatepass")),
        ("record",),
    ),
    "type-of-terminal-escapes": (answer(html(231), "Content-Type: \x1b[31m/\x07"), ("record", "not_html")),
    "phrase-of-terminal-escapes": (answer("", status="404 \x1b[31mNot \x07here"), ("http_404",)),
    "refresh-with-terminal-escapes": (
        page(html(232, "<meta http-equiv=refresh content='0;url=http://\x1b[31m.example/\x07'>")),
        ("off_site", "bad_scheme", "record"),
    ),
    "canonical-with-terminal-escapes": (
        page(html(233, "<link rel=canonical href='/\x1b[31m\x07-of-a-page'><meta property=og:url content='\x9b1m'>")),
        ("record",),
    ),
}
LINKS = {
    "with-user-info": ("http://user:secret@127.0.0.1/news/{}", ("bad_scheme",)),
    "of-eight-kilobytes": ("{good}/" + "a" * 8000 + "/{}", ("bad_scheme",)),
    "of-foreign-letters": ("http://b\u00fccher.example/{}", ("off_site",)),
    "of-port-too-large": ("http://127.0.0.1:99999/{}", ("bad_scheme",)),
    "without-any-host": ("http:///news/{}", ("http_404",)),
    "of-broken-percents": ("{good}/%zz%/{}", ("http_404",)),
    "with-terminal-escapes": ("{good}/\x1b[31m\x9b\u202e/{}", ("http_404",)),
    "of-a-script": ("javascript:alert(1)//{}", ("bad_scheme",)),
    "of-label-too-long": ("http://" + "a" * 300 + ".127.0.0.1.example/{}", ("off_site",)),
}


def test_contents(tmp_path: Path) -> None:
    cases = {name: case[0] for name, case in PAGES.items()}
    with_ports: dict[str, Any] = dict(cases)
    # JSON, because XML could not hold control characters.
    items = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1",
            "items": [
                {"url": link.replace("{}", f"link-{name}-of-a-server").replace("{good}", "")}
                for name, (link, _) in LINKS.items()
            ],
        }
    )
    with_ports["feed"] = lambda connection, path: (
        answer(items, "Content-Type: application/feed+json") if path == "/feed.json" else answer(status="404 Not Found")
    )(connection, path)
    run = crawl(tmp_path, with_ports, ["-s", "EXTRACT_TIMEOUT=3"], starts={"feeds": ["{feed}/feed.json"]})
    run.undisturbed()
    assert run.code == 0, run.log
    found = run.outcomes()
    assert {
        name: (found.get(name), run.detail(name))
        for name, (_, wanted) in PAGES.items()
        if found.get(name) not in wanted
    } == {}
    assert {
        name: (found.get(f"link-{name}"), run.detail(f"link-{name}"))
        for name, (_, wanted) in LINKS.items()
        if found.get(f"link-{name}") not in wanted
    } == {}
    records = {row["requested_url"].split("/")[-1].removesuffix("-of-a-server"): row for row in run.records}
    assert "图书馆" in records["charset-says-utf8-is-gb"]["text"]
    assert "图书馆" in records["charset-says-latin-is-gb"]["text"]
    for row in run.records:
        if row["published"]:
            assert row["published"][:10] <= str(datetime.fromisoformat(row["fetched_at"]) + timedelta(days=1))[:10]
