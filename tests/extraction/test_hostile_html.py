"""Pages made to hurt: each ends as an article or as one rejection, never as an exception."""

from __future__ import annotations

import json

import pytest

import newscrawl
from newscrawl.items import Article, RawPage
from newscrawl.rejections import Empty, NotAnArticle, NotHtml, ParseLimit, Rejection

URL = "https://news.example/2024/05/01/story.html"
STORY = "".join(
    f"<p>The council of the town decided on Wednesday, after a debate of {n} hours, to build the new bridge across the river.</p>"
    for n in range(2, 8)
)
HEAD = "<html><head><title>Council decides on bridge</title></head><body><article><h1>Council decides on bridge</h1>"


def page(inside: str = "", head: str = "") -> str:
    return HEAD.replace("</head>", head + "</head>") + STORY + inside + "</article></body></html>"


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


NO_PAGE = {
    "nothing": (b"", Empty),
    "blanks": (b" \r\n\t" * 100, Empty),
    "only a comment": (b"<!-- hello -->", Empty),
    "PNG named .html": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, NotHtml),
    "PDF": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3", NotHtml),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00", NotHtml),
    "binary": (bytes(range(256)) * 100, NotHtml),
    "NUL bytes": (b"\x00" * 100_000, NotHtml),
    "200 MB of div": (b"<div>" * 5_000_000, ParseLimit),
    "a million links": (b'<a href="/x">link</a>' * 1_000_000, Rejection),
    "endless table": (b"<table>" + b"<tr><td>" * 400_000, ParseLimit),
    "angle brackets": (b"<" * 3_000_000, ParseLimit),
    "feed": (b'<?xml version="1.0"?><rss><channel><title>x</title></channel></rss>', NotHtml),
    "empty elements": (b"<html><head></head><body><div></div></body></html>", Empty),
    "frameset": (b"<frameset><frame src=a></frameset>", NotAnArticle),
}


@pytest.mark.parametrize("name", NO_PAGE)
def test_what_is_no_article_is_one_rejection(name: str) -> None:
    body, reason = NO_PAGE[name]
    result = newscrawl.extract(RawPage(body=body, url=URL))
    assert isinstance(result, reason), result
    assert isinstance(result, Rejection)
    assert result.url == URL
    assert result.detail


HOSTILE = {
    "NUL in the text": page("<p>one\x00two</p>"),
    "lone surrogates": page("<p>\ud800 and \udfff</p>"),
    "terminal escapes": page("<p>\x1b[31mred\x1b[0m \x1b]0;owned\x07</p>"),
    "20,000 nested div": HEAD + "<div>" * 20_000 + STORY + "</div>" * 20_000,
    "20,000 open b": HEAD + "<b>" * 20_000 + STORY,
    "nested tables": page("<table><tr><td>" * 5_000),
    "nested lists": page("<ul><li>" * 5_000),
    "nested quotes": page("<blockquote>" * 5_000),
    "huge attribute": page(f'<p title="{"x" * 11_000_000}">after</p>'),
    "30,000 attributes": page("<p " + " ".join(f"a{n}=1" for n in range(30_000)) + ">x</p>"),
    "30,000 links": page('<a href="/x">link</a>' * 30_000),
    "30,000 rows": page("<table>" + "<tr><td>cell" * 30_000 + "</table>"),
    "100,000 br": page("<br>" * 100_000),
    "one long word": page("<p>" + "x" * 2_000_000 + "</p>"),
    "entity bomb": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + page("<p>&b;&b;</p>"),
    "bad references": page("<p>&#0; &#xd800; &#x110000; &#99999999999; &nosuch;</p>"),
    "JSON-LD nested": page(head=ld("[" * 100_000)),
    "JSON-LD closed nesting": page(head=ld('{"@graph":' * 5_000 + "1" + "}" * 5_000)),
    "JSON-LD of wrong types": page(
        head=ld(
            json.dumps(
                {"@type": {"a": 1}, "headline": ["x", {}], "author": 7, "datePublished": {"y": []}, "image": [[[]]]}
            )
        )
    ),
    "JSON-LD with surrogates": page(
        head=ld('{"@type": "NewsArticle", "headline": "\\ud800 half", "author": {"name": "\\udc00"}}')
    ),
    "JSON-LD numbers": page(head=ld('{"@type": "NewsArticle", "datePublished": 1e999, "headline": NaN}')),
    "10,000 JSON-LD blocks": page(head=ld('{"@type": "NewsArticle", "headline": "x"}') * 10_000),
    "dates out of range": page(
        head='<meta property="article:published_time" content="99999-99-99T99:99:99+99:99">',
        inside="<time datetime='0000-00-00'>0</time>",
    ),
    "broken URLs": page(
        head='<link rel="canonical" href="http://[::1"><base href="http://[bad">',
        inside='<img src="http://[x"><a href="//[">x</a>',
    ),
    "5,000 meta": page(head='<meta name="keywords" content="a, b, c">' * 5_000),
    "unclosed everything": HEAD + STORY + '<p class="x <div id=\'y <a href="z',
    "svg and math": page("<svg><title>no</title><script>x</script></svg><math><mi>x</mi></math>" * 500),
    "template": page("<template>" * 3_000),
    "second document": page() + page(),
    "XHTML": '<?xml version="1.0" encoding="gb2312"?>' + page(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_story_survives(name: str) -> None:
    html = HOSTILE[name]
    article = newscrawl.extract(html if any("\ud800" <= c <= "\udfff" for c in html) else html.encode(), url=URL)
    assert isinstance(article, Article), article
    assert "to build the new bridge across the river." in article.text
    assert not [c for c in article.text if c < " " and c != "\n" or "\ud800" <= c <= "\udfff" or c == "\x1b"]


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "not a url",
        "http://[::1",
        "file:///home/x/page.html",
        "https://user:pw@h.example:99999/x",
        "x" * 100_000,
    ],
)
def test_any_url_will_do(url: str | None) -> None:
    assert isinstance(newscrawl.extract(page(), url=url), Article)


BAIT = {
    "spaces": " " * 200_000 + "x",
    "commas": "," * 100_000,
    "digits": "2024-" * 50_000,
    "colons": "12:" * 50_000,
    "names": "By A " * 30_000,
    "and": "By Ann and " * 20_000,
    "source": "来源:" * 30_000,
    "brackets": "(" * 50_000 + ")" * 50_000,
    "quotes": "“" * 100_000,
}


@pytest.mark.parametrize("name", BAIT)
def test_patterns_end(name: str) -> None:
    """Text that makes careless regular expressions run for hours; the suite's patience is the limit."""
    bait = BAIT[name]
    html = f"<html><head><title>{bait}</title></head><body><h1>{bait[:5000]}</h1><p class=byline>{bait}</p>{STORY}<p>{bait}</p></body></html>"
    assert isinstance(newscrawl.extract(html, url=URL), (Article, Rejection))
    assert isinstance(
        newscrawl.extract_text(f"Title\n\n{bait}\n\nOne sentence of text that is long enough.\n\n{bait}"),
        (Article, Rejection),
    )
