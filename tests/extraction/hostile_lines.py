"""Pages with one hostile line: a short piece, repeated thousands of times, in one of the places where a page can hold text."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator

UNITS = {
    "digits": "1",
    "zeros": "0",
    "letters": "a",
    "capitals": "A",
    "han": "新",
    "kana": "あ",
    "hangul": "한",
    "marks": "é",
    "spaces": " ",
    "ideographic-spaces": "\u3000",
    "breaks": "\n",
    "tabs": "\t",
    "dots": ".",
    "commas": ",",
    "colons": ":",
    "wide-colons": "：",
    "hyphens": "-",
    "dashes": "–",
    "underscores": "_",
    "slashes": "/",
    "backslashes": "\\",
    "bars": "|",
    "middots": "·",
    "stars": "*",
    "ats": "@",
    "open-round": "(",
    "close-round": ")",
    "open-square": "[",
    "open-curly": "{",
    "open-wide": "（",
    "open-lens": "【",
    "less": "<",
    "more": ">",
    "quotes": '"',
    "apostrophes": "'",
    "curly-quotes": "“",
    "ticks": "`",
    "ampersands": "&",
    "references": "&#",
    "hashes": "#",
    "percents": "%",
    "equals": "=",
    "fractions": "1/1/1/",
    "clocks": "00:00:",
    "halves": "a.m.",
    "hours": "1:1 ",
    "sizes": "1x1 ",
    "list": "(12.), 1:1 ",
    "photo": "photo (",
    "credit": "Foto: ",
    "copyright": "© ",
    "words": "word ",
    "sentences": "Some words. ",
    "han-words": "新闻 ",
    "han-names": "王小明、",
    "names": "Jane Doe, ",
    "by": "By Jane ",
    "reporters": "记者 王小明 ",
    "bracketed": "(a)",
    "wide-bracketed": "（编辑）",
    "labels": "来源：",
    "latin-labels": "Source: ",
    "editors": "编辑 ",
    "days": "2024-03-05 ",
    "long-days": "March 5, 2024 ",
    "compact-days": "20240305",
    "dotted": "1.1.",
    "years": "2024",
    "months": "1月1日",
    "ago": "3 hours ago ",
    "crumbs": "A > ",
    "slash-words": "a/",
    "hyphen-words": "a-",
    "underscore-words": "a_",
    "comma-letters": "a,",
    "space-letters": "a ",
    "quoted": '"a" ',
    "addresses": "http://a.b/ ",
    "hosts": "a.m.",
    "mails": "a@b ",
    "escapes": "\\u0041",
    "terminal": "\x1b[",
    "comments": "<!--",
    "ends": "-->",
    "tags": "<a ",
    "cdata": "<![CDATA[",
    "spaced-bars": " | ",
    "spaced-dashes": " - ",
    "and": " and A",
    "dollars": "$",
    "escaped-json": '{\\"a\\":\\"b\\",',
    "escaped-quotes": '\\"',
    "read": "阅读 1 ",
    "continued": "(continued",
}
"""What is repeated, by name."""

_P = "The council decided on Tuesday to rebuild the old bridge over the river, which had been closed since the flood of last autumn."
_PARAGRAPHS = "".join(f"<p>{_P} It was paragraph number {number} of the report.</p>" for number in range(1, 6))
_PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>{title}</title>{head}</head><body>{top}<h1>{h1}</h1>{byline}"
    "<div class='article'>{before}" + _PARAGRAPHS + "{after}</div>{foot}</body></html>"
)
_TITLE = "The old bridge over the river will be rebuilt"
_PARTS = {
    "title": f"{_TITLE} | The Gazette",
    "head": "",
    "top": "",
    "h1": _TITLE,
    "byline": "<p class='byline'>By Jane Doe, March 5, 2024</p>",
    "before": "",
    "after": "",
    "foot": "",
}


def _page(**parts: str) -> str:
    return _PAGE.format(**(_PARTS | parts))


def _linked_data(**values: object) -> str:
    data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": _TITLE, **values}
    return f"<script type='application/ld+json'>{json.dumps(data).replace('<', chr(92) + 'u003c')}</script>"


def _meta(name: str, value: str) -> str:
    return f"<meta name='{name}' property='{name}' content=\"{html.escape(value)}\">"


def _element(tag: str, text: str, attributes: str = "") -> str:
    return f"<{tag} {attributes}>{html.escape(text)}</{tag}>"


def _attribute(tag: str, name: str, value: str, inner: str = "") -> str:
    return f'<{tag} {name}="{html.escape(value)}">{inner}</{tag}>'


PLACES: dict[str, Callable[[str], str]] = {
    "paragraph": lambda line: _page(after=_element("p", line)),
    "first-paragraph": lambda line: _page(before=_element("p", line)),
    "paragraph-with-text": lambda line: _page(before=_element("p", f"{_P} {line}")),
    "bare-text": lambda line: html.escape(line),
    "markup": lambda line: _page(after=line),
    "title": lambda line: _page(title=html.escape(line)),
    "title-after-headline": lambda line: _page(title=html.escape(f"{_TITLE} {line}")),
    "h1": lambda line: _page(h1=html.escape(line)),
    "byline": lambda line: _page(byline=_element("p", f"By {line}", "class='byline author'")),
    "date-line": lambda line: _page(byline=_element("div", f"2024-03-05 10:00 {line}", "class='date'")),
    "time": lambda line: _page(byline=_attribute("time", "datetime", line, html.escape(line))),
    "above-headline": lambda line: _page(top=_element("div", line)),
    "crumbs": lambda line: _page(top=f"<div class='breadcrumb'><a href='/'>Home</a> &gt; {html.escape(line)}</div>"),
    "credit": lambda line: _page(after=_element("p", f"来源：{line}")),
    "latin-credit": lambda line: _page(after=_element("p", f"Originally published by {line}")),
    "bracketed-tail": lambda line: _page(after=_element("p", f"{_P}（责任编辑：{line}）")),
    "footer": lambda line: _page(foot=_element("p", f"Copyright 2024 {line}")),
    "tags": lambda line: _page(foot=_element("p", f"Tags: {line}")),
    "list-item": lambda line: _page(after=f"<ul><li>{html.escape(line)}</li><li>One</li></ul>"),
    "cell": lambda line: _page(after=f"<table><tr><td>Source</td><td>{html.escape(line)}</td></tr></table>"),
    "caption": lambda line: _page(
        before=f"<figure><img src='/a.jpg'><figcaption>{html.escape(line)}</figcaption></figure>"
    ),
    "caption-credit": lambda line: _page(
        before=f"<figure><img src='/a.jpg'><figcaption>A bridge <span class='credit'>{html.escape(line)}</span></figcaption></figure>"
    ),
    "link": lambda line: _page(after=f"<p><a href='/other-story'>{html.escape(line)}</a></p>"),
    "href": lambda line: _page(after=_attribute("a", "href", line, "A link")),
    "src": lambda line: _page(after=_attribute("img", "src", line)),
    "srcset": lambda line: _page(after=_attribute("img", "srcset", line)),
    "srcset-width": lambda line: _page(after=_attribute("img", "srcset", f"/a.jpg {line}w")),
    "width": lambda line: _page(after=f"<img src='/a.jpg' width=\"{html.escape(line)}\">"),
    "class": lambda line: _page(after=_attribute("p", "class", line, _P)),
    "id": lambda line: _page(after=_attribute("div", "id", line, f"<p>{_P}</p>")),
    "description": lambda line: _page(head=_meta("description", line)),
    "og-title": lambda line: _page(head=_meta("og:title", line)),
    "meta-author": lambda line: _page(head=_meta("author", line)),
    "meta-date": lambda line: _page(head=_meta("article:published_time", line)),
    "keywords": lambda line: _page(head=_meta("keywords", line)),
    "meta-section": lambda line: _page(head=_meta("article:section", line)),
    "site-name": lambda line: _page(head=_meta("og:site_name", line)),
    "canonical": lambda line: _page(
        head=_attribute("link", "rel", "canonical").replace(
            "></link>", f' href="https://a.example/{html.escape(line)}">'
        )
    ),
    "canonical-host": lambda line: _page(head=f'<link rel="canonical" href="https://{html.escape(line)}.example/a">'),
    "lang": lambda line: _page().replace("lang='en'", f'lang="{html.escape(line)}"'),
    "ld-headline": lambda line: _page(head=_linked_data(headline=line)),
    "ld-author": lambda line: _page(head=_linked_data(author={"@type": "Person", "name": line})),
    "ld-date": lambda line: _page(head=_linked_data(datePublished=line)),
    "ld-body": lambda line: _page(head=_linked_data(articleBody=line)),
    "ld-body-of-shell": lambda line: (
        f"<html><head><title>{_TITLE}</title>{_linked_data(articleBody=line)}</head><body></body></html>"
    ),
    "ld-url": lambda line: _page(
        head=_linked_data(url=f"https://{line}/a", mainEntityOfPage=f"https://a.example/{line}", image=line)
    ),
    "ld-position": lambda line: _page(
        head=_linked_data(breadcrumb={"@type": "BreadcrumbList", "itemListElement": [{"position": line, "name": line}]})
    ),
    "ld-broken": lambda line: _page(head=f"<script type='application/ld+json'>{line}</script>"),
    "microdata": lambda line: _page(
        byline=_element("span", line, "itemprop='author'") + _element("span", line, "itemprop='datePublished'")
    ),
    "script": lambda line: (
        f"<html><head><title>{_TITLE}</title></head><body><script>var q={line}</script></body></html>"
    ),
    "state": lambda line: (
        f"<html><head><title>{_TITLE}</title></head><body><script>{' ' * 200}window.__INITIAL_STATE__={line}</script></body></html>"
    ),
    "json-parse": lambda line: (
        f"<html><head><title>{_TITLE}</title></head><body>"
        f"<script>{' ' * 200}var q=/'/g;window.__DATA__=JSON.parse('{line}</script></body></html>"
    ),
    "object": lambda line: (
        f"<html><head><title>{_TITLE}</title></head><body><script>{' ' * 200}var data={{a:{line}</script></body></html>"
    ),
    "comment": lambda line: _page(top=f"<!-- {line} -->"),
    "before-html": lambda line: f"{line}{_page()}",
    "after-html": lambda line: f"{_page()}{line}",
    "noscript": lambda line: _page(top=f"<noscript>{line}</noscript>"),
}
"""A page with the line in one place, by the place's name."""


def line(unit: str, length: int) -> str:
    """The piece named ``unit`` again and again, ``length`` characters in all."""
    piece = UNITS[unit]
    return (piece * (length // len(piece) + 1))[:length]


def cases() -> Iterator[tuple[str, str]]:
    """Every place with every piece."""
    for place in PLACES:
        for unit in UNITS:
            yield place, unit


STRUCTURES: dict[str, Callable[[int], str]] = {
    "paragraphs": lambda n: _page(after="<p>A short paragraph.</p>" * n),
    "prose": lambda n: _page(after=f"<p>{_P}</p>" * n),
    "headlines": lambda n: _page(top="<h1>One - two - three - four - five - six</h1>" * n),
    "equal-headlines": lambda n: _page(top=f"<h1>{_TITLE}</h1>" * n),
    "credit-lines": lambda n: _page(after=f"<div>{'来源：新华社<br>' * n}</div>"),
    "linked-credit-lines": lambda n: _page(after=f"<div>{'<a href=/a>x</a>来源：新华社<br>' * n}</div>"),
    "han-date-lines": lambda n: _page(byline=f"<div>{'新闻<b>中</b> 2024-03-05 10:00<br>' * n}</div>"),
    "bracketed-credits": lambda n: _page(after=f"<p>{_P}。{'（责任编辑：王小明）' * n}</p>"),
    "times": lambda n: _page(
        byline=f"<div>{'<time datetime=2024-03-05T10:00:00Z>March 5</time> at ten<br>' * n}</div>"
    ),
    "links": lambda n: _page(after="".join(f"<a href='/story-{number}'>Story {number}</a>" for number in range(n))),
    "pictures": lambda n: _page(before=f"<picture>{'<source srcset=/a.jpg><img>' * n}</picture>"),
    "deep-pictures": lambda n: _page(before=f"<nav>{'<div>' * 90}{'<img>' * n}{'</div>' * 90}</nav>"),
    "figures": lambda n: _page(
        before="".join(
            f"<figure><img src='/{number}.jpg'><figcaption>A bridge</figcaption></figure>" for number in range(n)
        )
    ),
    "mounts": lambda n: (
        f"<html><head><title>{_TITLE}</title><script src=/a.js></script></head><body>{'<div id=app>' * 90}{'<b></b>' * n}{'word ' * 80}{'<b></b>' * n}"
    ),
    "microdata": lambda n: _page(
        byline="".join(f"<span itemprop='author'>Jane Doe {number}</span>" for number in range(n))
    ),
    "properties": lambda n: _page(byline=f"<div itemprop='{'author ' * n}'>{'Jane Doe ' * n}</div>"),
    "metas": lambda n: _page(
        head="".join(
            f"<meta name='author' content='Jane Doe {number}'><meta name='article:tag' content='tag {number}'>"
            for number in range(n)
        )
    ),
    "noscripts": lambda n: _page(top="<noscript><p>a</p>" * n),
    "closed-noscripts": lambda n: _page(top="<noscript><p>a</p></noscript>" * n),
    "list": lambda n: _page(after=f"<ul>{'<li>One thing</li>' * n}</ul>"),
    "nested-list": lambda n: _page(after="<ul><li>One thing" * n),
    "table": lambda n: _page(after=f"<table>{'<tr><td>Source</td><td>Gazette</td></tr>' * n}</table>"),
    "nested": lambda n: _page(after="<div>a" * n),
    "nested-spans": lambda n: _page(after=f"<p>{'<span>a' * n}</p>"),
    "attributes": lambda n: _page(after="<p " + " ".join(f"a{number}=1" for number in range(n)) + ">A paragraph</p>"),
    "tags-with-attributes": lambda n: _page(
        after=("<p " + " ".join(f"a{number}" for number in range(1500)) + ">A paragraph</p>") * (n // 800 + 1)
    ),
    "classes": lambda n: _page(after="<p class='" + " ".join(f"advert{number}" for number in range(n)) + f"'>{_P}</p>"),
    "ld-authors": lambda n: _page(
        head=_linked_data(author=[{"@type": "Person", "name": f"Jane Doe {number}"} for number in range(n)])
    ),
    "ld-dates": lambda n: _page(head=_linked_data(datePublished=["2024-03-05"] * n)),
    "ld-crumbs": lambda n: _page(
        title=_TITLE + " word" * 900,
        head=_linked_data(
            breadcrumb={
                "@type": "BreadcrumbList",
                "itemListElement": [{"position": number, "name": f"Crumb {number}"} for number in range(n)],
            }
        ),
    ),
    "ld-graph": lambda n: _page(
        head=_linked_data(**{"@graph": [{"@type": "Article", "headline": f"{_TITLE} {number}"} for number in range(n)]})
    ),
    "ld-nested": lambda n: _page(
        head=f'<script type=\'application/ld+json\'>{{"@type":"Article","author":{"[" * n}1{"]" * n}}}</script>'
    ),
    "ld-nested-names": lambda n: _page(
        head='<script type=\'application/ld+json\'>{"@type":"Article","author":'
        + '{"name":' * n
        + "1"
        + "}" * n
        + "}</script>"
    ),
    "ld-number": lambda n: _page(
        head=f'<script type=\'application/ld+json\'>{{"@type":"Article","author":{"1" * n},"headline":1e999}}</script>'
    ),
    "functions": lambda n: (
        f"<html><head><title>{_TITLE}</title></head><body><script>{' ' * 200}var data=[{'(()=>(1))(),' * n}1]</script></body></html>"
    ),
    "nested-functions": lambda n: (
        f"<html><head><title>{_TITLE}</title></head><body><script>{' ' * 200}var data={'(()=>(' * min(n, 100)}{'1,' * n}</script></body></html>"
    ),
    "marks-on-letters": lambda n: _page(
        after=f"<p>{_P} a{chr(0x301) + chr(0x316)}" + (chr(0x301) + chr(0x316)) * 5 * n + "</p>"
    ),
    "bad-references": lambda n: _page(head=f"<meta name='author' content='&amp;amp; &amp;#{'1' * 2 * n}'>"),
    "bad-addresses": lambda n: _page(
        head="<link rel=canonical href='http://[link]'><meta property='og:image' content='http://[x]/a.jpg'>",
        after="<p>来源：<a href='http://[link]'>http://[link]</a></p><img src='http://[x'>" * min(n, 50),
    ),
    "steps": lambda n: _page(head=f"<link rel=canonical href='https://a.example/{'a/' * n}{'../' * n}'>"),
    "labels": lambda n: _page(head=f"<link rel=canonical href='https://{'a.m.' * n}example/a'>"),
    "renditions": lambda n: _page(
        before=f"<img srcset='/a.jpg {'1.' * n}w, /b.jpg {'1' * 2 * n}w' width={'1' * 2 * n}>"
    ),
    "escaped-json": lambda n: PLACES["json-parse"](line("escaped-json", 10 * n)),
    "comments": lambda n: "<!-- a -->" * n + "\ufeff" + _page(),
}
"""Whole pages in which one thing is there so many times."""

_ITEM = (
    "<item><title>{title}</title><link>{link}</link><guid>{guid}</guid><description>{description}</description>"
    "<author>{author}</author><category>{category}</category><pubDate>{date}</pubDate></item>"
)
_ITEM_PARTS = {
    "title": _TITLE,
    "link": "https://a.example/a",
    "guid": "https://a.example/a",
    "description": "A bridge.",
    "author": "Jane Doe",
    "category": "Town",
    "date": "Tue, 05 Mar 2024 10:00:00 GMT",
}


def _feed(line: str, part: str) -> str:
    return f"<rss version='2.0'><channel>{_ITEM.format(**(_ITEM_PARTS | {part: line}))}</channel></rss>"


FEED_PLACES: dict[str, Callable[[str], str]] = {
    **{part: lambda line, part=part: _feed(html.escape(line), part) for part in _ITEM_PARTS},  # type: ignore[misc]
    "mail": lambda line: _feed(html.escape(f"{line}@a.example ({line}"), "author"),
    "raw": lambda line: _feed(line, "description"),
    "doctype": lambda line: f"<!DOCTYPE rss {line}{_feed('A', 'title')}",
    "head": lambda line: f"<rss {line}>{_feed('A', 'title')}",
    "in-cdata": lambda line: _feed(f"<![CDATA[{line}]]>", "description"),
}
"""A feed with the line in one place."""
FEED_PIECES = {
    "open-cdata": "<![CDATA[a",
    "cdata": "<![CDATA[a]]>",
    "doctypes": "<!DOCTYPE a",
    "ampersands": "&",
    "entities": "&nbsp;",
    "references": "&#0",
    "prefixes": "<a:b>",
    "xmlns": " xmlns:a",
    "items": "<item>",
    "entries": _ITEM.format(**_ITEM_PARTS),
}
"""What is repeated in a feed."""
SECTION_PLACES: dict[str, Callable[[str], str]] = {
    "text": lambda line: f"<body><a href='/2024/03/05/a-story-of-a-bridge'>{html.escape(line)}</a></body>",
    "href": lambda line: f"<body>{_attribute('a', 'href', '/' + line, 'A story of a bridge in the town')}</body>",
    "host": lambda line: (
        f"<body>{_attribute('a', 'href', f'https://{line}/a', 'A story of a bridge in the town')}</body>"
    ),
    "title": lambda line: f"<body><a href='/a' title=\"{html.escape(line)}\"></a></body>",
    "class": lambda line: f"<body><a href='/a' class=\"{html.escape(line)}\">A</a></body>",
    "rel": lambda line: f"<body><a href='/a' rel=\"{html.escape(line)}\">A</a></body>",
    "base": lambda line: f"<head><base href=\"{html.escape(line)}\"></head><body><a href='/a'>A</a></body>",
    "raw": lambda line: f"<body>{line}<a href='/a'>A</a></body>",
}
"""A list page with the line in one place."""
