"""One page, one identity; two pages, two."""

from __future__ import annotations

import pytest

from newscrawl.urls import absolute, identity, is_front, normalise, problem, registrable, same_site

ONE_PAGE = [
    "https://www.example.com/news/2024/a-story?id=7",
    "http://www.example.com/news/2024/a-story?id=7",
    "https://example.com/news/2024/a-story/?id=7",
    "https://EXAMPLE.com:443/news/2024/a-story?id=7#comments",
    "https://example.com/news//2024/./x/../a-story?id=7",
    "https://example.com/news/2024/a-story?utm_source=x&id=7&utm_medium=email",
    "https://example.com/news/2024/a-story?id=7&spm=a.b.c&from=singlemessage",
    "https://example.com/news/2024/a-story?fbclid=abc&id=7&print=1",
    "https://m.example.com/news/2024/a-story?id=7",
    "https://example.com/amp/news/2024/a-story?id=7",
    "https://example.com/news/2024/a-story/amp/?id=7",
    "https://example.com/m/news/2024/a-story?id=7",
    "https://example.com/news/2024/%61-story?id=7",
    "https://mobile.www.example.com/news/2024/a-story?id=7",
    "https://touch.example.com/wap/news/2024/a-story?id=7",
    "https://example.com/news/2024/a-story;jsessionid=0A1B2C3D?id=7&JSESSIONID=0A1B2C3D",
    "https://example.com/(S(lit3py55t21z5v55vlm25s55))/news/2024/a-story?id=7",
    "http://example.com:80/news/2024/a-story/index.html?id=7",
    "https://example.com/news/2024/a-story?id=7&gad_source=1&gbraid=x&wbraid=y&ysclid=z&replytocom=12",
    "https://example.com/news/2024/a-story?id=7&source=twitter&via=rss&_=1741500000000&timestamp=1741500000",
    "https://example.com/news/2024/a-story?id=7&_amp=true&view=amp&format=print",
    "https://example.com/news/2024/a-story/?id=7&",
]


@pytest.mark.parametrize("url", ONE_PAGE)
def test_twins_share_an_identity(url: str) -> None:
    assert identity(url) == identity(ONE_PAGE[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a?id=1", "https://example.com/a?id=2"),
        ("https://example.com/list?page=1", "https://example.com/list?page=2"),
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/a", "https://sub.example.com/a"),
        ("https://example.com/a", "https://example.com:8443/a"),
        ("https://example.com/m", "https://example.com/"),
        ("https://example.com/amplifier", "https://example.com/lifier"),
        ("https://example.com/story?sid=12", "https://example.com/story?sid=13"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/a?name=%C4%E3", "https://example.com/a?name=%BA%C3"),  # GBK: no UTF-8, and not the same
        ("https://example.com/a?source=town-hall", "https://example.com/a"),
        ("https://example.com/a?v=1741500000", "https://example.com/a"),
        ("https://example.com/a?t=99", "https://example.com/a?t=98"),
        ("https://example.com/a?storyid=1", "https://example.com/a?storyid=2"),
        ("https://example.com/watch?v=a", "https://example.com/watch?v=b"),
        ("https://example.com/a?20240101", "https://example.com/a?20240102"),
        ("https://m.com/a", "https://example.com/a"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert identity(one) != identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/caf%C3%A9", "https://example.com/caf%c3%a9"),
        ("https://example.com/caf%c3%a9", "https://example.com/café"),
        ("https://example.com/?q=%e6%96%87", "https://example.com/?q=文"),
        ("https://例え.jp/テスト", "https://xn--r8jz45g.jp/%E3%83%86%E3%82%B9%E3%83%88"),
        ("https://en.m.example.com/wiki/Ferry", "https://en.example.com/wiki/Ferry"),
        ("https://example.com/a-story.amp.html", "https://example.com/a-story.html"),
        ("https://example.com/story?b=2&a=1", "https://example.com/story?a=1&b=2"),
    ],
)
def test_spellings_of_one_address_share_an_identity(one: str, other: str) -> None:
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("url", "canonical", "winner"),
    [
        ("https://example.com/b?x=1", "https://example.com/b", "https://example.com/b"),
        ("https://m.example.com/b", "https://www.example.com/c", "https://www.example.com/c"),
        ("https://example.com/b", "https://example.com/", "https://example.com/b"),
        ("https://example.com/b", "https://other.org/b", "https://example.com/b"),
        ("https://example.com/b", "javascript:void(0)", "https://example.com/b"),
        ("https://example.com/b", None, "https://example.com/b"),
    ],
)
def test_a_canonical_url_counts_where_it_holds_up(url: str, canonical: str | None, winner: str) -> None:
    assert identity(url, canonical) == identity(winner)


def test_an_identity_is_sixteen_hex_digits() -> None:
    assert len(identity("https://example.com/")) == 16
    int(identity("https://example.com/"), 16)


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("news.bbc.co.uk", "bbc.co.uk"),
        ("www.kankanews.com", "kankanews.com"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_domains(name: str, domain: str) -> None:
    assert registrable(name) == domain


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:pw@example.com/",
        "https:///path",
        "https://example.com:port/",
        "http://[::1/",
        "https://example.com/" + "a" * 3000,
    ],
)
def test_urls_that_may_not_be_asked_for(url: str) -> None:
    assert problem(url)


@pytest.mark.parametrize(
    "url", ["%zz", "http://[bad", "", "http://example.com:99999999/", "http://\udc80/", "http://例え.jp/テスト?q=%ff"]
)
def test_no_url_is_too_broken_to_normalise(url: str) -> None:
    assert isinstance(normalise(url), str)
    identity(url)


def test_links_are_resolved_as_browsers_do() -> None:
    assert absolute("https://example.com/a/b", " ../c d\n?x=1#top ") == "https://example.com/c%20d?x=1"
    assert absolute("https://example.com/", "http://[bad") is None


def test_fronts_and_sites() -> None:
    assert is_front("https://www.example.com/index.html?utm_source=x")
    assert not is_front("https://example.com/?p=12")
    assert same_site("https://a.example.co.uk/1", "http://b.example.co.uk/2")
    assert not same_site("https://a.co.uk/", "https://b.co.uk/")
