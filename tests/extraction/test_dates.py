"""Dates: recognised by shape in many languages, settled in a stated order, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from newscrawl.extraction.fields import date_text, relative_dates
from newscrawl.extraction.fields.date_text import Reading
from newscrawl.extraction.fields.dates import find_dates, from_text, url_day
from newscrawl.items import Evidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-03T15:47:42.389Z", "2024-05-03T15:47:42+00:00"),
        ("2024-05-03T15:47:42+0200", "2024-05-03T15:47:42+02:00"),
        ("2024-05-03 15:47", "2024-05-03T15:47:00"),
        ("2024-05-03", "2024-05-03"),
        ("2019年09月08日 00:20", "2019-09-08T00:20:00"),
        ("2019年09月11日01:53 新浪科技", "2019-09-11T01:53:00"),
        ("2024年5月3日下午3:47", "2024-05-03T15:47:00"),
        ("2025年1月13日 21時37分", "2025-01-13T21:37:00"),
        ("令和6年5月3日", "2024-05-03"),
        ("2024.05.03. 오후 3:47", "2024-05-03T15:47:00"),
        ("2024년 5월 3일 15:47", "2024-05-03T15:47:00"),
        ("Fri, 03 May 2024 15:47:42 GMT", "2024-05-03T15:47:42+00:00"),
        ("Fri May 03 2024 15:47:42 GMT+0200 (CEST)", "2024-05-03T15:47:42+02:00"),
        ("March 3, 2024 10:15 am EST", "2024-03-03T10:15:00-05:00"),
        ("10:15 am ET, July 3, 2024", "2024-07-03T10:15:00-04:00"),
        ("Jan. 5th, 2024 at 3pm", "2024-01-05T15:00:00"),
        ("16:45 BST, 27 April 2024", "2024-04-27T16:45:00+01:00"),
        ("28. April 2023, 18:11 Uhr", "2023-04-28T18:11:00"),
        ("28.04.2023 - 18.11 Uhr", "2023-04-28T18:11:00"),
        ("25.04.24 | 14:07 Uhr", "2024-04-25T14:07:00"),
        ("le 3 mai 2024 à 15h47", "2024-05-03T15:47:00"),
        ("3 de mayo de 2024 - 10:56h", "2024-05-03T10:56:00"),
        ("3 maggio 2024 alle 10:56", "2024-05-03T10:56:00"),
        ("3 de março de 2024 às 9h05", "2024-03-03T09:05:00"),
        ("09. mai 2024 kl. 13.26", "2024-05-09T13:26:00"),
        ("13 января 2025, 15:30", "2025-01-13T15:30:00"),
        ("5 Mayıs 2024 14:10", "2024-05-05T14:10:00"),
        ("3 maja 2024, 10:15", "2024-05-03T10:15:00"),
        ("٣ مايو 2024", "2024-05-03"),
        ("۳ مه ۲۰۲۴", "2024-05-03"),
        ("12 พฤษภาคม 2567", "2024-05-12"),
        ("12 tháng 5 2024", "2024-05-12"),
        ("24/04/2024 14:07", "2024-04-24T14:07:00"),
        ("04/24/2024", "2024-04-24"),
        ("03/04/2024", "2024-04-03"),
    ],
)
def test_written_dates(text: str, expected: str) -> None:
    stamp = date_text.parse(text)
    assert stamp is not None
    assert stamp.iso() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "news",
        "2024",
        "version 1.2.3",
        "call 021-62870000",
        "31127-2024-0001",
        "2024-13-45",
        "99/99/2024",
        "1.056,2 Mio",
        "ISBN 978-3-16",
        "Room 2024, 12 people",
        "May 2024",
        "沪公网安备 31010602001114号",
        "0001-01-01T00:00:00",
        "F-16 12:30",
    ],
)
def test_no_dates(text: str) -> None:
    assert date_text.parse(text) is None


def test_american_order_where_the_page_is_american() -> None:
    assert date_text.find_all("03/04/2024", Reading(order="mdy"))[0].iso() == "2024-03-04"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1714744062", "2024-05-03T13:47:42+00:00"),
        ("1714744062000", "2024-05-03T13:47:42+00:00"),
        ("20240503154742", "2024-05-03T15:47:42"),
        ("20240503", "2024-05-03"),
    ],
)
def test_machine_values(value: str, expected: str) -> None:
    stamp = date_text.parse(value)
    assert stamp is not None
    assert stamp.iso() == expected


NOW = datetime(2024, 5, 3, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 hours ago", "2024-05-03T09:30:00+00:00"),
        ("3小时前", "2024-05-03T09:30:00+00:00"),
        ("vor 20 Minuten", "2024-05-03T12:10:00+00:00"),
        ("hace 2 horas", "2024-05-03T10:30:00+00:00"),
        ("il y a 2 heures", "2024-05-03T10:30:00+00:00"),
        ("2天前", "2024-05-01"),
        ("2 days ago", "2024-05-01"),
        ("昨天 12:30", "2024-05-02T12:30:00"),
        ("heute, 08:15 Uhr", "2024-05-03T08:15:00"),
        ("2 часа назад", "2024-05-03T10:30:00+00:00"),
        ("3시간 전", "2024-05-03T09:30:00+00:00"),
    ],
)
def test_relative_dates(text: str, expected: str) -> None:
    stamp = relative_dates.find(text, NOW)
    assert stamp is not None
    assert stamp.iso() == expected


@pytest.mark.parametrize("text", ["3 hours of rain", "00:09", "5 min read", "the past two days", "10 people", "两天后"])
def test_no_relative_dates(text: str) -> None:
    assert relative_dates.find(text, NOW) is None


def test_relative_dates_need_the_time_of_the_fetch() -> None:
    assert relative_dates.find("3 hours ago", None) is None


LONG = (
    "<p>" + "The committee met on Tuesday, and after a long debate it agreed on the plan for the coast. " * 4 + "</p>"
)
H1 = "<h1>Storm hits the coast</h1>"


def ld(published: str, more: str = "") -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Storm hits the coast", "datePublished": "{published}"{more}}}</script>'


def published(page: Any, body: str, head: str = "", **fields: Any) -> tuple[Any, Any]:
    found = find_dates(*page(H1 + body, head, **fields))[0]
    return found.value, found.origin


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        # order of evidence
        (
            ld("2024-05-03T10:00:00Z") + '<meta property="article:published_time" content="2024-05-02T10:00:00Z">',
            "<p>1 May 2024</p>" + LONG,
            ("2024-05-03T10:00:00+00:00", "json-ld"),
        ),
        (
            '<meta property="article:published_time" content="2024-05-02T10:00:00+02:00">',
            "<p>1 May 2024</p>" + LONG,
            ("2024-05-02T10:00:00+02:00", "meta"),
        ),
        ("", "<p>By Jane Doe, 1 May 2024, 10:15</p>" + LONG, ("2024-05-01T10:15:00", "visible")),
        (
            "",
            '<p><time datetime="2024-05-01T10:15:00+01:00">1 May</time></p>' + LONG,
            ("2024-05-01T10:15:00+01:00", "visible"),
        ),
        # a later witness of the same day adds time and offset
        (
            ld("2024-05-03") + '<meta property="article:published_time" content="2024-05-03T18:04:00+02:00">',
            LONG,
            ("2024-05-03T18:04:00+02:00", "json-ld"),
        ),
        (
            ld("2024-05-03T18:04:00") + '<meta property="article:published_time" content="2024-05-03T18:04:00+02:00">',
            LONG,
            ("2024-05-03T18:04:00+02:00", "json-ld"),
        ),
        (
            ld("2024-05-03T18:04:00", ', "dateModified": "2024-05-03T19:00:00+02:00"'),
            LONG,
            ("2024-05-03T18:04:00+02:00", "json-ld"),
        ),
        # not of this article, not possible, not known
        ("", LONG + "<ul><li>Another story 2024-05-30</li></ul>", (None, "")),
        ("", LONG + "<p>Veröffentlicht: 03.05.2024</p>", ("2024-05-03", "visible")),
        (ld("2031-01-01T00:00:00Z"), "<p>1 May 2024</p>" + LONG, ("2024-05-01", "visible")),
        (ld("1970-01-01T00:00:00Z"), LONG, (None, "")),
        ("", LONG, (None, "")),
    ],
)
def test_order_of_evidence(page: Any, head: str, body: str, expected: tuple[str | None, str]) -> None:
    assert published(page, body, head) == expected


def test_a_mastheads_clock_is_no_publication_date(page: Any) -> None:
    doc, facts = page("<div>Saturday, June 1, 2024</div>" + H1 + LONG)
    assert find_dates(doc, facts)[0].value is None


def test_the_day_in_the_address_is_the_last_resort(page: Any) -> None:
    assert published(page, LONG, url="https://news.example/2024/05/03/storm.html") == ("2024-05-03", "url")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/2024/05/03/x", "2024-05-03"),
        ("https://a.example/n1/2024/0503/c1.html", "2024-05-03"),
        ("https://a.example/20240503/x", "2024-05-03"),
        ("https://a.example/a-2024-05-03-x", "2024-05-03"),
        ("https://a.example/2024/5/3/x", "2024-05-03"),
        ("https://a.example/123420240503123", None),
        ("https://a.example/2024/x", None),
        ("https://a.example/?d=2024-05-03", None),
        (None, None),
        ("https://[", None),
    ],
)
def test_days_in_addresses(url: str | None, expected: str | None) -> None:
    stamp = url_day(url)
    assert (stamp.iso() if stamp else None) == expected


SHANGHAI = SimpleNamespace(time_zone="Asia/Shanghai", display_name=None, name="x", language=None)
ICP = "<div>沪ICP备10207042号-1 沪公网安备 31010602001114号</div>"
LINE = "<div>时讯 2021-08-25 17:49:38 人民日报客户端</div>"


@pytest.mark.parametrize(
    ("body", "fields", "expected"),
    [
        (LINE + LONG, {}, "2021-08-25T17:49:38"),
        (LINE + LONG, {"site": SHANGHAI}, "2021-08-25T17:49:38+08:00"),
        (LINE + LONG + ICP, {"url": None}, "2021-08-25T17:49:38+08:00"),
        (LINE + LONG, {"url": "https://www.example.com.cn/a"}, "2021-08-25T17:49:38+08:00"),
        (
            LINE + LONG,
            {"evidence": Evidence(via="feed", published="Wed, 25 Aug 2021 17:49:00 +0800")},
            "2021-08-25T17:49:38+08:00",
        ),
        (
            LINE + LONG,
            {"evidence": Evidence(via="feed", published="2021-08-25T09:49:38Z")},
            "2021-08-25T17:49:38+08:00",
        ),
        (LINE + LONG, {"evidence": Evidence(via="feed", published="2021-08-25T09:31:00Z")}, "2021-08-25T17:49:38"),
        (LONG, {"evidence": Evidence(via="feed", published="2021-08-25T09:31:00Z")}, "2021-08-25T09:31:00+00:00"),
        ("<div>2021-08-25</div>" + LONG, {"site": SHANGHAI}, "2021-08-25"),
    ],
)
def test_offsets(page: Any, body: str, fields: dict[str, Any], expected: str) -> None:
    assert published(page, body, **fields)[0] == expected


def test_a_false_z_is_local_time(page: Any) -> None:
    assert published(page, LINE + LONG + ICP, ld("2021-08-25T17:49:38Z"))[0] == "2021-08-25T17:49:38+08:00"
    assert published(page, LONG + ICP, ld("2021-08-25T09:49:38Z"))[0] == "2021-08-25T09:49:38+00:00"


def test_modified_is_told_from_published(page: Any) -> None:
    first, second = find_dates(*page(H1 + "<p>Published 3 May 2024, 10:00 | Updated 4 May 2024, 11:30</p>" + LONG))
    assert (first.value, second.value) == ("2024-05-03T10:00:00", "2024-05-04T11:30:00")
    first, second = find_dates(*page(H1 + LONG, ld("2024-05-03T10:00:00Z", ', "dateModified": "2024-05-01T10:00:00Z"')))
    assert second.value is None


def test_what_was_found_is_kept_raw(page: Any) -> None:
    found = find_dates(*page(H1 + "<p>Postet 09. mai 2024 kl. 13.26</p>" + LONG))[0]
    assert found.raw == "09. mai 2024 kl. 13.26"


def test_a_site_files_selector_gives_the_date(page: Any) -> None:
    doc, facts = page(H1 + LONG, site=SHANGHAI)
    assert from_text("发布 2024-05-03 10:00", doc, facts).value == "2024-05-03T10:00:00+08:00"
    assert from_text("nothing", doc, facts).value is None
