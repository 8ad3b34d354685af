"""Section, tags, description, site name and canonical URL."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.extraction.fields import taxonomy

H1 = "<h1>台风登陆上海 多地发布预警信号</h1>"


def ld(properties: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "x", {properties}}}</script>'


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld('"articleSection": ["World", "Europe"]'), H1, "World"),
        ('<meta property="article:section" content="Politik">', H1, "Politik"),
        ('<meta property="article:section" content="news;World">', H1, "World"),
        (
            ld(
                '"articleSection": "public-service", "breadcrumb": {"itemListElement": [{"position": 1, "name": "Public Service"}]}'
            ),
            H1,
            "Public Service",
        ),
        ("", "<div><a>网易首页</a> &gt; <a>财经频道</a> &gt; 正文</div>" + H1, "财经频道"),
        ("", "<div>现在位置： <a>首页</a> &gt;&gt; <a>东区新闻</a> &gt;&gt; 正文</div>" + H1, "东区新闻"),
        ("", "<div><a>首页</a> / <a>科技</a> / 正文</div>" + H1, "科技"),
        ("", "<div><a>国内新闻</a>&gt;正文</div>" + H1, "国内新闻"),
        ("", "<div><a>Home</a> &gt; <a>Business</a> &gt; Markets</div><h1>Storm hits the coast</h1>", "Markets"),
        ("", H1 + "<div>时讯 2021-08-25 17:49:38 人民日报客户端</div>", "时讯"),
        ("", H1 + "<div>人民日报客户端</div><div>2021-08-25 17:49</div><div><a>时讯</a></div>", "时讯"),
        ("", "<p>2021-08-25 17:49</p><a class=cat>时讯</a>" + H1, "时讯"),
        ("", H1 + "<dl><dt>栏目</dt><dd>潮汐</dd><dt>时间</dt><dd>2021-08-25 17:49</dd></dl>", "潮汐"),
        # nothing that is no section
        ("", "<p>国际</p><p>体育</p><p>财经</p>" + H1 + "<p>2021-08-25 17:49</p>", None),
        ("", "<div><a>Read more &gt;</a></div><h1>Storm hits the coast</h1>", None),
        ("", "<div><a>Previous</a> » <a>Next</a></div><h1>Storm hits the coast</h1>", None),
        ("", H1 + "<p>对阵双方 / 主队 / 客队</p>", None),
        ('<meta property="article:section" content="uncategorized">', H1, None),
    ],
)
def test_section(page: Any, head: str, body: str, expected: str | None) -> None:
    assert taxonomy.find_section(*page(body, head)).value == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta name="keywords" content="storm, coast,Storm , ">', ["storm", "coast"]),
        ('<meta name="keywords" content="姚明，周琦，中国男篮">', ["姚明", "周琦", "中国男篮"]),
        (
            '<meta property="article:tag" content="Storm"><meta property="article:tag" content="Coast"><meta name="keywords" content="else">',
            ["Storm", "Coast"],
        ),
        (
            ld(
                '"keywords": ["Storm", "NLP Category: Weather", "8ae9ab2d-fe1b-4230-acb8-a59b52877682", "false", "www.news.example.com"]'
            ),
            ["Storm"],
        ),
        ("", []),
    ],
)
def test_tags(page: Any, head: str, expected: list[str]) -> None:
    assert taxonomy.find_tags(*page(H1, head)).value == expected


def test_tag_line_after_the_body(page: Any) -> None:
    doc, facts = page(H1 + "<p>" + "台风于今天凌晨在上海登陆，全市启动应急响应。" * 6 + "</p><p>标签：台风 上海</p>")
    assert taxonomy.find_tags(doc, facts).value == ["台风", "上海"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            '<meta property="og:description" content="A storm with gusts of 120 km/h hit the coast.">',
            "A storm with gusts of 120 km/h hit the coast.",
        ),
        ('<meta name="description" content="台风登陆上海 多地发布预警信号">', None),
        ("", None),
    ],
)
def test_description(page: Any, head: str, expected: str | None) -> None:
    assert taxonomy.find_description(*page(H1, head)).value == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="og:site_name" content="Example News">', "Example News"),
        (ld('"publisher": {"name": "The Example"}'), "The Example"),
        ("<title>台风登陆上海 多地发布预警信号_看看新闻</title>", "看看新闻"),
        ("<title>台风登陆上海 多地发布预警信号</title>", None),
    ],
)
def test_site_name(page: Any, head: str, expected: str | None) -> None:
    assert taxonomy.find_site_name(*page(H1, head)).value == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="canonical" href="/world/a-story-1.html">', "https://news.example/world/a-story-1.html"),
        ('<link rel="canonical" href="https://other.example/original">', "https://other.example/original"),
        ('<link rel="canonical" href="https://news.example/">', None),
        ('<link rel="canonical" href="javascript:void(0)">', None),
        ('<link rel="canonical" href="http://[broken">', None),
        (
            '<meta property="og:url" content="https://news.example/world/a-story-1.html">',
            "https://news.example/world/a-story-1.html",
        ),
        ("", None),
    ],
)
def test_canonical(page: Any, head: str, expected: str | None) -> None:
    assert taxonomy.find_canonical(*page(H1, head)).value == expected


def test_a_page_without_an_address(page: Any) -> None:
    doc, facts = page(H1, '<link rel="canonical" href="/relative">', url=None)
    assert taxonomy.find_canonical(doc, facts).value is None
    assert taxonomy.find_section(doc, facts).value is None
