"""Authors, editors and the credited outlet are kept apart."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawl.extraction.fields import names
from newscrawl.extraction.fields.authors import find_authors, find_editors, find_source

LONG = (
    "<p>" + "The committee met on Tuesday, and after a long debate it agreed on the plan for the coast. " * 4 + "</p>"
)
ZH = (
    "<p>"
    + "今年以来，双方推动务实合作取得一系列新成就，为促进各自发展提供了重要支撑，也发挥了中流砥柱作用。" * 3
    + "</p>"
)


def ld(author: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Storm hits the coast", "author": {author}}}</script>'


SITE = '<meta property="og:site_name" content="Example News">'


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld('{"@type": "Person", "name": "Jane Doe"}'), "", ["Jane Doe"]),
        (ld('["Jane Doe", {"name": "John Smith"}]'), "", ["Jane Doe", "John Smith"]),
        (ld('{"@type": "Person", "givenName": "Anna Giulia", "familyName": "Fink"}'), "", ["Anna Giulia Fink"]),
        (ld('{"name": "By Jane Doe and John Smith"}'), "", ["Jane Doe", "John Smith"]),
        (ld('{"name": "Jane Doe, dpa"}'), "", ["Jane Doe", "dpa"]),
        (
            ld('{"name": "https://www.facebook.com/example"}') + '<meta name="author" content="Jane Doe">',
            "",
            ["Jane Doe"],
        ),
        (SITE + ld('{"@type": "Person", "name": "Example News"}'), "<p class=byline>By Jane Doe</p>", ["Jane Doe"]),
        (SITE + '<meta name="author" content="Example News, Hamburg, Germany">', "", []),
        ('<meta name="author" content="Zeitung GmbH, Munich, Germany">', "", []),
        ('<meta property="article:author" content="https://www.facebook.com/janedoe/posts/">', "", []),
        ('<meta name="author" content="admin">', "", []),
        # Chinese portals put the outlet there
        ('<meta name="author" content="网易">', "<div>2019-11-25 11:01:53 来源: 新京报</div>", []),
        ('<meta name="author" content="新京报">', "<p>新京报快讯（记者 裴剑飞）今日有网友爆料。" + ZH[3:], ["裴剑飞"]),
        ("", "<p>石佳/中国青年报</p><p>2019-09-24 09:10</p>" + ZH, ["石佳"]),
        ("", "<div>来源：本站原创 作者：医技药剂党支部</div>" + ZH, ["医技药剂党支部"]),
        ("", ZH + ZH[:-4] + "。(李楠)</p>", ["李楠"]),
        ("", ZH[:-4] + "。（完）</p>", []),
        ("", "<p>By <a rel=author>Jane Doe</a>, Staff Writer</p><p>3 May 2024</p>" + LONG, ["Jane Doe"]),
        ("", "<p>Von Jürgen Müller und Anne Klein, Berlin</p>" + LONG, ["Jürgen Müller", "Anne Klein"]),
        ("", LONG + "<p>by Taboola</p>", []),
        ("", "<p>Jane Doe | 05.04.2025</p>" + LONG, ["Jane Doe"]),
        ("", "<p>Comments</p>" + LONG, []),
    ],
)
def test_authors(page: Any, head: str, body: str, expected: list[str]) -> None:
    doc, facts = page("<h1>Storm hits the coast</h1>" + (body or LONG), head)
    assert find_authors(doc, facts).value == expected


def test_an_outlet_that_declares_itself_is_a_desk(page: Any) -> None:
    doc, facts = page(
        "<h1>Storm hits the coast</h1>" + LONG, SITE + ld('{"@type": "Organization", "name": "Example News"}')
    )
    assert find_authors(doc, facts).value == ["Example News"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ZH + "<p>责任编辑：张迪</p>", ["张迪"]),
        (ZH + "<p>本文来源：新京报 责任编辑：姚立伟_NT6056</p>", ["姚立伟"]),
        (ZH + "<p>编辑|禤志杰</p><p>责编|陈梦莹</p>", ["禤志杰", "陈梦莹"]),
        (ZH[:-4] + "（责任编辑：王芳）</p>", ["王芳"]),
        (ZH + "<p>责任编辑：</p>", []),
        (LONG + "<p>Editor: John Smith</p>", ["John Smith"]),
        (LONG + "<p>(Reporting by Jane Doe; Editing by John Smith)</p>", ["John Smith"]),
        (LONG, []),
    ],
)
def test_editors(page: Any, body: str, expected: list[str]) -> None:
    doc, facts = page("<h1>台风登陆上海 多地发布预警信号</h1>" + body)
    assert find_editors(doc, facts).value == expected


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("", "<div>2019年11月25日 18:57 参考消息</div>" + ZH, "参考消息"),
        ("", "<div>来源：新华社</div>" + ZH, "新华社"),
        ("", ZH + "<p>来源：无锡交警</p>", "无锡交警"),
        ("", "<p>新华社</p><p>2020-01-03 18:13</p>" + ZH, "新华社"),
        ("", "<p>首页 &gt; 中南海</p><p>2020-01-03 18:13</p>" + ZH, None),
        ("", "<p>2020-01-03 18:13</p><p>字号</p>" + ZH, None),
        ('<meta name="source" content="来源：人民网-文化频道 原创稿">', ZH, "人民网-文化频道"),
        ("", ZH + "<p>图片来源：视觉中国</p><p>来源：网络</p>", None),
        ("", "<p>Jane Doe | Reuters | 3 May 2024</p>" + LONG, "Reuters"),
        ("", "<p>Thursday, 28 July 2011</p>" + LONG, None),
    ],
)
def test_source(page: Any, head: str, body: str, expected: str | None) -> None:
    doc, facts = page("<h1>台风登陆上海 多地发布预警信号</h1>" + body, head)
    assert find_source(doc, facts).value == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jane Doe and John Smith", ["Jane Doe", "John Smith"]),
        ("Juan Pérez y María López", ["Juan Pérez", "María López"]),
        ("张三、李四", ["张三", "李四"]),
        ("姚立伟 刘晓阳", ["姚立伟", "刘晓阳"]),
        ("srf/hosb;kesm", ["srf/hosb", "kesm"]),
        ("Jane Doe (Reuters)", ["Jane Doe"]),
        ("Fouzia Van Der Fort", ["Fouzia Van Der Fort"]),
        ("Enrique y Andrea de la Cruz", ["Enrique", "Andrea de la Cruz"]),
        ("Dr. Max Kolter", ["Dr. Max Kolter"]),
        ("2024-05-03", []),
        ("jane@example.com", []),
        ("Staff", []),
    ],
)
def test_names_are_cut_apart(text: str, expected: list[str]) -> None:
    assert names.split(text) == expected
