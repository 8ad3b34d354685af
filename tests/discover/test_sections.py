"""Section pages: article links told from others, and the way to the next page."""

from __future__ import annotations

import pytest

from newscrawl.discover.links import is_article
from newscrawl.discover.sections import is_html, parse
from newscrawl.sites.registry import Site, bare

URL = "https://example.com/local/"
SITE = bare(URL)
HEADLINE = "Harbour ferries switch to battery power this spring"


@pytest.mark.parametrize(
    "path",
    [
        "/2026/03/09/harbour-ferries-switch",
        "/news/harbour-ferries-switch-to-battery-power",
        "/detail/k4Xo2vQ9rT",
        "/n/20260309123456.shtml",
        "/content.php?id=4711",
        "/a/2021-08-25/portal_ssr.shtml",
        "/local/c_1001234.html",
        "/新闻/台风预警今晚升级为红色",
    ],
)
def test_urls_that_look_like_articles(path: str) -> None:
    assert is_article(f"https://example.com{path}", SITE)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/local/",
        "/index.html",
        "/tag/ferries-and-boats-in-town",
        "/author/ada-lind-of-the-desk",
        "/video/123456",
        "/login?id=12345678",
        "/2026/03/09/",
        "/2026/03/",
        "/local/page/2",
        "/local/index_3.html",
        "/list_12_2.html",
        "/files/report-of-the-year-2026.pdf",
        "/search?q=ferries",
        "/category/12345/",
        "/privacy",
        "/ads/buy-one-get-one-free",
    ],
)
def test_urls_that_do_not(path: str) -> None:
    assert not is_article(f"https://example.com{path}", SITE, HEADLINE)


def test_a_weak_url_needs_a_headline() -> None:
    url = "https://example.com/local/ferries-42"
    assert is_article(url, SITE, HEADLINE)
    assert is_article(url, SITE, "三江口新建十二座潮位站")
    assert not is_article(url, SITE, "Ferries")
    assert not is_article(url, SITE, "Continue reading ...")


def test_the_sites_own_patterns_decide() -> None:
    site = Site(hosts=("example.com",), articles=(r"/item/\d+$",), not_articles=(r"/item/9",))
    assert is_article("https://www.example.com/item/12", site)
    assert not is_article("https://example.com/2026/03/09/harbour-ferries-switch", site)
    assert not is_article("https://example.com/item/99", site)
    assert not is_article("https://example.org/item/12", site)


def page(*links: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{''.join(links)}</body></html>".encode()


def test_articles_come_once_in_the_pages_order() -> None:
    found = parse(
        page(
            "<a href='/2026/03/09/one-two'>x</a>",
            f"<a href='/2026/03/09/three-four'>{HEADLINE}</a>",
            "<a href='/2026/03/09/one-two?utm_source=a#c'>x</a>",
            "<a href='javascript:void(0)'>x</a><a href='mailto:a@b'>x</a><a href='https://other.org/2026/03/09/five-six'>x</a>",
            "<a rel='sponsored nofollow' href='/2026/03/09/advert-of-the-day'>x</a>",
        ),
        URL,
        SITE,
    )
    assert [one.url for one in found.articles] == [
        "https://example.com/2026/03/09/one-two",
        "https://example.com/2026/03/09/three-four",
    ]
    assert found.articles[0].evidence.via == "section"


def test_a_page_that_asks_not_to_be_followed_is_not() -> None:
    body = page("<a href='/2026/03/09/one-two'>x</a>", head="<meta name='ROBOTS' content='noindex, NoFollow'>")
    assert parse(body, URL, SITE).articles == []


def test_links_go_by_the_base_of_the_page() -> None:
    body = page("<a href='09/one-two-three-four'>x</a>", head="<base href='https://www.example.com/2026/03/'>")
    assert parse(body, URL, SITE).articles[0].url == "https://www.example.com/2026/03/09/one-two-three-four"


@pytest.mark.parametrize(
    ("link", "number", "target"),
    [
        ("<link rel='next' href='?page=2'>", 1, "https://example.com/local/?page=2"),
        ("<a rel='next' href='/local/older'>go</a>", 1, "https://example.com/local/older"),
        ("<a href='index_2.html'>下一页</a>", 1, "https://example.com/local/index_2.html"),
        ("<a href='index_2.html'>下一頁 &gt;</a>", 1, "https://example.com/local/index_2.html"),
        ("<a href='?p=2'>Next page →</a>", 1, "https://example.com/local/?p=2"),
        ("<a href='?p=2'>次へ</a>", 1, "https://example.com/local/?p=2"),
        ("<a class='pager-next' href='?p=2'><i></i></a>", 1, "https://example.com/local/?p=2"),
        ("<a href='?p=1'>1</a><a href='?p=2'>2</a><a href='?p=3'>3</a>", 1, "https://example.com/local/?p=2"),
        ("<a href='?p=1'>1</a><a href='?p=2'>2</a><a href='?p=3'>3</a>", 2, "https://example.com/local/?p=3"),
        ("<a href='/2026/03/10/next-story-of-today' class='next'>Next</a>", 1, None),
        ("<a href='/local/'>下一页</a>", 1, None),
        ("<a href='https://other.org/local/2'>Next</a>", 1, None),
    ],
)
def test_the_next_page(link: str, number: int, target: str | None) -> None:
    assert parse(page(link), URL, SITE, page=number).next_page == target


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/node_1002345.htm", "/node_1002345_2.htm"),
        ("/node_1002345_2.htm", "/node_1002345_3.htm"),
        ("/list_25462", "/list_25462_2"),
        ("/channel/25950", "/channel/25950?page=2"),
        ("/gn/list-100234-1.html", "/gn/list-100234-2.html"),
        ("/c_100234.htm", "/c_100234_2.htm"),
        ("/news/", "/news/?p=2&sid=99887766"),
        ("/latest-news-from-the-world", "/latest-news-from-the-world?page=2"),
        ("/latest-news-from-the-world/", "/latest-news-from-the-world/page/2/"),
        ("/zt/10023456/", "/zt/10023456/p2/"),
    ],
)
@pytest.mark.parametrize(
    "link",
    [
        "<a href='{}'>下一页</a>",
        "<a href='{}'>Next</a>",
        "<a rel='next' href='{}'>→</a>",
        "<link rel='next' href='{}'>",
    ],
)
def test_a_next_page_whose_address_looks_like_an_articles(first: str, second: str, link: str) -> None:
    """Without it a list of a Chinese portal ends with its first page, and the second is asked as an article and rejected."""
    ways = f"<a href='{first}'>1</a><a href='{second}'>2</a><a href='{second}'>末页</a>" if "page" not in second else ""
    found = parse(
        page(f"<a href='/2026/03/09/one-two-three'>{HEADLINE}</a>", ways, link.format(second)),
        f"https://example.com{first}",
        SITE,
    )
    assert found.next_page == f"https://example.com{second}"
    assert [one.url for one in found.articles] == ["https://example.com/2026/03/09/one-two-three"]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("/2026/03/09/ferries-are-back-again", "/2026/03/09/harbour-is-open-again"),
        ("/news/1002345.htm", "/news/1002346.htm"),
        ("/show.php?id=4711", "/show.php?id=4712"),
        ("/news/", "/news/1002346.htm"),
        ("/news/", "/news/?p=4712"),
        ("/node_1002345.htm", "/node_1002346.htm"),
        ("/", "/the-story-of-the-day-2"),
    ],
)
@pytest.mark.parametrize(
    "link", ["<a href='{}'>下一页</a>", "<a rel='next' href='{}'>Next</a>", "<a rel='next' href='{}'>下一篇</a>"]
)
def test_the_next_article_is_no_next_page(here: str, there: str, link: str) -> None:
    found = parse(page(link.format(there)), f"https://example.com{here}", SITE)
    assert (found.next_page, [one.url for one in found.articles]) == (None, [f"https://example.com{there}"])


def test_words_of_a_page_in_gbk() -> None:
    body = "<html><head><meta charset=gb2312></head><body><a href='index_2.html'>下一页</a></body></html>".encode(
        "gb18030"
    )
    assert parse(body, URL, SITE).next_page == "https://example.com/local/index_2.html"


def test_feeds_that_the_page_names() -> None:
    head = (
        "<link rel=alternate type='application/rss+xml' href='/rss'><link rel=alternate type='text/html' hreflang=de href='/de'>"
        "<link rel=alternate type='application/atom+xml' href='/comments/feed/'>"
    )
    assert parse(page(head=head), URL, SITE).feeds == ["https://example.com/rss"]


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"<a href='http://[bad'>x</a>", b"<div>" * 20_000 + b"<a href='/x'>y</a>", b"<a " + b"a" * 10_000],
)
def test_hostile_pages_offer_nothing_and_harm_nothing(body: bytes) -> None:
    assert parse(body, URL, SITE).articles == []


def test_a_million_links_are_read_in_part() -> None:
    body = page(*(f"<a href='/2026/03/09/story-number-{n}'>x</a>" for n in range(5000)))
    assert len(parse(body, URL, SITE).articles) == 1000


def test_what_html_is() -> None:
    assert is_html(b"  <!DOCTYPE HTML><p>")
    assert not is_html(b"\x89PNG\r\n", "text/html")


@pytest.mark.parametrize(
    "path",
    [
        "/a/b/a/b/story-of-the-whole-town-1",
        "/more/more/more/story-of-the-whole-town-1",
        "/" + "x/y" * 7 + "/a-b-c-d-e",
        "/" + "/".join("abcdefghijklm") + "/12345",
    ],
)
def test_growing_paths_are_no_articles(path: str) -> None:
    assert not is_article(f"https://example.com{path}", SITE)
    assert not is_article(f"https://example.com{path}", Site(hosts=("example.com",), articles=(".*",)))


def test_numbers_that_repeat_are_no_trap() -> None:
    assert is_article("https://example.com/news/12/12/12/a-story-of-the-town", SITE)


def test_the_place_of_a_link_counts() -> None:
    found = parse(
        page(
            "<h3><a href='/local/ferries-42'>Ferries are back</a></h3>",
            f"<nav><a href='/local/menu-42'>{HEADLINE}</a></nav>",
            f"<a rel='tag' href='/about-the-ferries-of-town'>{HEADLINE}</a>",
            "<p><a href='/local/plain-42'>Ferries are back</a></p>",
        ),
        URL,
        SITE,
    )
    assert [one.url for one in found.articles] == ["https://example.com/local/ferries-42"]


def test_what_the_site_has_taught_tells_articles_that_the_shape_does_not() -> None:
    body = page(f"<a href='/story/ferries'>{HEADLINE}</a><a href='/local/x9'>Ferries</a>")
    assert parse(body, URL, SITE).articles == []
    found = parse(body, URL, SITE, learned={"example.com/local/x#": True, "example.com/story/@": True})
    assert [one.url for one in found.articles] == ["https://example.com/story/ferries", "https://example.com/local/x9"]


@pytest.mark.parametrize(
    ("header", "followed"),
    [
        ("", True),
        ("noindex, nofollow", False),
        ("none", False),
        ("googlebot: nofollow", True),
        ("newscrawl: nofollow", False),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, nofollow", False),
        ("max-snippet: 20, index", True),
    ],
)
def test_the_header_that_asks_not_to_follow(header: str, followed: bool) -> None:
    assert bool(parse(page("<a href='/2026/03/09/one-two'>x</a>"), URL, SITE, robots=header).articles) is followed


@pytest.mark.parametrize(
    "link",
    [
        "<a href='?page=2'>Load more</a>",
        "<a href='?page=2'>加载更多</a>",
        "<a class='btn load-more' href='?page=2'><b></b></a>",
    ],
)
def test_a_link_that_loads_more(link: str) -> None:
    assert parse(page(link), URL, SITE).next_page == "https://example.com/local/?page=2"
