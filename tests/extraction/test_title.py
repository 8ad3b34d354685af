"""The headline as displayed, whatever the page adds to it."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.extraction.fields.suffixes import strip_suffix
from newscrawl.extraction.fields.title import find_title

SITE = frozenset(("examplenews", "网易新闻", "新浪网", "中国地理学会官网"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Storm hits the coast | Example News", "Storm hits the coast"),
        ("Storm hits the coast - Example News", "Storm hits the coast"),
        ("Storm hits the coast – World – Example News", "Storm hits the coast"),
        ("Example News: Storm hits the whole of the coast", "Storm hits the whole of the coast"),
        ("Storm hits the coast | Weather | Example News", "Storm hits the coast"),
        ("Sturm an der Küste - Panorama - Zeitung.de", "Sturm an der Küste"),
        ("台风登陆上海_网易新闻", "台风登陆上海"),
        ("台风登陆上海|台风_新浪网", "台风登陆上海"),
        ("促进航天技术更好惠及人民--时政--人民网", "促进航天技术更好惠及人民"),
        ("宮崎県で震度5弱 津波注意報：朝日新聞デジタル", "宮崎県で震度5弱 津波注意報"),
        # what is part of the headline stays
        ("BUDGET 3.0 - what changes for you now?", "BUDGET 3.0 - what changes for you now?"),
        ("Spider-Man returns", "Spider-Man returns"),
        ("Köln: Dom wird saniert", "Köln: Dom wird saniert"),
        (
            "Rückschlag im Titelkampf - Liverpool verliert bei Everton",
            "Rückschlag im Titelkampf - Liverpool verliert bei Everton",
        ),
        ("El Córdoba logra un punto vital ante Noia (3-3)", "El Córdoba logra un punto vital ante Noia (3-3)"),
        ("“三步走”：习近平谈强国", "“三步走”：习近平谈强国"),
        (
            "Chiesa ruft zum «Widerstand» gegen die Asylpolitik auf",
            "Chiesa ruft zum «Widerstand» gegen die Asylpolitik auf",
        ),
    ],
)
def test_suffixes_go_and_headlines_stay(text: str, expected: str) -> None:
    assert strip_suffix(text, SITE, ()) == expected


OG = '<meta property="og:title" content="{}"><meta property="og:site_name" content="Example News">'
LD = '<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{}"}}</script>'


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (OG.format("Storm hits the coast | Example News"), "<h1>Storm hits the coast</h1>", "Storm hits the coast"),
        # a kicker in the h1
        (OG.format("Storm hits the coast"), "<h1>Weather alert: Storm hits the coast</h1>", "Storm hits the coast"),
        # og:title repeats the search engines' title, h1 and JSON-LD agree
        (
            OG.format("Coast storm 2024 live news")
            + "<title>Coast storm 2024 live news</title>"
            + LD.format("Storm hits the coast at night"),
            "<h1>Storm hits the coast at night</h1>",
            "Storm hits the coast at night",
        ),
        # og:title cut short by a quotation mark
        (
            OG.format("Hamburg Marathon 2024: Sieger und "),
            '<h1>Hamburg Marathon 2024: Sieger und "royaler Besuch"</h1>',
            'Hamburg Marathon 2024: Sieger und "royaler Besuch"',
        ),
        # the site's name in the h1
        (
            OG.format("Storm hits the coast"),
            "<h1>Example News</h1><h2>Storm hits the coast</h2>",
            "Storm hits the coast",
        ),
        # no metadata at all
        ("<title>台风登陆上海_看看新闻网</title>", "<h2>台风登陆上海</h2><p>2024-05-01</p>", "台风登陆上海"),
        # the <title> names the section only: the heading over the by-line
        (
            "<title>新闻动态--中国地理学会官网</title>",
            "<h5>2019年中国人文地理学术年会成功举行</h5><div>发布时间：2019-05-18 来源：中国地理学会</div>",
            "2019年中国人文地理学术年会成功举行",
        ),
        (
            "<title>明日股市预测--联合国报告：全球经济增长率降至2.3%</title>",
            "<h1>今日股市行情</h1><h2>联合国报告：全球经济增长率降至2.3%</h2>",
            "联合国报告：全球经济增长率降至2.3%",
        ),
        # live marker
        (OG.format("Live: Storm hits the whole of the coast"), "", "Storm hits the whole of the coast"),
        ("<title>Example</title>", "<p>text</p>", "Example"),
        ("", "<p>text</p>", None),
    ],
)
def test_agreement_decides(page: Any, head: str, body: str, expected: str | None) -> None:
    assert find_title(*page(body, head)).value == expected


def test_the_feed_helps_where_the_page_has_no_headline(page: Any) -> None:
    from newscrawl.items import Evidence

    doc, facts = page("<p>text</p>", evidence=Evidence(via="feed", title="Storm hits the coast"))
    assert find_title(doc, facts).value == "Storm hits the coast"
    assert find_title(doc, facts).origin == "feed"
