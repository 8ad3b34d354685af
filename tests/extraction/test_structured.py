"""Metadata: a broken or hostile block never costs the others, and the page's own article is told from its neighbours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import html

from newscrawl.extraction.read import jsonld, structured


def read(head: str, body: str = "<p>x</p>", url: str | None = "https://news.example/a/1.html") -> structured.Structured:
    return structured.read(html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>"), url)


def ld(value: Any) -> str:
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


GOOD = {"@type": "NewsArticle", "headline": "The good headline"}


@pytest.mark.parametrize(
    "broken",
    [
        "{not json",
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        '{"@graph":' * 2_000 + "1" + "}" * 2_000,
        json.dumps({"@type": "NewsArticle", "headline": "x" * 3_000_000}),
        "null",
        "3",
        '"text"',
        '{"@type": 3, "headline": {"a": []}}',
        '{"@graph": [' + ",".join(['{"@type": "NewsArticle"}'] * 5_000) + "]}",
        '{"@id": ["x"], "@type": [null, {}], "url": 5}',
    ],
    ids=[
        "syntax",
        "open",
        "deep",
        "deep-objects",
        "deep-graph",
        "3MB",
        "null",
        "number",
        "string",
        "types",
        "endless",
        "odd-ids",
    ],
)
def test_a_broken_or_hostile_block_does_not_cost_the_others(broken: str) -> None:
    found = read(ld(broken) + ld(GOOD) + "<title>The good headline</title>")
    assert found.article["headline"] == "The good headline"
    assert found.title_tag == "The good headline"


@pytest.mark.parametrize(
    "text",
    [
        '<!-- {"headline": "H"} -->',
        '//<![CDATA[\n{"headline": "H"}\n//]]>',
        '{"headline": "H",}',
        '{"headline": "H"};',
        '{"headline": "H", "description": "two\nlines"}',
    ],
    ids=["comment", "cdata", "trailing-comma", "semicolon", "line-break"],
)
def test_usual_damage_is_repaired(text: str) -> None:
    assert jsonld.parse(text)["headline"] == "H"


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (
            [
                {"@type": "NewsArticle", "headline": "Another story", "url": "https://news.example/a/9.html"},
                {"@type": "NewsArticle", "headline": "This story", "url": "https://news.example/a/1.html"},
            ],
            "This story",
        ),
        (
            [
                {"@type": "NewsArticle", "headline": "Another story"},
                {"@type": "Article", "headline": "A headline as displayed"},
            ],
            "A headline as displayed",
        ),
        (
            [
                {"@type": "WebPage", "name": "A headline as displayed"},
                {"@type": "NewsArticle", "headline": "A headline as displayed!"},
            ],
            "A headline as displayed!",
        ),
        (
            [
                {
                    "@graph": [
                        {"@type": "WebSite", "name": "Site"},
                        {"@type": ["Article", "BlogPosting"], "headline": "In the graph"},
                    ]
                }
            ],
            "In the graph",
        ),
        ([{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Recommended"}]}], None),
        (
            [{"@type": "NewsArticle", "headline": "Something quite different", "url": "https://news.example/b/7.html"}],
            None,
        ),
        ([{"@type": "Organization", "name": "A headline as displayed"}], None),
    ],
)
def test_the_article_of_this_page_is_chosen(items: list[dict[str, Any]], expected: str | None) -> None:
    found = read("".join(map(ld, items)), "<h1>A headline as displayed</h1><p>x</p>")
    assert found.article.get("headline") == expected


def test_references_inside_the_page_are_resolved() -> None:
    graph = {
        "@graph": [
            {"@type": "Article", "headline": "H", "author": {"@id": "#jane"}},
            {"@type": "Person", "@id": "#jane", "name": "Jane Doe"},
        ]
    }
    assert jsonld.text_of(read(ld(graph)).prop("author")) == "Jane Doe"


def test_microdata_of_listed_items_is_left_out() -> None:
    own = '<div itemscope itemtype="https://schema.org/NewsArticle"><time itemprop="datePublished" datetime="2024-05-03T10:00:00Z">x</time></div>'
    listed = '<ul><li itemscope itemtype="https://schema.org/NewsArticle"><time itemprop="datePublished" datetime="2024-05-30T10:00:00Z">x</time></li></ul>'
    assert read("", listed + own).microdata["datePublished"] == ["2024-05-03T10:00:00Z"]


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{"props": {"pageProps": {"story": %s}}}</script>',
        '<script>window.__INITIAL_STATE__ = {"story": %s};(function(){})()</script>',
        '<script>  window[\'__PRELOADED_STATE__\'] = {"list": [{"title": "Other", "content": "c"}], "story": %s}</script>',
    ],
)
def test_embedded_state_gives_the_object_with_the_headline(script: str) -> None:
    story = json.dumps(
        {"title": "The headline of the story", "author": "Jane Doe", "publishedAt": "2024-05-03", "content": "x" * 300}
    )
    found = read(script % story + "<title>The headline of the story</title>")
    assert found.state["author"] == "Jane Doe"


def test_text_is_cleaned_once() -> None:
    found = read('<meta property="og:title" content="Ben &amp;amp; Jerry&amp;#8217;s  new\u00ad\u200b flavour">')
    assert found.first("og:title") == "Ben & Jerry’s new flavour"
